"""
Tests for L{acsgw.online.storage}.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock

from acsgw.errors import AcsgwError, StoreFailed
from acsgw.online.storage import store
from acsgw.reactor_command import Outside
from acsgw.testing.memory_store import MemoryStore

from ..test_settings_storage import AZURE, SAS, StorageSettingsTestCase

NOW = datetime(2026, 6, 1, tzinfo=UTC).timestamp()


class StoreTests(StorageSettingsTestCase):
    """
    One line a store, with the way out.
    """

    def setUp(self) -> None:
        super().setUp()
        self.environment["ACSGW_STORAGE_ARCHIVE_SAS_TOKEN"] = SAS
        self.memory = MemoryStore()

    def check(self, opened: Any = None, now: float = NOW, **table: Any) -> list[str]:
        """
        @param opened: a store, or why there is none.
        """
        outside = Outside(
            reactor=Clock(),
            http=None,  # type: ignore[arg-type]
            wall=lambda: now,
            in_thread=maybeDeferred,
            say=lambda _: None,
        )

        def open_store(options: object) -> Any:
            if isinstance(opened, Exception):
                raise opened
            return opened or self.memory

        settings = self.with_stores(archive={**AZURE, **table})
        [options] = settings.stores
        found = store(options, settings, open_store, outside)
        return [str(f) for f in self.successResultOf(Deferred.fromCoroutine(found))]

    def test_good(self) -> None:
        """
        An object is written where recordings go, read and deleted.
        """
        [line] = self.check(accounts=["second"])
        self.assertEqual(
            line,
            "ok   storage archive: memory:recordings: an object can be written and read"
            " back",
        )
        [name] = self.memory.puts
        self.assertRegex(name, r"^second/2026-06-01/acsgw-check-[0-9a-f]{32}\.txt$")
        self.assertEqual(self.memory.objects, {})

    def test_refused(self) -> None:
        """
        Where nothing can be written, nothing will be uploaded.
        """
        self.memory.problem = StoreFailed("403: is the key right?", lasting=True)
        [line] = self.check()
        self.assertEqual(line, "FAIL storage archive: 403: is the key right?")
        self.memory.problem = StoreFailed("cannot be reached", lasting=False)
        [line] = self.check()
        self.assertIn("cannot be reached -> is its address right", line)
        [line] = self.check(AcsgwError("storage.archive: install it"))
        self.assertEqual(line, "FAIL storage archive: storage.archive: install it")

    def test_may_only_write(self) -> None:
        """
        The gateway reads and deletes nothing, so it need not be allowed to.
        """

        def refuse(name: str) -> bytes:
            raise StoreFailed("403", lasting=True)

        self.patch(self.memory, "get", refuse)
        [line] = self.check()
        self.assertIn("written; it may not be read, which is not needed", line)
        self.assertTrue(line.startswith("ok "))
        self.patch(self.memory, "delete", refuse)
        [line] = self.check()
        self.assertIn("nor deleted, so it stays there", line)
        [name] = self.memory.objects
        self.assertIn(name, line)

    def test_something_else(self) -> None:
        """
        A store that gives back something else is none.
        """
        self.patch(self.memory, "get", lambda name: b"hello")
        self.assertIn("is not what was written", self.check()[0])

    def test_token_ends(self) -> None:
        """
        That a SAS token ends soon is told in time.
        """
        self.assertEqual(len(self.check()), 1)
        soon = datetime(2026, 12, 28, tzinfo=UTC).timestamp()
        [_, line] = self.check(now=soon)
        self.assertTrue(line.startswith("warn storage archive: the SAS token ends"))
        self.assertIn("in 4.0 days", line)
