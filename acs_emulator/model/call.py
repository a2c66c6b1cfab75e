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

from ..errors import call_not_found, wrong_state
from . import callbacks as cb
from .actions import (
    Action,
    After,
    Announce,
    CloseMedia,
    Ended,
    Later,
    OpenMedia,
    Tell,
    Timings,
    Withdraw,
)
from .identifiers import name_of, phone_number_of
from .legs import Leg, LegState, MediaState, Ring, Transfer
from .notices import Notices


@dataclass(kw_only=True)
class Call:
    """
    One caller and everything that became of the call.

    @ivar emit: must not call back into this object, nor raise.
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
    _notices: Notices = field(init=False)

    def __post_init__(self) -> None:
        self._notices = Notices(self.emit)

    # Ringing.

    def ring(self, voip_headers: dict[str, str] | None) -> None:
        """
        The caller has dialed.
        """
        self.emit(Tell("rang", f"{name_of(self.caller)} calls {name_of(self.callee)}"))
        self._ring(self.new_ring(callee=self.callee, voip_headers=voip_headers))

    def _ring(self, ring: Ring) -> None:
        self._rings[ring.ring_id] = ring
        self.emit(After(self.timings.ring, Later.RING_TIMEOUT, ring.ring_id))
        self.emit(Announce(ring))

    def announced(self, ring_id: str, listeners: int) -> None:
        """
        The ring was published to so many listeners.
        """
        ring = self._rings.get(ring_id)
        if ring is None or listeners:
            return
        if ring.transferor is None:
            self._end("lost: no active subscription matches the call")
        else:
            self._stop_ringing(ring)
            # Not at once: the 202 comes first.
            leg = self.legs[ring.transferor]
            self._later(self.timings.transfer, Later.CONCLUDE_TRANSFER, leg)

    def answer(self, ring_id: str, leg: Leg) -> None:
        """
        @raise Refusal: 404, if it does not ring any more.
        """
        ring = self._rings.pop(ring_id, None)
        if ring is None or self.state == "ended":
            raise call_not_found()
        if ring.transferor is None:
            self.emit(After(self.give_up_after, Later.GIVE_UP, ""))
        self.legs[leg.connection_id] = leg
        self.emit(Tell("answered", f"answered for {name_of(leg.callee)}"))
        if leg.media is not None and leg.media.start:
            leg.media_state = MediaState.OPENING
            self._later(self.timings.media, Later.OPEN_MEDIA, leg)
        self._later(self.timings.connect, Later.CONNECT, leg)
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
        del self._rings[ring.ring_id]
        self.emit(Withdraw(ring))

    def _connect(self, leg: Leg) -> None:
        leg.state = LegState.CONNECTED
        self.state = "connected"
        self._notices.connected(leg)
        if leg.media_state is MediaState.OPEN:
            self._later(self.timings.streaming, Later.TELL_STREAMING, leg)
        elif leg.media_state is MediaState.FAILED:
            self._notices.streaming_failed(leg, interrupted=False)

    def _later(self, seconds: float, later: Later, leg: Leg) -> None:
        self.emit(After(seconds, later, leg.connection_id))

    # Media.

    def media_opened(self, connection_id: str) -> None:
        """The application accepted the media WebSocket."""
        leg = self.legs[connection_id]
        if leg.media_state is not MediaState.OPENING:
            return
        leg.media_state = MediaState.OPEN
        self.emit(Tell("media_open", "the media stream is open"))
        if leg.state is not LegState.CONNECTING:
            self._later(self.timings.streaming, Later.TELL_STREAMING, leg)

    def media_closed(self, connection_id: str, reason: str) -> None:
        """The media WebSocket was refused or lost; the call stays up."""
        leg = self.legs[connection_id]
        opened = leg.media_state is MediaState.OPEN
        leg.media_state = MediaState.FAILED
        if leg.state is LegState.DISCONNECTED:
            return
        how = "lost" if opened else "could not be opened"
        self.emit(Tell("media_lost", f"the media stream {how}: {reason}"))
        if leg.state is not LegState.CONNECTING:
            leg.streaming = False
            self._notices.streaming_failed(leg, interrupted=opened)

    def _tell_streaming(self, leg: Leg) -> None:
        if leg.media_state is MediaState.OPEN and not leg.streaming:
            leg.streaming = True
            self._notices.streaming_started(leg)

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
        self.emit(Tell("transfer", f"transfer to {name_of(transfer.target)} asked for"))
        if phone_number_of(transfer.target) is not None:
            self._later(self.timings.transfer, Later.CONCLUDE_TRANSFER, leg)
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
        target = name_of(transfer.target)
        self.emit(Tell("transfer", f"transfer to {target} accepted"))
        self._notices.transfer_accepted(leg, transfer)
        self._disconnect(leg, cb.ENDED_BY_SERVICE)

    def _transfer_failed(self, leg: Leg, result: cb.Result) -> None:
        transfer, leg.transfer = leg.transfer, None
        if transfer is None or leg.state is not LegState.TRANSFERRING:
            return
        leg.state = LegState.CONNECTED
        codes = f"{result.code}/{result.sub_code}"
        target = name_of(transfer.target)
        self.emit(Tell("transfer", f"transfer to {target} failed with {codes}"))
        self._notices.transfer_failed(leg, transfer, result)

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
        The application ends the call, for itself or for everybody: with one
        caller on the line that is the same.

        @raise Refusal: 404, if the leg has ended.
        """
        leg = self.leg(connection_id)
        self.emit(Tell("hung_up_by_service", f"{name_of(leg.callee)} hangs up"))
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
            self._notices.answer_failed(leg)
        else:
            self._notices.disconnected(leg, result)
        if leg.streaming:
            leg.streaming = False
            self._notices.streaming_stopped(leg)
