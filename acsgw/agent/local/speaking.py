"""
The agent's mouth: text in, audio out, one sentence after the other.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from ...interfaces import PlayState
from ..outlet import Outlet
from .alarm import Alarm
from .playout import Playout
from .speech import RATE, ITextToSpeech, IWorkers

#: Audio is handed over in pieces of this length.
CHUNK_BYTES = RATE * 2 // 5  # 200 ms

#: After each sentence, which the voice ends abruptly: 200 ms.
PAUSE = bytes(RATE * 2 // 5)

#: A sentence is made this long before the one before it has been heard: early
#: enough for a busy machine, late enough to tell truly what has been said.
LEAD_SECONDS = 0.5

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


class Speaker:
    """
    Speaks what it is told to, and can be interrupted.
    """

    def __init__(
        self,
        *,
        clock: IReactorTime,
        monotonic: Callable[[], float],
        workers: IWorkers,
        voice: ITextToSpeech,
        outlet: Outlet,
        failed: Callable[[Failure], None],
    ) -> None:
        """
        @param failed: called when the voice fails.
        """
        self._monotonic = monotonic
        self._workers = workers
        self._voice = voice
        self._outlet = outlet
        self._failed = failed
        self._queue: deque[str | Callable[[], None]] = deque()
        self._playout = Playout()
        self._next = Alarm(clock, self._go_on)
        self._making = False
        self._generation = 0
        self._utterances = 0
        self._stopped = False

    def say(self, text: str) -> None:
        """
        Speak a text after all that was said before it.
        """
        self._queue.extend(s for s in _SENTENCE_END.split(text.strip()) if s)
        self._go_on()

    def then(self, act: Callable[[], None]) -> None:
        """
        Call C{act} when all that was said before it has been handed over.
        """
        self._queue.append(act)
        self._go_on()

    def is_audible(self) -> bool:
        """
        @return: whether the caller hears, or is about to hear, something.
        """
        return self._making or bool(self._queue) or self.quiet_in() > 0

    def quiet_in(self) -> float:
        """
        @return: how long what was handed over will still be heard, in seconds.
        """
        return self._playout.remaining(self._monotonic())

    def quiet_since(self) -> float:
        """
        @return: when (on the monotonic clock) the caller heard the last of what
            was handed over, or will have.
        """
        return self._playout.ends_at

    def interrupt(self) -> None:
        """
        Stop at once: what was not heard yet will not be.
        """
        self._queue.clear()
        self._next.stop()
        self._playout.cut()
        self._generation += 1
        self._outlet.flush(self._generation)

    def played(self, utterance: str, played_ms: int, state: PlayState) -> None:
        """
        See L{acsgw.interfaces.IVoiceAgent.played}.
        """
        if not self._stopped:
            now = self._monotonic()
            self._playout.reported(utterance, played_ms, state, now)
            self._go_on()

    def stop(self) -> None:
        """
        Say nothing more; what was handed over may be heard to its end.
        """
        self._stopped = True
        self._queue.clear()
        self._next.stop()

    def _go_on(self) -> None:
        self._next.stop()
        while self._queue and not self._making and not self._stopped:
            item = self._queue[0]
            if isinstance(item, str):
                early = self.quiet_in() - LEAD_SECONDS
                if early > 0:
                    self._next.set(early)
                    return
                self._queue.popleft()
                self._make(item)
            else:
                self._queue.popleft()
                item()

    def _make(self, sentence: str) -> None:
        self._making = True
        made: Deferred[bytes] = self._workers.run(self._voice.speak, sentence)
        made.addBoth(self._no_longer_making)
        made.addCallback(self._hand_over, sentence, self._generation)
        made.addErrback(self._broken)

    def _no_longer_making(self, result: bytes | Failure) -> bytes | Failure:
        self._making = False
        return result

    def _hand_over(self, pcm: bytes, sentence: str, generation: int) -> None:
        if generation == self._generation and not self._stopped:
            pcm += PAUSE
            self._utterances += 1
            utterance = f"s{self._utterances}"
            seconds = len(pcm) / (RATE * 2)
            self._playout.given(utterance, seconds, self._monotonic())
            self._outlet.transcript("agent", sentence)
            for start in range(0, len(pcm), CHUNK_BYTES):
                chunk = pcm[start : start + CHUNK_BYTES]
                self._outlet.agent_audio(chunk, utterance, generation)
            self._outlet.utterance_end(utterance)
        self._go_on()

    def _broken(self, failure: Failure) -> None:
        if not self._stopped:
            self._failed(failure)
