"""
What happens to one call, from its first ring to its end: the rules of legs and
participants, without sockets or clock.

Inputs are methods; what is to be done about them is emitted as an
L{Action<acs_emulator.model.actions.Action>}.
Whoever performs the actions tells the outcome through another input.  Rules
that can be told apart stand in modules of their own: streaming, transfers,
invitations, deflections, participants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from ..errors import call_not_found, wrong_state
from .actions import (
    Action,
    After,
    Later,
    PickUp,
    Tell,
    Timings,
)
from .deflections import Deflections
from .departures import Departures
from .identifiers import name_of
from .invitations import Invitation, Invitations
from .legs import Leg, LegState, Ring, Transfer
from .notices import Notices
from .participants import Participants
from .phone_plan import PhonePlan
from .ringing import Ringing
from .roster import Roster
from .streaming import Streaming
from .transcribing import Transcribing
from .transfers import Transfers


@dataclass(kw_only=True)
class Call:
    """
    One call and everything that became of it.

    @ivar caller: raw id of whoever placed it: an emulated phone, or the
        application that created it.
    @ivar emit: must not call back into this object, nor raise.
    @ivar failing: numbers to which a transfer fails.
    @ivar broken_after_failure: see L{Transfers}.
    @ivar plan_of: what the phone with a number does when it is called.
    @ivar legs: by connection id, in order of answering.
    """

    caller: str
    callee: str
    timings: Timings
    give_up_after: float
    failing: frozenset[str]
    emit: Callable[[Action], None]
    new_ring: Callable[..., Ring]
    broken_after_failure: bool = False
    plan_of: Callable[[str], PhonePlan] = lambda number: PhonePlan()
    state: str = "ringing"
    outcome: str | None = None
    legs: dict[str, Leg] = field(default_factory=dict)
    roster: Roster = field(default_factory=Roster)
    _soon: dict[str, Callable[[], None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.notices = Notices(self.emit)
        self.streaming = Streaming(self)
        self.transcribing = Transcribing(self)
        self.transfers = Transfers(
            self, self.failing, broken_after_failure=self.broken_after_failure
        )
        self.invitations = Invitations(self, self.plan_of)
        self.deflections = Deflections(self)
        self.participants = Participants(self)
        self.departures = Departures(self)
        self.ringing = Ringing(self)
        self._numbers = count(1)

    # Ringing.

    def ring(self, voip_headers: dict[str, str] | None) -> None:
        """
        The caller has dialed.
        """
        self.emit(Tell("rang", f"{name_of(self.caller)} calls {name_of(self.callee)}"))
        self.ringing.start(self.new_ring(callee=self.callee, voip_headers=voip_headers))

    def create(self, leg: Leg, invitations: Sequence[Invitation]) -> None:
        """
        An application calls somebody.
        """
        self.legs[leg.connection_id] = leg
        names = ", ".join(name_of(i.target) for i in invitations)
        self.emit(Tell("rang", f"{name_of(leg.caller)} calls {names}"))
        for invitation in invitations:
            self.invitations.invite(invitation)

    def answer(self, ring_id: str, leg: Leg) -> None:
        """
        @raise Refusal: 404, if it does not ring any more.
        """
        ring = self.ringing.take(ring_id)
        self.legs[leg.connection_id] = leg
        self.emit(Tell("answered", f"answered for {name_of(leg.callee)}"))
        if ring.transferor is None and ring.invitation is None:
            self.emit(After(self.give_up_after, Later.GIVE_UP, ""))
            self.roster.enter(self.caller, is_phone=True)
            self.emit(PickUp(self.caller))
        self.streaming.begin(leg)
        self.later(self.timings.connect, Later.CONNECT, leg)
        if ring.transferor is not None:
            self.transfers.accepted(self.legs[ring.transferor])
        elif ring.invitation is not None:
            self.invitations.accepted(ring.invitation, leg.answered_by, phone=False)

    def begin_with(self, raw_id: str, leg: Leg) -> None:
        """
        A phone comes from another call, to an application that has answered.
        """
        self.roster.enter(raw_id, is_phone=True)
        self.emit(PickUp(raw_id))
        self.join(leg)

    def join(self, leg: Leg) -> None:
        """
        An application comes into the call with a leg of its own.
        """
        self.legs[leg.connection_id] = leg
        self.emit(Tell("answered", f"{name_of(leg.answered_by)} is in the call"))
        self.streaming.begin(leg)
        self.later(self.timings.connect, Later.CONNECT, leg)

    # The passage of time.

    def elapsed(self, later: Later, subject: str) -> None:
        """
        The time of an L{After} has come; late ones do no harm.
        """
        match later:
            case Later.RING_TIMEOUT:
                self.ringing.timed_out(subject)
                return
            case Later.GIVE_UP:
                self.hang_up_caller("the caller loses patience and hangs up")
                return
            case Later.OPERATION:
                step = self._soon.pop(subject)
                if self.state != "ended":
                    step()
                return
        leg = self.legs[subject]
        if leg.is_over:
            return
        match later:
            case Later.OPEN_MEDIA:
                self.streaming.due(leg)
            case Later.CONNECT:
                self._connect(leg)
            case Later.TELL_STREAMING:
                self.streaming.tell(leg)
            case Later.CONCLUDE_TRANSFER:
                self.transfers.conclude(leg)

    def later(self, seconds: float, later: Later, leg: Leg) -> None:
        """
        Come back to a leg.
        """
        self.emit(After(seconds, later, leg.connection_id))

    def soon(self, step: Callable[[], None], seconds: float | None = None) -> None:
        """
        Do something after the response, if the call has not ended by then.

        @param seconds: L{None}: as any operation takes.
        """
        key = f"operation-{next(self._numbers)}"
        self._soon[key] = step
        wait = self.timings.operation if seconds is None else seconds
        self.emit(After(wait, Later.OPERATION, key))

    def _connect(self, leg: Leg) -> None:
        self.come_up(leg)
        self.tell_participants()
        self.streaming.connected(leg)

    def come_up(self, leg: Leg) -> None:
        """
        The leg is connected; who else is there is told separately.
        """
        leg.state = LegState.CONNECTED
        self.state = "connected"
        self.roster.enter(leg.answered_by, is_phone=False)
        self.notices.connected(leg)
        if leg.made_by == "create":
            self.streaming.begin(leg)
        self.transcribing.connected(leg)

    def tell_participants(self) -> None:
        """
        Tell every application who is here now.
        """
        up = (LegState.CONNECTED, LegState.TRANSFERRING)
        legs = [leg for leg in self.legs.values() if leg.state in up]
        self.notices.participants(legs, self.roster)

    # Media.

    def media_opened(self, connection_id: str) -> None:
        """The application accepted the media WebSocket."""
        self.streaming.opened(self.legs[connection_id])

    def media_closed(self, connection_id: str, reason: str) -> None:
        """The media WebSocket was refused or lost; the call stays up."""
        self.streaming.closed(self.legs[connection_id], reason)

    # Who is there.

    def leg(self, connection_id: str) -> Leg:
        """
        @raise Refusal: 404, if there is no such leg or it has ended.
        """
        leg = self.shown(connection_id)
        if leg.is_over:
            raise call_not_found()
        return leg

    def shown(self, connection_id: str) -> Leg:
        """
        As for L{leg}; one that was transferred away can be looked at, too, until
        its application is told that it is disconnected.

        @raise Refusal: 404, if there is nothing to be looked at.
        """
        leg = self.legs.get(connection_id)
        if leg is None or leg.state is LegState.DISCONNECTED:
            raise call_not_found()
        return leg

    def up(self, connection_id: str) -> Leg:
        """
        @raise Refusal: 404 as for L{leg}; 400, if it is not connected.
        """
        leg = self.leg(connection_id)
        if leg.state is not LegState.CONNECTED:
            raise wrong_state(f"The call is {leg.state.value}, not connected.")
        if leg.broken:
            raise wrong_state("The call is not established.")
        return leg

    @property
    def active_legs(self) -> list[Leg]:
        """
        Those that have not ended.
        """
        return [leg for leg in self.legs.values() if not leg.is_over]

    @property
    def size(self) -> int:
        """
        How many phones and applications are in the call.
        """
        return len(self.roster.phones) + len(self.active_legs)

    # Inputs that other modules have the rules of.

    def announced(self, ring_id: str, listeners: int) -> None:
        """
        The ring was published to so many listeners.
        """
        self.ringing.announced(ring_id, listeners)

    def transfer(self, connection_id: str, transfer: Transfer) -> None:
        """
        @raise Refusal: see L{Transfers.ask}.
        """
        self.transfers.ask(connection_id, transfer)

    def hang_up(self, connection_id: str, *, everybody: bool = True) -> None:
        """
        @raise Refusal: see L{Departures.hang_up}.
        """
        self.departures.hang_up(connection_id, everybody=everybody)

    def hang_up_caller(self, text: str) -> None:
        """
        See L{Departures.hang_up_caller}.
        """
        self.departures.hang_up_caller(text)
