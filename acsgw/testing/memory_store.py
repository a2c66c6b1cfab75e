"""
An object store in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from zope.interface import implementer

from ..errors import StoreFailed
from ..interfaces import IObjectStore, Parcel

_PIECE = 4 * 1024 * 1024


@dataclass(frozen=True)
class StoredObject:
    """
    What is in the store under a name.
    """

    content: bytes = field(repr=False)
    content_type: str
    metadata: dict[str, str]


@implementer(IObjectStore)
class MemoryStore:
    """
    @ivar objects: what is there, by name.
    @ivar puts: names, in the order in which they were put.
    @ivar problem: what every request fails with; L{None}: none does.
    @ivar half_way: called when half of a body has been read.
    """

    def __init__(self, place: str = "memory:recordings") -> None:
        self.place = place
        self.objects: dict[str, StoredObject] = {}
        self.puts: list[str] = []
        self.problem: StoreFailed | None = None
        self.half_way: Callable[[], None] = lambda: None

    def put(self, parcel: Parcel) -> str:
        """
        See L{IObjectStore.put}.
        """
        self._check()
        content = parcel.body.read(parcel.size // 2)
        self.half_way()
        self._check()
        while piece := parcel.body.read(_PIECE):
            content += piece
        if len(content) != parcel.size:
            raise OSError(f"the body has {len(content)} bytes, not {parcel.size}")
        self.puts.append(parcel.name)
        self.objects[parcel.name] = StoredObject(
            content, parcel.content_type, dict(parcel.metadata)
        )
        return f"{self.place}/{parcel.name}"

    def get(self, name: str) -> bytes:
        """
        See L{IObjectStore.get}.
        """
        self._check()
        if name not in self.objects:
            raise StoreFailed(f"{self.place} has no {name}", lasting=True)
        return self.objects[name].content

    def delete(self, name: str) -> None:
        """
        See L{IObjectStore.delete}.
        """
        self._check()
        self.objects.pop(name, None)

    def _check(self) -> None:
        if self.problem is not None:
            raise self.problem
