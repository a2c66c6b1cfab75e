"""
What one participant says, cut into phrases.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from .ear import Ear
from .media_messages import FRAME_MS

#: Frames before the first loud one that belong to a phrase; with more the local ears
#: hear words that nobody said.
_PRE_ROLL = 100 // FRAME_MS
#: Frames after the last loud one that belong to it.
_TAIL = 200 // FRAME_MS
_PARTIAL_EVERY = 1000 // FRAME_MS
#: Longer ones are cut; our limit.
_LONGEST = 15_000 // FRAME_MS


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """
    @ivar begin: the frame in which it began.
    @ivar pcm: 16 bit little endian mono at 16 kHz.
    @ivar final: is it complete?
    """

    raw_id: str
    begin: int
    frames: int
    pcm: bytes = field(repr=False)
    final: bool


class Speaker:
    """
    Takes 20 ms after 20 ms.
    """

    def __init__(self, raw_id: str, now: int, *, partial: bool) -> None:
        """
        @param now: frames before the first that comes.
        @param partial: are phrases wanted while they go on?
        """
        self._raw_id = raw_id
        self._now = now
        self._partial = partial
        self._ear = Ear()
        # The ear needs two loud frames: the first of them is here as well.
        self._before: deque[bytes] = deque(maxlen=_PRE_ROLL + 1)
        self._said: list[bytes] = []
        self._begin = 0
        self._quiet = 0

    def hear(self, pcm: bytes, loud: bool) -> Phrase | None:
        """
        @param pcm: 20 ms.

        @return: a phrase that is complete, or as much of it as there is.
        """
        self._now += 1
        happened = self._ear.hear(loud)
        self._quiet = 0 if loud else self._quiet + 1
        if happened == "began":
            self._said = [*self._before, pcm]
            self._begin = self._now - len(self._said)
            return None
        if happened is None and not self._ear.speaking:
            self._before.append(pcm)
            return None
        self._said.append(pcm)
        if happened == "ended":
            return self._phrase(
                len(self._said) - max(0, self._quiet - _TAIL), final=True
            )
        if len(self._said) >= _LONGEST:
            phrase = self._phrase(len(self._said), final=True)
            self._begin = self._now
            return phrase
        talks = self._quiet <= _TAIL
        if self._partial and talks and len(self._said) % _PARTIAL_EVERY == 0:
            return self._phrase(len(self._said), final=False)
        return None

    def _phrase(self, frames: int, *, final: bool) -> Phrase:
        phrase = Phrase(
            raw_id=self._raw_id,
            begin=self._begin,
            frames=frames,
            pcm=b"".join(self._said[:frames]),
            final=final,
        )
        if final:
            self._before.clear()
            self._said = []
        return phrase
