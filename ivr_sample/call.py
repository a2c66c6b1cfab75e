"""
One call: performs what its state machine decides.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from acsgw.acs.events import Callback, IncomingCall
from acsgw.acs.repeat import CallControlError, CallGone

from .actions import (
    Action,
    Answer,
    Ask,
    Ended,
    HangUp,
    LookUp,
    Note,
    Outcome,
    Play,
    Recognize,
    Record,
    Target,
    Transfer,
)
from .call_parts import CallParts as CallParts
from .core import CallCore, CallInputs
from .dialogue import Caller, Dialogue
from .errors import IvrError
from .handover import reserved_value
from .hours import is_open
from .luggage import Luggage
from .machine import new_call_machine
from .recording import Recording
from .records import CallRecord

#: C{RecognizeFailed} of these sub-codes: the caller keyed nothing; or not enough, or
#: something else.  Source: Microsoft Learn, "Gather user input with Recognize action".
_NOTHING, _WRONG = frozenset({8510}), frozenset({8532, 8534})

#: States of a connection in which the caller is not ours any more.
_GONE = frozenset({"disconnecting", "disconnected"})


@dataclass(eq=False)
class Call:
    """
    The only object that knows all of a call.

    @ivar inputs: whoever hears of the call says so here, and nowhere else.
    @ivar ended: fires, with how, when the call is over.
    """

    call_id: str
    ringing: IncomingCall
    parts: CallParts
    record: CallRecord
    inputs: CallInputs = field(init=False)
    luggage: Luggage = field(init=False)
    recording: Recording = field(init=False)
    ended: Deferred[Ended] = field(init=False, default_factory=Deferred)
    _answering: Deferred[None] | None = field(init=False, default=None)
    _transfers: dict[str, Target] = field(init=False, default_factory=dict)
    _leaving: bool = field(init=False, default=False)

    _log = Logger()

    def __post_init__(self) -> None:
        parts = self.parts
        self._core = CallCore(parts.clock, self._perform, self._new_dialogue)
        self.inputs = new_call_machine(self._core)
        known = parts.handovers(self.record.conversation_id)
        self.luggage = Luggage(parts.settings, parts.requests, self.record, known)
        table = parts.settings.recording
        self.recording = Recording(
            *(parts.recording, table.channels if table else "", parts.clock),
            *(self.record, self._note),
        )
        limit = parts.settings.ivr.max_call_seconds
        reason = f"longer than {limit:g} s"
        self._limit = parts.clock.callLater(
            limit, lambda: self.inputs.hang_up(Outcome.TIMED_OUT, reason)
        )

    def _new_dialogue(self) -> Dialogue:
        settings, now = self.parts.settings, self.parts.wall()
        kind = None
        if self.record.kind == "return":
            kind = reserved_value(self.luggage.returned, "handoverKind")
        caller = Caller(
            raw_id=self.ringing.caller,
            is_open=settings.hours is None or is_open(settings.hours, now),
            handovers=self.luggage.handovers,
            kind=kind,
            returned=self.luggage.plain(),
        )
        return Dialogue(settings, caller)

    def callback(self, event: Callback, keys: str) -> None:
        """
        The network tells what became of the call.

        @param keys: those that the event carries.
        """
        if self.record.connection_id not in ("", event.connection_id):
            self._log.warn("call {call}: event of another call", call=self.call_id)
            return
        self.record.connection_id = event.connection_id
        context, inputs = event.operation_context, self.inputs
        match event.kind:
            case "CallConnected":
                inputs.connected()
            case "AnswerFailed":
                inputs.answer_failed(event.reason)
            case "CallDisconnected":
                inputs.disconnected(event.reason)
            case "CallTransferAccepted" if context in self._transfers:
                inputs.transfer_accepted(self._transfers[context])
            case _ if context != self._core.context:
                pass  # of an operation that is over
            case "CallTransferFailed":
                inputs.transfer_failed(event.reason)
            case "PlayCanceled" | "RecognizeCanceled":
                # We cancel nothing: the caller has left, and CallDisconnected follows.
                self._note("canceled", event.reason)
            case "PlayCompleted":
                inputs.played()
            case "PlayFailed":
                self._note("not played", event.reason)
                inputs.played()
            case "RecognizeCompleted":
                inputs.keyed(keys)
            case "RecognizeFailed" if event.sub_code in _NOTHING:
                inputs.nothing_keyed()
            case "RecognizeFailed" if event.sub_code in _WRONG:
                inputs.keyed("")
            case "RecognizeFailed":
                inputs.cannot_ask(event.reason)

    # What the machine wants done.

    def _perform(self, action: Action) -> None:
        """
        Start an action; never raises: every failure comes back as an input.
        """
        doing = Deferred.fromCoroutine(self._do(action))
        if isinstance(action, Answer):
            self._answering = doing  # who hangs up meanwhile waits for the name
        doing.addErrback(self._failed, action)

    async def _do(self, action: Action) -> None:
        control, connection = self.parts.control, self.record.connection_id
        match action:
            case Answer():
                await self.luggage.unpack(self.ringing.variables, self._note)
                url = self.parts.callback_url(self.call_id)
                named = await control.answer(self.ringing.context, url)
                self.record.connection_id = named
            case Record():
                self.recording.begin(connection, self.ringing.caller)
            case Recognize(ask, context):
                await self._recognize(ask, context)
            case Play(phrases, context):
                self.recording.go_on()
                await control.play(connection, phrases, context)
            case Transfer(target, context):
                self._transfers[context] = target
                await self._transfer(target, context)
            case LookUp():
                await self._look_up()
            case HangUp():
                await self._hang_up()
            case Note(what, text):
                self._note(what, text)
            case Ended():
                await self._end(action)

    async def _recognize(self, ask: Ask, context: str) -> None:
        connection, caller = self.record.connection_id, self.ringing.caller
        if not ask.secret:
            self.recording.go_on()
        elif not await self.recording.conceal():
            raise CallControlError(f"the {ask.name} would be recorded; not asked for")
        elif self._leaving or context != self._core.context:
            return  # something else was decided meanwhile
        await self.parts.control.recognize(connection, caller, ask, context)

    async def _transfer(self, target: Target, context: str) -> None:
        # It would go on with the caller, wherever he goes.
        await self.recording.stop()
        if self._leaving:
            return
        raw_id, headers = self.luggage.pack(target, self._core.dialogue.variables)
        connection = self.record.connection_id
        await self.parts.control.transfer(connection, raw_id, headers, context)

    async def _look_up(self) -> None:
        context = self._core.context  # of the transfer; another one when we know
        connection = self.record.connection_id
        state = await self.parts.control.connection_state(connection)
        if state == "transferAccepted":
            self.inputs.transfer_accepted(self._transfers[context])
        elif state in _GONE:
            self.inputs.dead(f"the call is {state}")
        elif context == self._core.context:
            self.inputs.alive()

    async def _hang_up(self) -> None:
        self._leaving = True
        if not self.record.connection_id and self._answering is not None:
            await self._answering  # it ends in time; until then nobody can be named
        if not self.record.connection_id:
            raise CallControlError("the network never named the call")
        await self.recording.stop()
        with suppress(CallGone):  # somebody was faster
            await self.parts.control.hang_up(self.record.connection_id)
        self.inputs.hung_up()

    async def _end(self, end: Ended) -> None:
        self._leaving = True
        self.recording.end()  # ends with the call, but only asking makes that known
        if self._limit.active():
            self._limit.cancel()
        if hasattr(self._core, "dialogue"):
            self.record.rating = self._core.dialogue.rating
        text = end.outcome.value + (f": {end.reason}" if end.reason else "")
        self._note("ended", text)
        try:
            if end.outcome is Outcome.CALLBACK:
                await self._tell_callback()
        finally:
            self.ended.callback(end)

    async def _tell_callback(self) -> None:
        callback = self.parts.settings.callback
        if callback is None or callback.webhook is None:
            return
        told = {
            "conversationId": self.record.conversation_id,
            "number": self.ringing.caller.removeprefix("4:"),
            "askedAt": self.parts.wall(),
            "variables": self.record.returned,
        }
        secret = callback.webhook_key
        key = secret.get_secret_value() if secret else None
        try:
            await self.parts.requests.tell_callback(callback.webhook, key, told)
            self.record.callback = "told"
        except IvrError as e:
            self.record.callback = f"not told: {e}"
            self._log.error(
                "call {call}, conversation {conversation}: callback {error}",
                call=self.call_id,
                conversation=self.record.conversation_id,
                error=e,
            )

    def _note(self, what: str, text: str = "") -> None:
        self.record.timeline.append((self.parts.wall(), what, text))
        self._log.info(
            "call {call}, conversation {conversation}: {what}{text}",
            call=self.call_id,
            conversation=self.record.conversation_id,
            what=what,
            text=f": {text}" if text else "",
        )

    def _failed(self, failure: Failure, action: Action) -> None:
        what = type(action).__name__
        if failure.check(CallControlError, IvrError):
            # Expected now and then: one line, no traceback.
            reason = failure.getErrorMessage()
            self._log.warn("call {call}: {reason}", call=self.call_id, reason=reason)
        else:
            reason = "internal error"
            self._log.failure(
                "call {call}: {what}", failure, call=self.call_id, what=what
            )
        context = getattr(action, "context", self._core.context)
        if context != self._core.context:
            return  # of an operation that is over
        match action:
            case Answer():
                self.inputs.answer_failed(reason)
            case Recognize():
                self.inputs.cannot_ask(reason)
            case Play():
                self._note("not played", reason)
                self.inputs.played()
            case Transfer():
                self.inputs.transfer_failed(reason)
            case LookUp() if failure.check(CallGone):
                self.inputs.dead(reason)
            case LookUp():
                self.inputs.alive()
            case HangUp():
                self.inputs.hang_up_failed(reason)
