"""
Speech without sound: what the embedded agent's conversations need, in memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from zope.interface import implementer

from ..agent.local.speech import (
    FRAME_MS,
    RATE,
    ISpeechToText,
    ITextToSpeech,
    IVoiceDetector,
    IVoiceDetectors,
    IWorkers,
)

#: How long L{FakeVoice} needs for a character.
CHARACTER_MS = 100

_SAMPLES_PER_MS = RATE // 1000


def speech(ms: int) -> bytes:
    """
    @return: what L{FakeDetector} takes for speech, at L{RATE}.
    """
    return b"\x00\x20" * (ms * _SAMPLES_PER_MS)


def silence(ms: int) -> bytes:
    """
    @return: digital silence, at L{RATE}.
    """
    return bytes(2 * ms * _SAMPLES_PER_MS)


def frames_ms(count: int) -> int:
    """
    @return: how long so many frames of a voice detector are.
    """
    return count * FRAME_MS


@implementer(IWorkers)
class FakeWorkers:
    """
    Works at once, or, while C{busy}, when the test calls L{work}.

    @ivar running: between start and stop.
    """

    def __init__(self) -> None:
        self.running = False
        self.busy = False
        self._waiting: deque[tuple[Deferred[Any], Callable[[], Any]]] = deque()
        self._stopping: Deferred[None] | None = None

    def start(self) -> None:
        self.running = True

    def run(self, work: Callable[..., Any], *args: Any) -> Deferred[Any]:
        assert self.running, "nobody is there to work"
        if not self.busy:
            return maybeDeferred(work, *args)
        d: Deferred[Any] = Deferred()
        self._waiting.append((d, lambda: work(*args)))
        return d

    def work(self) -> None:
        """
        Do the work that has waited longest.
        """
        d, work = self._waiting.popleft()
        maybeDeferred(work).chainDeferred(d)
        self._maybe_stopped()

    def waiting(self) -> int:
        """
        @return: how much work has not been done.
        """
        return len(self._waiting)

    def stop(self) -> Deferred[None]:
        self.running = False
        if not self._waiting:
            return succeed(None)
        self._stopping = Deferred()
        return self._stopping

    def _maybe_stopped(self) -> None:
        if self._stopping is not None and not self._waiting:
            stopping, self._stopping = self._stopping, None
            stopping.callback(None)


@implementer(ITextToSpeech)
class FakeVoice:
    """
    Takes L{CHARACTER_MS} for each character.

    @ivar spoken: every text, in order.
    @ivar broken: when set, it is raised.
    """

    def __init__(self) -> None:
        self.spoken: list[str] = []
        self.broken: Exception | None = None

    def load(self) -> None:
        if self.broken is not None:
            raise self.broken

    def speak(self, text: str) -> bytes:
        self.load()
        self.spoken.append(text)
        return speech(CHARACTER_MS * len(text))


@implementer(ISpeechToText)
class FakeEars:
    """
    Understands what the test says will be said.

    @ivar next: texts to be understood next; then nothing is.
    @ivar heard: the audio of every utterance.
    @ivar broken: when set, it is raised.
    """

    at_once = 1

    def __init__(self) -> None:
        self.next: deque[str] = deque()
        self.heard: list[bytes] = []
        self.broken: Exception | None = None
        self.loaded = False

    def load(self) -> None:
        if self.broken is not None:
            raise self.broken
        self.loaded = True

    def understand(self, pcm: bytes) -> str:
        if self.broken is not None:
            raise self.broken
        self.heard.append(pcm)
        return self.next.popleft() if self.next else ""

    def unload(self) -> None:
        self.loaded = False


@implementer(IVoiceDetector)
class FakeDetector:
    """
    Everything that is not digital silence is speech.
    """

    def probability(self, frame: bytes) -> float:
        return 1.0 if any(frame) else 0.0


@implementer(IVoiceDetectors)
class FakeDetectors:
    """
    @ivar taken: how many are with a conversation.
    """

    def __init__(self) -> None:
        self.taken = 0

    def load(self) -> None:
        pass

    def take(self) -> IVoiceDetector:
        self.taken += 1
        return FakeDetector()

    def give_back(self, detector: IVoiceDetector) -> None:
        self.taken -= 1
