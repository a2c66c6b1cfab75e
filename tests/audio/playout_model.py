"""
What a playout is to send and when, said as plainly as can be.

It keeps lists of what has been, and looks at all of them each time; speech comes in
whole frames.
"""

from __future__ import annotations

from typing import NamedTuple

from acsgw.audio.playout import SHORT_GAP_SECONDS
from acsgw.audio.standing import KEPT_SILENT, STANDS_SECONDS, STANDS_WITHIN, is_silent
from acsgw.audio.under_way import FRAME_SECONDS


class Look(NamedTuple):
    """
    At a time at which a frame had been sent, so many waited, and so many had been left
    out, of all.
    """

    now: float
    waiting: int
    left_out: int


class PlayoutModel:
    """
    @ivar left_out: the frames that were.
    """

    def __init__(self, lead: float, cushion_frames: int) -> None:
        self._lead = lead
        self._cushion_frames = cushion_frames
        self._waiting: list[tuple[str, bytes]] = []
        self._said: list[str] = []
        self._begun: set[str] = set()
        self._complete: set[str] = set()
        self._line_free = float("-inf")
        self._gap_from: float | None = None
        self._looks: list[Look] = []
        self._may_leave_out = 0
        self._silence = 0
        self.underruns = 0
        self.left_out: list[bytes] = []

    def put(self, pcm: bytes, utterance: str) -> None:
        self._complete.update(name for name in self._said if name != utterance)
        self._said.append(utterance)
        self._waiting.append((utterance, pcm))

    def end(self) -> None:
        self._complete.update(self._said)

    def trim(self) -> None:
        while self._waiting and not any(self._waiting[-1][1]):
            if self._waiting.pop()[0] != self._said[-1]:
                raise ValueError("two silent utterances wait")

    def flush(self) -> None:
        self._waiting = []
        self._line_free = float("-inf")
        self._gap_from = None

    def due(self, now: float) -> list[bytes]:
        sent: list[bytes] = []
        waited = len(self._waiting)
        while self._waiting and self._line_free <= now + self._lead:
            name, pcm = self._waiting[0]
            if self._line_free < now:
                if name in self._begun and not self._goes_on(name, now):
                    return sent
                self._forget_looks()
                self._gap_from = None
                self._line_free = now
            del self._waiting[0]
            self._begun.add(name)
            if self._leaves_out(pcm):
                self.left_out.append(pcm)
            else:
                sent.append(pcm)
                self._line_free += FRAME_SECONDS
        if len(self._waiting) < waited:
            self._look(now)
        return sent

    def _goes_on(self, name: str, now: float) -> bool:
        """
        The caller waits in the middle of this utterance: may it go on?
        """
        if self._gap_from is None:
            self._gap_from = now
            self.underruns += 1
            if now - self._line_free <= SHORT_GAP_SECONDS:
                return True
        there = [pcm for waiting, pcm in self._waiting if waiting == name]
        cushion = self._cushion_frames * FRAME_SECONDS
        return (
            name in self._complete
            or len(there) >= self._cushion_frames
            or now >= self._gap_from + cushion
        )

    def _look(self, now: float) -> None:
        if not self._waiting:
            self._forget_looks()
            return
        look = Look(now, len(self._waiting), len(self.left_out))
        self._looks.append(look)
        first = self._looks[0]
        levels = [each.waiting + each.left_out - first.left_out for each in self._looks]
        if max(levels) - min(levels) > STANDS_WITHIN:
            self._may_leave_out = 0
            self._looks = [look]
        elif now >= first.now + STANDS_SECONDS:
            if not self._may_leave_out:
                self._silence = 0
            left_out = look.left_out - first.left_out
            self._may_leave_out = min(levels) - left_out - self._cushion_frames
            self._looks = [look]
        else:
            most = look.waiting - self._cushion_frames
            self._may_leave_out = min(self._may_leave_out, most)
        self._may_leave_out = max(0, self._may_leave_out)

    def _forget_looks(self) -> None:
        self._looks = []
        self._may_leave_out = 0

    def _leaves_out(self, pcm: bytes) -> bool:
        if not self._may_leave_out:
            return False
        self._silence = self._silence + 1 if is_silent(pcm) else 0
        if self._silence > KEPT_SILENT and (self._silence - KEPT_SILENT) % 2:
            self._may_leave_out -= 1
            return True
        return False
