"""
The seam to object stores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from zope.interface import Attribute, Interface


class SeekableBody(Protocol):
    """
    What libraries need of a file that they upload.
    """

    def read(self, size: int = -1, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def tell(self) -> int: ...

    def readable(self) -> bool: ...

    def seekable(self) -> bool: ...

    def close(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """
    What becomes an object.

    @ivar body: at its beginning; may be read more than once.
    @ivar size: of the body, in bytes.
    @ivar metadata: goes with the object; ASCII.
    """

    name: str
    body: SeekableBody = field(repr=False)
    size: int
    content_type: str
    metadata: Mapping[str, str] = field(default_factory=dict)


class IObjectStore(Interface):
    """
    One container or bucket.  Its methods block: they are called in threads, by more
    than one at a time.  None tries again by itself.
    """

    place = Attribute("Where objects go: for people, without secrets.")

    def put(parcel: Parcel) -> str:
        """
        Make the object, or put it in the place of the one of that name.  It is there
        as a whole or not at all, and what arrived is what was sent.  Little of the
        body is in memory at a time.

        @return: the object's address, without secrets.

        @raise StoreFailed: the object is not there, or perhaps not.
        @raise Exception: whatever reading the body raises.
        """

    def get(name: str) -> bytes:
        """
        @return: a small object, as a whole.

        @raise StoreFailed: it cannot be had.
        """

    def delete(name: str) -> None:
        """
        @raise StoreFailed: it could not be deleted.
        """
