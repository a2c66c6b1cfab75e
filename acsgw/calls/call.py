"""
One call: performs what its state machine decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..acs.events import Callback
from ..bridge.bridge import Bridge
from ..errors import AcsgwError, CallControlError, CallGone, Forbidden
from ..interfaces import (
    IncomingCall,
    TransferRequest,
)
from .actions import (
    Action,
    Answer,
    CloseAgent,
    Drain,
    Ended,
    HangUp,
    LookUp,
    Note,
    OpenAgent,
    Outcome,
    PlayPrompt,
    TellAgent,
    Transfer,
)
from .after_failure import look_up, tell_agent, tell_call
from .attempts import Attempts
from .core import CallCore, CallInputs
from .handover import HANG_UP
from .machine import new_call_machine
from .parts import AccountParts, CallParts
from .passage import Passage
from .records import CallRecord


@dataclass(eq=False)
class Call:
    """
    The only object that knows all of a call: machine, network, bridge and record.

    @ivar inputs: whoever hears of the call (webhook, media, agent) says so here,
        and nowhere else.
    @ivar passage: what came along, and goes along.
    @ivar ended: fires, with how, when the call is over and its recording on disk.
    """

    call_id: str
    ringing: IncomingCall
    account: AccountParts
    parts: CallParts
    record: CallRecord
    inputs: CallInputs = field(init=False)
    bridge: Bridge = field(init=False)
    passage: Passage = field(init=False)
    ended: Deferred[Ended] = field(init=False, default_factory=Deferred)
    _answering: Deferred[None] | None = field(init=False, default=None)
    _media_claimed: bool = field(init=False, default=False)
    _attempts: Attempts = field(init=False)

    _log = Logger()

    def __post_init__(self) -> None:
        self._attempts = Attempts(self.call_id)
        ringing = self.ringing
        passage = self.passage = Passage(
            self.call_id,
            ringing,
            self.account.handover,
            self.parts.keep_variables,
            self._remark,
        )
        self.record.conversation_id = passage.conversation_id
        self.record.return_identity = passage.arrival.return_identity
        recourse = self.account.recourse(passage.has_target)
        core = CallCore(self.parts.clock, self._perform, self.parts.patience, recourse)
        self.inputs = new_call_machine(core)
        self.bridge = Bridge(passage.info(), self.account.bridge, self)
        self._limit = self.parts.clock.callLater(
            self.parts.max_seconds,
            lambda: self.inputs.hang_up(
                Outcome.TIMED_OUT, f"longer than {self.parts.max_seconds:g} s"
            ),
        )

    def begin(self) -> None:
        """
        Answer the call.
        """
        self.note("rang", "")
        self.passage.tell_arrival()
        self.inputs.answer()

    def claim_media(self) -> Bridge:
        """
        The media stream comes in; once.

        @return: what hears of the stream.

        @raise Forbidden: if it has come in already.
        """
        if self._media_claimed:
            raise Forbidden(f"call {self.call_id}: the media token was used before")
        self._media_claimed = True
        return self.bridge

    def callback(self, event: Callback) -> None:
        """
        The network tells what became of the call.
        """
        if self.record.connection_id not in ("", event.connection_id):
            self._log.warn(
                "call {call}: {kind} of another call is passed over",
                call=self.call_id,
                kind=event.kind,
            )
            return
        self.record.connection_id = event.connection_id
        context = event.operation_context
        match event.kind:
            case "CallConnected":
                self.inputs.answered()
            case "AnswerFailed":
                self.inputs.answer_failed(event.reason)
                # If the answer has returned long since, it is the leg that is gone:
                # nothing else will be told of it.
                self.inputs.disconnected(event.reason)
            case "CallDisconnected":
                self.note("disconnected", event.reason)
                self.inputs.disconnected(event.reason)
            case "MediaStreamingFailed":
                self.inputs.media_failed(event.reason)
            # Whichever of ours was accepted; but a failure may be an earlier one's.
            case "CallTransferAccepted" if self._attempts.accepted(context):
                self.inputs.transfer_accepted()
            case "CallTransferFailed" if self._attempts.is_latest(context):
                self.inputs.transfer_failed(event.reason)
            case "CallTransferAccepted" | "CallTransferFailed":
                self.note("stray_verdict", event.reason)

    # What the bridge tells: see BridgeListener.

    def media_opened(self, connection_id: str) -> None:
        self.record.connection_id = self.record.connection_id or connection_id
        self.inputs.media_opened()

    def media_closed(self, reason: str) -> None:
        self.inputs.media_closed(reason)

    def agent_ready(self) -> None:
        self.inputs.agent_ready()

    def agent_lost(self, reason: str) -> None:
        self.inputs.agent_lost(reason)

    def agent_ended(self, reason: str, variables: Mapping[str, str]) -> None:
        self.record.variables.update(self.passage.texts(variables))
        self.inputs.agent_ended(reason)

    def agent_asked_transfer(self, request: TransferRequest) -> None:
        self.inputs.agent_asked_transfer(request)

    def speech_drained(self) -> None:
        self.inputs.speech_drained()

    def note(self, what: str, text: str) -> None:
        self.record.note(self.parts.wall(), what, text)

    def _remark(self, what: str, text: str) -> None:
        """
        A milestone of which the log has a line, too.
        """
        self.note(what, text)
        self._log.info(
            "call {call}: {what} conversation={conversation}",
            call=self.call_id,
            what=what,
            conversation=self.passage.conversation_id,
        )

    # What the machine wants done.

    def _perform(self, action: Action) -> None:
        """
        Start an action; never raises: every failure comes back as an input.
        """
        maybeDeferred(self._start, action).addErrback(self._failed, action)

    def _start(self, action: Action) -> Deferred[None] | None:
        match action:
            case Answer():
                self._answering = Deferred.fromCoroutine(self._answer())
                return self._answering
            case OpenAgent(resumes=False):
                self.bridge.open_agent()
            case OpenAgent():
                self.bridge.resume_agent()
            case CloseAgent(reason, caller_gone):
                self.bridge.close_agent(reason, caller_gone)
            case Drain():
                self.bridge.drain()
            case Transfer(request):
                return Deferred.fromCoroutine(self._transfer(request))
            case TellAgent():
                tell_agent(self.bridge, self.inputs, action)
            case LookUp():
                call, control = self.record.connection_id, self.account.control
                return Deferred.fromCoroutine(look_up(control, call, self.inputs))
            case PlayPrompt():
                assert self.account.fallback_prompt is not None
                prompt = self.account.fallback_prompt
                self.bridge.play(prompt.pcm, prompt.rate)
            case HangUp():
                return Deferred.fromCoroutine(self._hang_up())
            case Note(what, text):
                self._remark(what, text)
            case Ended(outcome, reason, certain):
                return Deferred.fromCoroutine(self._end(outcome, reason, certain))
        return None

    async def _answer(self) -> None:
        parts, call_id, account = self.parts, self.call_id, self.ringing.account
        media_token = parts.media_token(call_id, account)
        callback_token = parts.callback_token(call_id, account)
        connection_id = await self.account.control.answer(
            self.ringing.context,
            parts.addresses.callback_url(call_id, callback_token),
            parts.addresses.media_url(call_id, media_token),
            self.account.media_rate,
        )
        self.record.connection_id = connection_id
        self.inputs.answered()

    async def _transfer(self, request: TransferRequest) -> None:
        kind, target = self.passage.target_of(request)
        variables = {**self.record.variables, **self.passage.texts(request.variables)}
        if target == HANG_UP:
            self.record.variables.update(variables)
            reason = f"the account's rules for a transfer ({kind.value})"
            self.inputs.hang_up(Outcome.COMPLETED, reason)
            return
        context = self._attempts.begin(variables)
        headers = self.passage.headers(kind, target, variables)
        call = self.record.connection_id
        try:
            await self.account.control.transfer(call, target, headers, context)
        except CallControlError as e:
            if self._attempts.is_latest(context):
                raise
            self.note("stray_verdict", str(e))

    async def _hang_up(self) -> None:
        if not self.record.connection_id and self._answering is not None:
            await self._answering  # it ends in time; until then nobody can be named
        if not self.record.connection_id:
            raise CallControlError("the network never named the call")
        with suppress(CallGone):  # somebody was faster
            await self.account.control.hang_up(self.record.connection_id)
        self.inputs.hung_up()

    async def _end(self, outcome: Outcome, reason: str, certain: bool) -> None:
        if self._limit.active():
            self._limit.cancel()
        self.note("ended", f"{outcome.value}: {reason}" if reason else outcome.value)
        self.record.counters.update(self.bridge.counters)
        if outcome is Outcome.TRANSFERRED:
            self.record.variables.update(self._attempts.handed_over)
        try:
            self.record.recording = await self.bridge.finish()
        finally:
            self.ended.callback(Ended(outcome, reason, certain))

    def _failed(self, failure: Failure, action: Action) -> None:
        what = type(action).__name__
        if failure.check(AcsgwError):
            # Expected now and then: one line, no traceback.
            reason = failure.getErrorMessage()
            self._log.warn(
                "call {call}: {what}: {reason}",
                call=self.call_id,
                what=what,
                reason=reason,
            )
        else:
            reason = "internal error"
            self._log.failure(
                "call {call}: {what}", failure, call=self.call_id, what=what
            )
        tell_call(self.inputs, action, reason)
