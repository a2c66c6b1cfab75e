"""
Tests for L{acsgw.testing.memory_store}.
"""

from __future__ import annotations

from acsgw.errors import StoreFailed
from acsgw.testing.memory_store import MemoryStore

from .store_contract import StoreContract, parcel


class MemoryStoreTests(StoreContract):
    """
    It keeps the contract.
    """

    store: MemoryStore

    def setUp(self) -> None:
        self.store = MemoryStore()

    def look(self, name: str) -> tuple[bytes, str, dict[str, str]]:
        found = self.store.objects[name]
        return found.content, found.content_type, found.metadata

    def names(self) -> list[str]:
        return sorted(self.store.objects)

    def test_problem(self) -> None:
        """
        It fails when told to.
        """
        self.store.problem = StoreFailed("busy", lasting=False)
        with self.assertRaises(StoreFailed):
            self.store.put(parcel(b"x"))
        self.assertEqual(self.names(), [])


del StoreContract
