"""
What is to be played, and how far it has been.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class PlaySource:
    """
    @ivar kind: C{file}, C{text} or C{ssml}.
    @ivar content: the address of the file, or what is to be said.
    @ivar cache_id: sources with the same one are fetched or made once.
    """

    kind: str
    content: str = field(repr=False)
    cache_id: str | None = None
    locale: str | None = None
    voice_kind: str | None = None
    voice_name: str | None = None

    @property
    def spoken(self) -> bool:
        """
        Does it take a voice?
        """
        return self.kind != "file"


def play_source(given: Mapping[str, Any]) -> PlaySource:
    """
    @param given: a C{PlaySource} of a request, already checked.
    """
    kind = given["kind"].lower()
    body = given[kind]
    content = body[{"file": "uri", "text": "text", "ssml": "ssmlText"}[kind]]
    return PlaySource(
        kind=kind,
        content=content,
        cache_id=given.get("playSourceCacheId"),
        locale=body.get("sourceLocale"),
        voice_kind=body.get("voiceKind"),
        voice_name=body.get("voiceName"),
    )


class Cursor:
    """
    Goes through sources, 20 ms by 20 ms.
    """

    def __init__(self, lengths: tuple[int, ...], loop: bool) -> None:
        """
        @param lengths: of the sources, in frames.
        @param loop: begin again at the end.
        """
        self._lengths = lengths
        self._loop = loop and any(lengths)
        self._source = 0
        self._frame = 0

    def next(self) -> tuple[int, int] | None:
        """
        @return: which source is heard now, and which frame of it; L{None} if
            all has been played.
        """
        while self._source < len(self._lengths):
            if self._frame < self._lengths[self._source]:
                self._frame += 1
                return self._source, self._frame - 1
            self._frame = 0
            self._source += 1
            if self._loop and self._source == len(self._lengths):
                self._source = 0
        return None
