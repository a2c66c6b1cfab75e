"""
What has been sent to the caller, and not been heard yet.

Core: time comes in as an argument, in seconds of a clock that never jumps.
"""

from __future__ import annotations

from .frames import FRAME_MS
from .utterance import Heard, Utterance

FRAME_SECONDS = FRAME_MS / 1000

#: What has been heard in the middle of an utterance need not be told before that.
TOLD_WITHIN_SECONDS = 0.4

NEVER = float("inf")


class UnderWay:
    """
    @ivar heard_at: when the first of them will have been heard.
    """

    __slots__ = ("_frames", "heard_at")

    def __init__(self) -> None:
        # Frame, when it starts to be heard, utterance: only a few.
        self._frames: list[tuple[bytes, float, Utterance]] = []
        self.heard_at = NEVER

    def __len__(self) -> int:
        return len(self._frames)

    def add(self, pcm: bytes, start: float, utterance: Utterance) -> None:
        """
        It has been sent, or is left out (then it is empty).
        """
        if not self._frames:
            self.heard_at = start + FRAME_SECONDS
        self._frames.append((pcm, start, utterance))

    def heard(self, now: float, each_frame: bool) -> list[Heard]:
        """
        @param each_frame: or is it enough to know of the first one of an utterance?

        @return: the frames that the caller has heard to their end since the last
            time, in order.
        """
        heard: list[Heard] = []
        past = 0
        for pcm, started, utterance in self._frames:
            if started + FRAME_SECONDS > now:
                break
            past += 1
            utterance.heard_frames = frames = utterance.heard_frames + 1
            if each_frame or frames == 1:
                heard.append(
                    Heard(pcm, started, utterance.name, frames == 1, frames * FRAME_MS)
                )
        del self._frames[:past]
        self.heard_at = self._frames[0][1] + FRAME_SECONDS if self._frames else NEVER
        return heard

    def tells_at(self, each_frame: bool) -> float:
        """
        @param each_frame: is it to be known in time of each frame that it was heard,
            and not only of the first and the last one of an utterance?

        @return: when L{heard} is to be asked for; while there are any.
        """
        _, _, utterance = self._frames[0]
        # That an utterance has begun is known in time, too.
        if each_frame or not utterance.heard_frames:
            return self.heard_at
        _, start, utterance = self._frames[-1]
        # If it is not complete more of it will come before, most often.
        return start + (FRAME_SECONDS if utterance.complete else TOLD_WITHIN_SECONDS)

    def clear(self) -> None:
        """
        Nobody will hear them.
        """
        self._frames.clear()
        self.heard_at = NEVER
