"""
The way out of a media stream that is looked at, and spoiled as ordered.
"""

from __future__ import annotations

from typing import Any, Protocol

from .media_link import MediaLink


class Watch(Protocol):
    """
    Who looks at the stream.
    """

    @property
    def dead(self) -> bool:
        """
        Does the connection take nothing any more?
        """

    def sent(self, payload: bytes) -> None: ...
    def remark(self, what: str, detail: dict[str, Any]) -> None: ...


class SpoiledLink:
    """
    What a spoiled stream sends through: nothing, once it is dead.
    """

    def __init__(self, link: MediaLink, watch: Watch) -> None:
        self._link = link
        self._watch = watch

    def send(self, payload: bytes) -> None:
        self._watch.sent(payload)
        if not self._watch.dead:
            self._link.send(payload)

    def remark(self, what: str, **detail: Any) -> None:
        self._watch.remark(what, detail)

    def drop(self, abort: bool) -> None:
        self._link.drop(abort)

    def close(self, code: int) -> None:
        self._link.close(code)

    def read(self, wanted: bool) -> None:
        self._link.read(wanted)
