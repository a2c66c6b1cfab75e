"""
What a media connection and the stream that it carries want of each other.
"""

from __future__ import annotations

from typing import Any, Protocol


class MediaPeer(Protocol):
    """
    Whose audio it is.  C{closed} is called exactly once, C{opened} at most
    once and before it.
    """

    def opened(self, link: MediaLink) -> None: ...
    def received(self, payload: bytes, is_binary: bool) -> None: ...
    def closed(self, reason: str) -> None: ...


class MediaLink(Protocol):
    """
    An open connection.
    """

    def send(self, payload: bytes) -> None: ...

    def remark(self, what: str, **detail: Any) -> None:
        """
        Let whoever watches the connection know of something that is not on it.
        """

    def drop(self, abort: bool) -> None:
        """
        Lose the connection without a word; C{abort}: with a reset.
        """

    def close(self, code: int) -> None:
        """
        Close with this code.
        """

    def read(self, wanted: bool) -> None:
        """
        Read from the connection no more, or again.
        """
