"""
Call control without HTTP: a telephone network in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from zope.interface import implementer

from acs_emulator.errors import Refusal
from acs_emulator.model.actions import Timings
from acs_emulator.model.identifiers import identifier, phone_number_of

from ..errors import CallControlError, CallGone
from ..interfaces import ICallControl, IncomingCall
from .call_views import AnsweredCall, LiveCalls, RingingCalls
from .memory_call import Dialed, Told
from .memory_exchange import MemoryExchange

__all__ = ["AnsweredCall", "FakeCallControl"]

T = TypeVar("T")

_AUDIO_FORMATS = {16000: "pcm16KMono", 24000: "pcm24KMono"}


@implementer(ICallControl)
class FakeCallControl:
    """
    L{ICallControl} upon the emulated service's rules of calls, contexts and
    transfers.  Nothing happens by itself: commands have their effect at once, and
    what follows from them (callbacks too) when the network's time is moved by
    L{advance}.

    @ivar ringing: contexts of calls that can be answered.
    @ivar live: connection id to call.
    @ivar transfers: connection id, target and variables of each that was asked for,
        whatever became of it.
    @ivar transfer_contexts: what is to come back with the outcome of each.
    @ivar hung_up: connection ids.
    @ivar refuse: when set, the reason to refuse everything.
    @ivar refuse_transfers: when set, the reason to refuse transfers.
    @ivar states: what is said of the calls that are looked up, one after the other;
        an error is raised; then it is what the rules say.
    @ivar slow: when set, requests wait until L{catch_up}.
    """

    def __init__(
        self,
        *,
        account: str = "main",
        timings: Timings | None = None,
        failing: frozenset[str] = frozenset(),
    ) -> None:
        """
        @param account: that calls come in for.
        @param timings: how long everything takes; L{None}: as in the emulator.
        @param failing: numbers to which a transfer fails.
        """
        self._exchange = MemoryExchange(account, timings or Timings(), failing)
        self._answered: dict[str, AnsweredCall] = {}
        self.ringing = RingingCalls(self._exchange)
        self.live = LiveCalls(self._exchange, self._answered)
        self.transfers: list[tuple[str, str, dict[str, str]]] = []
        self.transfer_contexts: list[str] = []
        self.hung_up: list[str] = []
        self.refuse: str | None = None
        self.refuse_transfers: str | None = None
        self.states: list[str | CallControlError] = []
        self.slow = False
        self._waiting: list[tuple[Callable[[], object], Deferred[object]]] = []
        self._other_ids = count(1)

    # What a gateway does.

    def answer(
        self, context: str, callback_url: str, media_url: str, sample_rate: int
    ) -> Deferred[str]:
        def work() -> str:
            connection_id = f"connection-{len(self._answered) + 1}"
            body = {
                "incomingCallContext": self.ringing.full(context),
                "callbackUri": callback_url,
                "mediaStreamingOptions": {
                    "transportType": "websocket",
                    "audioChannelType": "mixed",
                    "transportUrl": media_url,
                    "contentType": "audio",
                    "startMediaStreaming": True,
                    "enableBidirectional": True,
                    "enableDtmfTones": True,
                    "audioFormat": _AUDIO_FORMATS[sample_rate],
                },
            }
            self._exchange.answer(body, connection_id)
            answered = AnsweredCall(callback_url, media_url, sample_rate)
            self._answered[connection_id] = answered
            return connection_id

        return self._soon("answer", work)

    def hang_up(self, connection_id: str) -> Deferred[None]:
        def work() -> None:
            self._exchange.hang_up(connection_id)
            self.hung_up.append(connection_id)

        return self._soon("hang up", work)

    def transfer(
        self,
        connection_id: str,
        target: str,
        variables: Mapping[str, str],
        context: str,
    ) -> Deferred[None]:
        def work() -> None:
            if self.refuse_transfers is not None:
                raise CallControlError(self.refuse_transfers)
            body: dict[str, Any] = {
                "targetParticipant": identifier(target),
                "operationContext": context,
            }
            # A phone gets no variables, whoever transfers to it.
            given = {} if phone_number_of(target) else dict(variables)
            if given:
                body["customCallingContext"] = {"voipHeaders": given}
            self.transfers.append((connection_id, target, given))
            self.transfer_contexts.append(context)
            self._exchange.transfer(connection_id, body)

        return self._soon("transfer", work)

    def connection_state(self, connection_id: str) -> Deferred[str]:
        def work() -> str:
            if self.states:
                state = self.states.pop(0)
                if isinstance(state, CallControlError):
                    raise state
                return state
            properties = self._exchange.properties(connection_id)
            return str(properties["callConnectionState"])

        return self._soon("look up", work)

    # What tests let the network do.

    def advance(self, seconds: float) -> None:
        """
        Let the network's time pass: rings time out, calls connect, callbacks come.
        """
        self._exchange.advance(seconds)

    def catch_up(self) -> None:
        """
        Do all that has been asked while the network was slow.
        """
        waiting, self._waiting = self._waiting, []
        for work, done in waiting:
            maybeDeferred(work).chainDeferred(done)

    @property
    def announced(self) -> list[IncomingCall]:
        """
        Every call that rang, at whomsoever's, as its application hears of it.
        """
        return list(self._exchange.announced)

    @property
    def told(self) -> list[Told]:
        """
        Every callback that has arrived.
        """
        return list(self._exchange.told)

    def on_callback(self, hear: Callable[[Told], None]) -> None:
        """
        @param hear: called with each callback when it arrives.
        """
        self._exchange.hear = hear

    def dial(self, dialed: Dialed | None = None) -> IncomingCall:
        """
        Somebody calls.

        @raise NobodyListens: see L{nobody_at}.
        """
        return self._exchange.dial(dialed or Dialed())

    def nobody_at(self, raw_id: str) -> None:
        """
        Of calls to this user or number nobody wants to hear from now on.
        """
        self._exchange.nobody_at.add(raw_id)

    def caller_hangs_up(self, connection_id: str | None = None) -> None:
        """
        The caller of this call puts the phone down.

        @param connection_id: L{None}: of the call that was dialed last, answered or
            not.
        """
        exchange = self._exchange
        exchange.caller_hangs_up(
            exchange.dialed[-1]
            if connection_id is None
            else exchange.call_of(connection_id)
        )

    def media_opened(self, connection_id: str) -> None:
        """
        The gateway has accepted the media stream; the network does not open it here.
        """
        call = self._exchange.call_of(connection_id)
        call.apply(lambda rules: rules.media_opened(connection_id))

    def media_closed(self, connection_id: str, reason: str) -> None:
        """
        The media stream was refused, or lost.
        """
        call = self._exchange.call_of(connection_id)
        call.apply(lambda rules: rules.media_closed(connection_id, reason))

    def accept_transfer(self) -> str:
        """
        The user to whom a caller was transferred last answers.

        @return: the connection id of that leg, which is none of the gateway's.
        """
        connection_id = f"target-{next(self._other_ids)}"
        body = {
            "incomingCallContext": self._transferred(),
            "callbackUri": "https://target.invalid/callbacks",
        }
        self._exchange.answer(body, connection_id)
        return connection_id

    def reject_transfer(self, reason: str = "busy") -> None:
        """
        The user to whom a caller was transferred last does not want the call.

        @param reason: C{none}, C{busy} or C{forbidden}.
        """
        self._exchange.reject(
            {"incomingCallContext": self._transferred(), "callRejectReason": reason}
        )

    def _transferred(self) -> str:
        rings = [ring for ring in self._exchange.ringing if ring.transferor]
        if not rings:
            raise LookupError("no transfer to a user is under way")
        return rings[-1].context

    def _soon(self, what: str, work: Callable[[], T]) -> Deferred[T]:
        def willing() -> T:
            if self.refuse is not None:
                raise CallControlError(self.refuse)
            try:
                return work()
            except Refusal as e:
                kind = CallGone if e.status == 404 else CallControlError
                text = f"{what}: HTTP {e.status} {e.code}: {e.message}"
                raise kind(text) from None

        if not self.slow:
            return maybeDeferred(willing)
        done: Deferred[T] = Deferred()
        self._waiting.append((willing, done))  # type: ignore[arg-type]
        return done
