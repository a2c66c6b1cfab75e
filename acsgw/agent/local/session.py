"""
One conversation: brings caller, ears, dialogue and mouth together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from twisted.internet.defer import Deferred, DeferredSemaphore
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from ...errors import SpeechUnavailable
from ...interfaces import (
    AgentEvents,
    CallInfo,
    IVoiceAgent,
    PlayState,
    TransferKind,
    TransferRequest,
)
from ..outlet import Outlet
from .alarm import Alarm
from .dialogue import Action, Dialogue, End, HandOver, Say
from .hearing import CallerHearing
from .keypad import Keypad
from .script import Script
from .speaking import Speaker
from .speech import IWorkers, Speech


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """
    What all conversations share.

    @ivar monotonic: seconds that never jump.
    @ivar turns: held while an utterance is being understood.
    @ivar warm: fires when the libraries are ready, fails with
        L{SpeechUnavailable}.
    """

    clock: IReactorTime
    monotonic: Callable[[], float]
    workers: IWorkers
    speech: Speech
    script: Script
    turns: DeferredSemaphore
    warm: Callable[[], Deferred[None]]


@implementer(IVoiceAgent)
class LocalConversation:
    """
    L{IVoiceAgent} in this process.
    """

    _log = Logger()

    def __init__(
        self,
        call: CallInfo,
        events: AgentEvents,
        around: Surroundings,
        closed: Callable[[LocalConversation], None],
    ) -> None:
        """
        @param closed: called once, when the conversation is over.
        """
        self._id = call.call_id
        self._around = around
        self._closed = closed
        self._outlet = Outlet(events)
        self._dialogue = Dialogue(around.script, call.variables)
        self._speaker = Speaker(
            clock=around.clock,
            monotonic=around.monotonic,
            workers=around.workers,
            voice=around.speech.voice,
            outlet=self._outlet,
            failed=self._voice_failed,
        )
        self._hearing: CallerHearing | None = None  # until ready, and at the end
        self._keypad = Keypad()
        self._insists = False  # the caller: what he is saying is long enough to count
        self._interrupted = False  # the agent, by what the caller is saying
        self._unfinished = ""  # text to which the caller is adding
        self._caller_active_at = 0.0
        self._transfer = ""
        self._transfers = 0
        self._silence = Alarm(around.clock, self._silent)
        self._key_pause = Alarm(around.clock, self._keys_paused)
        self._beginning = Alarm(around.clock, self._begin)
        self._beginning.set(0)

    # What the gateway tells us: L{IVoiceAgent}.

    def caller_audio(self, pcm: bytes, position_ms: int) -> None:
        if self._hearing is not None:
            self._hearing.hear(pcm)

    def dtmf(self, digit: str, at_ms: int) -> None:
        if self._hearing is None or not self._dialogue.listens:
            return
        if self._speaker.is_audible():
            self._speaker.interrupt()
        self._caller_is_active()
        self._key_pause.stop()
        digits = self._keypad.press(digit)
        if digits:
            self._perform(self._dialogue.keyed(digits))
        elif self._keypad.pending:
            self._key_pause.set(self._around.script.limits.key_pause_seconds)

    def played(self, utterance: str, played_ms: int, state: PlayState) -> None:
        self._speaker.played(utterance, played_ms, state)

    def transfer_result(self, request_id: str, ok: bool, text: str) -> None:
        if not self._transfer or request_id != self._transfer:
            return
        self._transfer = ""
        if ok:
            self._finish()
        else:
            self._caller_is_active()
            self._perform(self._dialogue.transfer_failed())

    def caller_gone(self, reason: str) -> None:
        self._finish()

    def close(self, reason: str) -> None:
        self._finish()

    # Beginning and end.

    def _begin(self) -> None:
        Deferred.fromCoroutine(self._open()).addErrback(self._could_not_open)

    async def _open(self) -> None:
        around = self._around
        await around.warm()
        if self._outlet.is_closed():
            return
        detector = await around.workers.run(around.speech.detectors.take)
        if self._outlet.is_closed():
            around.speech.detectors.give_back(detector)
            return
        self._hearing = CallerHearing(
            call_id=self._id,
            detector=detector,
            workers=around.workers,
            ears=around.speech.ears,
            turns=around.turns,
            listener=self,
        )
        self._caller_is_active()
        self._outlet.ready()
        self._perform(self._dialogue.started())

    def _could_not_open(self, failure: Failure) -> None:
        if self._outlet.is_closed():
            return
        if failure.check(SpeechUnavailable):
            reason = failure.getErrorMessage()
            self._log.warn("call {call}: {reason}", call=self._id, reason=reason)
        else:
            reason = "internal error"
            self._log.failure("call {call}: no conversation", failure, call=self._id)
        self._outlet.refused(reason)
        self._finish()

    def _voice_failed(self, failure: Failure) -> None:
        self._log.failure("call {call}: no voice", failure, call=self._id)
        self._outlet.failed("the agent has lost its voice")
        self._finish()

    def _finish(self) -> None:
        if self._outlet.is_closed():
            return
        for alarm in (self._beginning, self._silence, self._key_pause):
            alarm.stop()
        self._speaker.stop()
        self._transfer = ""
        hearing, self._hearing = self._hearing, None
        if hearing is not None:
            hearing.stop()
            self._around.speech.detectors.give_back(hearing.detector)
        self._closed(self)
        self._outlet.finished()

    # The caller speaks: L{CallerListener}.

    def caller_insists(self) -> None:
        self._insists = True
        if self._dialogue.listens and self._speaker.is_audible():
            self._interrupted = True
            self._speaker.interrupt()

    def wants_utterance(self) -> bool:
        self._caller_is_active()
        insists, self._insists = self._insists, False
        if not self._dialogue.listens:
            return False
        if not self._speaker.is_audible():
            return True
        if insists:
            # The agent began to speak over the caller: what was said goes first.
            self._interrupted = True
            self._speaker.interrupt()
        # Else too short to interrupt, like "mhm": the agent goes on talking.
        return insists

    def caller_said(self, text: str) -> None:
        self._caller_is_active()
        if text:
            self._outlet.transcript("caller", text)
        self._unfinished = f"{self._unfinished} {text}".strip()
        if self._hearing is None or self._hearing.expects_more:
            return
        text, self._unfinished = self._unfinished, ""
        interrupted, self._interrupted = self._interrupted, False
        # Noise is not worth a word, unless it has silenced the agent.
        if text or interrupted:
            self._perform(self._dialogue.heard(text))

    def lost_hearing(self, failure: Failure) -> None:
        self._log.failure("call {call}: hearing", failure, call=self._id)
        self._outlet.failed("internal error")
        self._finish()

    def _keys_paused(self) -> None:
        if self._hearing is not None and self._hearing.expects_more:
            # The caller speaks: wait for the end of it.
            self._key_pause.set(self._around.script.limits.key_pause_seconds)
            return
        self._perform(self._dialogue.keyed(self._keypad.take()))

    def _caller_is_active(self) -> None:
        self._caller_active_at = self._around.monotonic()

    # The agent speaks.

    def _perform(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Say(text):
                    self._speaker.say(text)
                case HandOver():
                    self._speaker.then(self._hand_over)
                case End(reason):
                    self._speaker.then(partial(self._end, reason))
        if not self._outlet.is_closed():
            self._silence.set(self._around.script.limits.silence_seconds)

    def _hand_over(self) -> None:
        self._transfers += 1
        self._transfer = f"{self._id}/{self._transfers}"
        self._outlet.transfer(
            TransferRequest(
                request_id=self._transfer,
                kind=TransferKind.AGENT,
                variables=self._dialogue.results(),
            )
        )

    def _end(self, reason: str) -> None:
        self._log.info("call {call}: over: {reason}", call=self._id, reason=reason)
        self._outlet.ended(reason, self._dialogue.results())
        self._finish()

    # Nobody speaks.

    def _silent(self) -> None:
        """
        Both may have been silent for too long.
        """
        limit = self._around.script.limits.silence_seconds
        if not self._dialogue.listens:
            return
        speaking = self._hearing is None or self._hearing.expects_more
        if speaking or self._speaker.is_audible() or self._keypad.pending:
            self._silence.set(max(limit, self._speaker.quiet_in() + limit))
            return
        since = max(self._caller_active_at, self._speaker.quiet_since())
        left = since + limit - self._around.monotonic()
        if left > 0.001:
            self._silence.set(left)
        else:
            self._perform(self._dialogue.silence())
