"""
What happens to one caller's call, from its first ring to its end: the rules of
legs, media and transfer, without sockets or clock.

Inputs are methods; what is to be done about them is emitted as an
L{Action<acs_emulator.model.actions.Action>}.
Whoever performs the actions tells the outcome through another input.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..errors import bad_request, call_not_found, wrong_state
from . import callbacks as cb
from .actions import (
    Action,
    After,
    Announce,
    Callback,
    CloseMedia,
    Ended,
    Later,
    OpenMedia,
    Tell,
    Timings,
    Withdraw,
)
from .identifiers import identifier, phone_number_of
from .legs import Leg, LegState, MediaState, Ring, Transfer


@dataclass(kw_only=True)
class Call:
    """
    One caller and everything that became of the call.

    @ivar emit: must not call back into this object, nor raise; collect the
        actions and perform them when the input has returned.
    @ivar failing: numbers to which a transfer fails.
    @ivar legs: by connection id, in order of answering.
    """

    caller: str
    callee: str
    timings: Timings
    give_up_after: float
    failing: frozenset[str]
    emit: Callable[[Action], None]
    new_ring: Callable[..., Ring]
    state: str = "ringing"
    outcome: str | None = None
    legs: dict[str, Leg] = field(default_factory=dict)
    _rings: dict[str, Ring] = field(default_factory=dict)
    _sequence: int = 0

    # Ringing.

    def ring(self, voip_headers: dict[str, str] | None) -> None:
        """
        The caller has dialed.
        """
        self.emit(Tell("rang", f"{self.caller[2:]} calls {_name(self.callee)}"))
        self._ring(self.new_ring(callee=self.callee, voip_headers=voip_headers))

    def _ring(self, ring: Ring) -> None:
        self._rings[ring.ring_id] = ring
        self.emit(After(self.timings.ring, Later.RING_TIMEOUT, ring.ring_id))
        self.emit(Announce(ring))

    def announced(self, ring_id: str, listeners: int) -> None:
        """
        @param listeners: active subscriptions whose filters match.
        """
        ring = self._rings.get(ring_id)
        if ring is None or listeners:
            return
        if ring.transferor is None:
            self._end("lost: no active subscription matches the call")
        else:
            self._stop_ringing(ring)
            # Not at once: the 202 comes first.
            delay = self.timings.transfer
            self.emit(After(delay, Later.CONCLUDE_TRANSFER, ring.transferor))

    def answer(self, ring_id: str, leg: Leg) -> None:
        """
        @raise Refusal: if it does not ring any more.
        """
        ring = self._rings.pop(ring_id, None)
        if ring is None or self.state == "ended":
            raise call_not_found()
        if ring.transferor is None:
            self.emit(After(self.give_up_after, Later.GIVE_UP, ""))
        self.legs[leg.connection_id] = leg
        self.emit(Tell("answered", f"answered for {_name(leg.callee)}"))
        if leg.media is not None and leg.media.start:
            leg.media_state = MediaState.OPENING
            self.emit(After(self.timings.media, Later.OPEN_MEDIA, leg.connection_id))
        self.emit(After(self.timings.connect, Later.CONNECT, leg.connection_id))
        if ring.transferor is not None:
            self._transfer_accepted(self.legs[ring.transferor])

    # The passage of time.

    def elapsed(self, later: Later, subject: str) -> None:
        """
        The time of an L{After} has come; late ones do no harm.
        """
        if later is Later.RING_TIMEOUT:
            self._ring_timed_out(subject)
            return
        if later is Later.GIVE_UP:
            self.hang_up_caller("the caller loses patience and hangs up")
            return
        leg = self.legs[subject]
        if leg.state is LegState.DISCONNECTED:
            return
        match later:
            case Later.OPEN_MEDIA:
                self.emit(OpenMedia(leg))
            case Later.CONNECT:
                self._connect(leg)
            case Later.TELL_STREAMING:
                self._tell_streaming(leg)
            case Later.CONCLUDE_TRANSFER:
                self._conclude_transfer(leg)

    def _ring_timed_out(self, ring_id: str) -> None:
        ring = self._rings.get(ring_id)
        if ring is None:
            return
        self._stop_ringing(ring)
        if ring.transferor is None:
            self._end("not answered in time")
        else:
            self._transfer_failed(self.legs[ring.transferor], cb.NOT_ANSWERED_IN_TIME)

    def _stop_ringing(self, ring: Ring) -> None:
        if self._rings.pop(ring.ring_id, None) is not None:
            self.emit(Withdraw(ring))

    def _connect(self, leg: Leg) -> None:
        leg.state = LegState.CONNECTED
        self.state = "connected"
        self._callback(leg, "CallConnected", cb.OK, context=leg.operation_context)
        self._sequence += 1
        who = cb.participants(self._sequence, [leg.caller, leg.answered_by])
        self._callback(leg, "ParticipantsUpdated", cb.OK, **who)
        if leg.media_state is MediaState.OPEN:
            self._plan_streaming(leg)
        elif leg.media_state is MediaState.FAILED:
            self._streaming_failed(leg, "initialWebSocketConnectionFailed")

    # Media.

    def media_opened(self, connection_id: str) -> None:
        """
        The application accepted the media WebSocket.
        """
        leg = self.legs[connection_id]
        if leg.media_state is not MediaState.OPENING:
            return
        leg.media_state = MediaState.OPEN
        self.emit(Tell("media_open", "the media stream is open"))
        if leg.state is not LegState.CONNECTING:
            self._plan_streaming(leg)

    def media_closed(self, connection_id: str, reason: str) -> None:
        """
        The media WebSocket was refused or lost; the call stays up.
        """
        leg = self.legs[connection_id]
        opened = leg.media_state is MediaState.OPEN
        leg.media_state = MediaState.FAILED
        if leg.state is LegState.DISCONNECTED:
            return
        how = "lost" if opened else "could not be opened"
        self.emit(Tell("media_lost", f"the media stream {how}: {reason}"))
        if leg.state is not LegState.CONNECTING:
            details = (
                "streamConnectionInterrupted"
                if opened
                else "initialWebSocketConnectionFailed"
            )
            self._streaming_failed(leg, details)

    def _plan_streaming(self, leg: Leg) -> None:
        delay = self.timings.streaming
        self.emit(After(delay, Later.TELL_STREAMING, leg.connection_id))

    def _tell_streaming(self, leg: Leg) -> None:
        if leg.media_state is MediaState.OPEN and not leg.streaming:
            leg.streaming = True
            update = cb.streaming_update("Started", "subscriptionStarted")
            self._callback(
                leg,
                "MediaStreamingStarted",
                cb.DONE,
                context=leg.operation_context,
                **update,
            )

    def _streaming_failed(self, leg: Leg, details: str) -> None:
        leg.streaming = False
        self._callback(
            leg,
            "MediaStreamingFailed",
            cb.MEDIA_FAILED,
            context=leg.operation_context,
            **cb.streaming_update("Failed", details),
        )

    # Transfer.

    def transfer(self, connection_id: str, transfer: Transfer) -> None:
        """
        @raise Refusal: if the leg is not in a state to be transferred.
        """
        leg = self.leg(connection_id)
        if leg.state is not LegState.CONNECTED:
            raise wrong_state(f"The call is {leg.state.value}, not connected.")
        leg.state = LegState.TRANSFERRING
        leg.transfer = transfer
        self.emit(Tell("transfer", f"transfer to {_name(transfer.target)} asked for"))
        if phone_number_of(transfer.target) is not None:
            delay = self.timings.transfer
            self.emit(After(delay, Later.CONCLUDE_TRANSFER, connection_id))
            return
        ring = self.new_ring(
            callee=transfer.target,
            voip_headers=transfer.voip_headers or {},
            sip_headers=transfer.sip_headers or {},
            transferor=connection_id,
        )
        leg.transfer_ring = ring.ring_id
        self._ring(ring)

    def _conclude_transfer(self, leg: Leg) -> None:
        assert leg.transfer is not None
        number = phone_number_of(leg.transfer.target)
        if number is None:
            self._transfer_failed(leg, cb.NOBODY_REGISTERED)
        elif number in self.failing:
            self._transfer_failed(leg, cb.NOT_ANSWERED_IN_TIME)
        else:
            self._transfer_accepted(leg)
            self._end(f"transferred to {number}")

    def _transfer_accepted(self, leg: Leg) -> None:
        transfer = leg.transfer
        assert transfer is not None
        target = _name(transfer.target)
        self.emit(Tell("transfer", f"transfer to {target} accepted"))
        self._callback(
            leg,
            "CallTransferAccepted",
            cb.TRANSFERRED,
            context=transfer.operation_context,
            url=transfer.callback_url,
            transferTarget=identifier(transfer.target),
            transferee=identifier(leg.caller),
        )
        self._disconnect(leg, cb.ENDED_BY_SERVICE)

    def _transfer_failed(self, leg: Leg, result: cb.Result) -> None:
        transfer, leg.transfer = leg.transfer, None
        if transfer is None or leg.state is not LegState.TRANSFERRING:
            return
        leg.state = LegState.CONNECTED
        codes = f"{result.code}/{result.sub_code}"
        target = _name(transfer.target)
        self.emit(Tell("transfer", f"transfer to {target} failed with {codes}"))
        self._callback(
            leg,
            "CallTransferFailed",
            result,
            context=transfer.operation_context,
            url=transfer.callback_url,
        )

    # Ends.

    def leg(self, connection_id: str) -> Leg:
        """
        @raise Refusal: 404, if there is no such leg or it has ended.
        """
        leg = self.legs.get(connection_id)
        if leg is None or leg.state is LegState.DISCONNECTED:
            raise call_not_found()
        return leg

    def hang_up(self, connection_id: str) -> None:
        """
        The application ends the call; with one caller on the line it does not
        matter whether it is only its own leg or for everybody.

        @raise Refusal: 404, if the leg has ended.
        """
        leg = self.leg(connection_id)
        self.emit(Tell("hung_up_by_service", f"{_name(leg.callee)} hangs up"))
        self._end("hung up by service", cb.ENDED_BY_SERVICE)

    def hang_up_caller(self, text: str) -> None:
        """
        The caller puts the phone down; not for the first time, perhaps.

        @param text: for the story.
        """
        if self.state == "ended":
            return
        self.emit(Tell("hung_up_by_caller", text))
        if self.legs:
            self._end("hung up by caller", cb.CALLER_LEFT)
        else:
            self._end("hung up by caller before the answer")

    def _end(self, outcome: str, result: cb.Result = cb.CALLER_LEFT) -> None:
        if self.state == "ended":
            return
        self.state, self.outcome = "ended", outcome
        for ring in list(self._rings.values()):
            self._stop_ringing(ring)
        for leg in self.legs.values():
            if leg.state is not LegState.DISCONNECTED:
                self._disconnect(leg, result)
        self.emit(Tell("ended", outcome))
        self.emit(Ended(outcome))

    def _disconnect(self, leg: Leg, result: cb.Result) -> None:
        was, leg.state = leg.state, LegState.DISCONNECTED
        if leg.media_state in (MediaState.OPENING, MediaState.OPEN):
            self.emit(CloseMedia(leg))
        if was is LegState.CONNECTING and result is cb.CALLER_LEFT:
            kind, result = "AnswerFailed", cb.CALLER_CANCELED
        else:
            kind = "CallDisconnected"
        self._callback(leg, kind, result, context=leg.operation_context)
        if leg.streaming:
            leg.streaming = False
            update = cb.streaming_update("Stopped", "subscriptionStopped")
            self._callback(leg, "MediaStreamingStopped", cb.DONE, **update)

    def _callback(
        self,
        leg: Leg,
        kind: str,
        result: cb.Result,
        context: str | None = None,
        url: str | None = None,
        **extra: Any,
    ) -> None:
        self.emit(
            Callback(
                leg=leg,
                kind=kind,
                result=result,
                operation_context=context,
                extra=extra,
                url=url,
            )
        )


def check_transfer(leg: Leg, transferee: str | None) -> None:
    """
    @raise Refusal: 400, if somebody is to be transferred who is not there.
    """
    if transferee is not None and transferee != leg.caller:
        raise bad_request("transferee is not a participant of this call.")


def _name(raw_id: str) -> str:
    return phone_number_of(raw_id) or raw_id
