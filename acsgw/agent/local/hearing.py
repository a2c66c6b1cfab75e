"""
The agent's ears for one caller: audio in, text out.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from twisted.internet.defer import CancelledError, Deferred, DeferredSemaphore
from twisted.logger import Logger
from twisted.python.failure import Failure

from .listening import Hearing, Listener, SpeechInsisted, Utterance
from .speech import FRAME_BYTES, ISpeechToText, IVoiceDetector, IWorkers


class CallerListener(Protocol):
    """
    Whoever wants to know what the caller says.
    """

    def caller_insists(self) -> None:
        """The caller goes on speaking: time to be silent."""

    def wants_utterance(self) -> bool:
        """The caller has finished: is it worth understanding?"""

    def caller_said(self, text: str) -> None:
        """The caller has said this; empty if no words were found in it."""

    def lost_hearing(self, failure: Failure) -> None:
        """There is a bug in here."""


class CallerHearing:
    """
    Finds the caller's utterances and has them understood, one after the other.
    """

    _log = Logger()

    def __init__(
        self,
        *,
        call_id: str,
        detector: IVoiceDetector,
        workers: IWorkers,
        ears: ISpeechToText,
        turns: DeferredSemaphore,
        listener: CallerListener,
    ) -> None:
        """
        @param turns: held while an utterance is being understood.
        """
        self._call_id = call_id
        self.detector = detector
        self._workers = workers
        self._ears = ears
        self._turns = turns
        self._listener = listener
        self._finder = Listener(Hearing())
        self._audio = bytearray()  # less than a frame
        self._utterances: deque[bytes] = deque()
        self._understanding = False
        self._stopped = False

    @property
    def expects_more(self) -> bool:
        """
        Whether the caller is speaking, or has said more than is understood.
        """
        return self._finder.hears_speech or bool(self._utterances)

    def hear(self, pcm: bytes) -> None:
        """
        The caller's voice, any amount of it.
        """
        self._audio += pcm
        while len(self._audio) >= FRAME_BYTES and not self._stopped:
            frame = bytes(self._audio[:FRAME_BYTES])
            del self._audio[:FRAME_BYTES]
            probability = self.detector.probability(frame)
            for heard in self._finder.hear(frame, probability):
                if isinstance(heard, SpeechInsisted):
                    self._listener.caller_insists()
                elif isinstance(heard, Utterance):
                    self._utterance(heard.pcm)

    def stop(self) -> None:
        """
        Nothing that is still being understood will be told.
        """
        self._stopped = True
        self._utterances.clear()

    def _utterance(self, pcm: bytes) -> None:
        if not self._listener.wants_utterance():
            return
        self._utterances.append(pcm)
        if not self._understanding:
            self._understanding = True
            d = Deferred.fromCoroutine(self._understand())
            d.addErrback(self._listener.lost_hearing)

    async def _understand(self) -> None:
        try:
            while self._utterances:
                text = await self._text_of(self._utterances.popleft())
                if not self._stopped:
                    self._listener.caller_said(text)
        finally:
            self._understanding = False

    async def _text_of(self, pcm: bytes) -> str:
        await self._turns.acquire()
        try:
            if self._stopped:
                return ""
            text: str = await self._workers.run(self._ears.understand, pcm)
            return text
        except CancelledError:
            raise
        except Exception:
            # The caller will be asked to say it again.
            self._log.failure("call {call}: speech to text", call=self._call_id)
            return ""
        finally:
            self._turns.release()
