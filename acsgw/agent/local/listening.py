"""
Frames and how likely each is speech -> where the caller's utterances are.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from .speech import FRAME_MS


@dataclass(frozen=True)
class SpeechStarted:
    """
    The caller says something: it is speech, not a click.
    """


@dataclass(frozen=True)
class SpeechInsisted:
    """
    The caller goes on speaking: enough to interrupt whoever else is.
    """


@dataclass(frozen=True)
class Utterance:
    """
    The caller has finished.

    @ivar pcm: what was said, with a little of what was before and after.
    """

    pcm: bytes = field(repr=False)


Heard = SpeechStarted | SpeechInsisted | Utterance


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """
    What counts as speech.

    @ivar starts_at: probability of speech from which an utterance starts.
    @ivar goes_on_at: from which it continues: lower, for its soft ends.
    @ivar before_ms: kept of what was before; with more, speech to text hears
        words in the noise.
    @ivar after_ms: kept of the pause at the end.
    @ivar least_ms: of speech; less is a click.
    @ivar insists_ms: of speech, after which the caller interrupts the agent.
    @ivar pause_ms: of silence that ends an utterance.
    @ivar most_ms: an utterance is cut after this time.
    """

    starts_at: float = 0.5
    goes_on_at: float = 0.35
    before_ms: int = 96
    after_ms: int = 192
    least_ms: int = 96
    insists_ms: int = 256
    pause_ms: int = 512
    most_ms: int = 15_000


class Listener:
    """
    Finds the utterances of one caller.

    @ivar hears_speech: between L{SpeechStarted} and L{Utterance}.
    """

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self._before: deque[bytes] = deque(maxlen=hearing.before_ms // FRAME_MS)
        self._frames: list[bytes] = []
        self._speech_ms = 0
        self._pause_ms = 0
        self.hears_speech = False

    def hear(self, frame: bytes, probability: float) -> list[Heard]:
        """
        @param frame: the next 32 ms.

        @return: what became clear with this frame.
        """
        if not self._frames:
            if probability < self._hearing.starts_at:
                self._before.append(frame)
                return []
            self._frames.extend(self._before)
            self._before.clear()
        self._frames.append(frame)
        if probability >= self._hearing.goes_on_at:
            self._speech_ms += FRAME_MS
            self._pause_ms = 0
            heard = self._more_speech()
        else:
            self._pause_ms += FRAME_MS
            heard = []
        if self._is_over():
            heard.extend(self._utterance())
        return heard

    def _more_speech(self) -> list[Heard]:
        heard: list[Heard] = []
        if not self.hears_speech and self._speech_ms >= self._hearing.least_ms:
            self.hears_speech = True
            heard.append(SpeechStarted())
        before_this = self._speech_ms - FRAME_MS
        if before_this < self._hearing.insists_ms <= self._speech_ms:
            heard.append(SpeechInsisted())
        return heard

    def _is_over(self) -> bool:
        paused = self._pause_ms >= self._hearing.pause_ms
        return paused or len(self._frames) * FRAME_MS >= self._hearing.most_ms

    def _utterance(self) -> list[Heard]:
        frames, self._frames = self._frames, []
        spoken, self.hears_speech = self.hears_speech, False
        too_much = max(0, self._pause_ms - self._hearing.after_ms) // FRAME_MS
        self._speech_ms = self._pause_ms = 0
        self._before.extend(frames[len(frames) - too_much :])
        if not spoken:
            return []
        return [Utterance(b"".join(frames[: len(frames) - too_much]))]
