"""
An agent that speaks over a playout, in real time or not.
"""

from __future__ import annotations

from collections.abc import Iterable

from acsgw.audio.playout import Playout
from acsgw.audio.standing import SILENT_PEAK
from acsgw.audio.under_way import FRAME_SECONDS
from acsgw.audio.utterance import Heard, Played

LEAD_MS = 100
CUSHION_MS = 40


def frame(number: int, quiet: bool) -> bytes:
    """
    @return: one that can be told from the others, if they are not many.
    """
    sample = number % SILENT_PEAK if quiet else 1000 + number
    return sample.to_bytes(2, "little") * 320


def pauses(number: int) -> bool:
    """
    A second of speech, a second of silence.
    """
    return number // 50 % 2 == 1


class Talk:
    """
    A playout that is woken in time, and an agent that has numbered frames to say.

    @ivar said: what the agent has sent.
    @ivar sent: what was sent to the caller.
    """

    def __init__(self) -> None:
        self.playout = Playout(16000, LEAD_MS, CUSHION_MS)
        self.now = 50.0
        self.said: list[bytes] = []
        self.sent: list[bytes] = []
        self.heard: list[Heard] = []
        self.done: list[Played] = []

    def say(self, frames: Iterable[bytes], utterance: str = "u") -> None:
        for pcm in frames:
            self.said.append(pcm)
            self.playout.put(pcm, utterance)
        self.wake()

    def next(self, count: int = 1, utterance: str = "u", loud: bool = False) -> None:
        """
        Say the next ones, of which each other second is silent if not all are loud.
        """
        first = len(self.said)
        frames = [frame(n, pauses(n) and not loud) for n in range(first, first + count)]
        self.say(frames, utterance)

    def wake(self) -> None:
        self.heard += self.playout.heard(self.now)
        self.done += self.playout.done()
        self.sent += self.playout.due(self.now)

    def let_pass(self, seconds: float) -> None:
        end = self.now + seconds
        while (at := self.playout.wakes_at(each_frame=True)) is not None:
            if at > end:
                break
            self.now = max(self.now, at)
            self.wake()
        self.now = end

    def stream(
        self, frames: int, piece: int = 1, utterance: str = "u", loud: bool = False
    ) -> None:
        """
        Speak in real time, in pieces of so many frames.
        """
        for _ in range(frames // piece):
            self.next(piece, utterance, loud)
            self.let_pass(piece * FRAME_SECONDS)

    def stall(self, frames: int) -> None:
        """
        So many frames come late, all at once.
        """
        self.let_pass(frames * FRAME_SECONDS)
        self.next(frames)

    @property
    def waiting(self) -> int:
        """
        @return: frames beyond the lead.
        """
        return len(self.said) - len(self.sent) - self.playout.skipped_ms // 20
