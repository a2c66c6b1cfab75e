"""
The rules of inviting phones and users: those that a call is created with, and
those that are added to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import callbacks as cb
from .actions import PickUp, Tell
from .asked import Asked
from .identifiers import identifier, name_of, phone_number_of
from .legs import Leg, LegState
from .phone_plan import PhonePlan

if TYPE_CHECKING:
    from .call import Call


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """
    @ivar target: raw id.
    @ivar patience: seconds for which it rings.
    @ivar shown: raw id that the target sees as the caller.
    @ivar creates: is it one of those that the call was created with?
    """

    invitation_id: str
    leg: Leg = field(repr=False)
    target: str
    asked: Asked
    patience: float
    shown: str
    creates: bool = False
    voip_headers: dict[str, str] | None = field(repr=False, default=None)
    sip_headers: dict[str, str] | None = field(repr=False, default=None)


class Invitations:
    """
    Those that are open, and what becomes of them.
    """

    def __init__(self, call: Call, plan_of: Callable[[str], PhonePlan]) -> None:
        """
        @param plan_of: what the phone with a number does.
        """
        self._call = call
        self._plan_of = plan_of
        self._open: dict[str, Invitation] = {}

    @property
    def are_open(self) -> bool:
        """
        Does anybody ring?
        """
        return bool(self._open)

    def get(self, invitation_id: str) -> Invitation | None:
        """
        @return: L{None} for one that is not open any more.
        """
        return self._open.get(invitation_id)

    def invite(self, invitation: Invitation) -> None:
        """
        Ring somebody.
        """
        self._open[invitation.invitation_id] = invitation
        self._call.emit(Tell("invited", f"{name_of(invitation.target)} is called"))
        number = phone_number_of(invitation.target)
        if number is None:
            ring = self._call.new_ring(
                callee=invitation.target,
                caller=invitation.shown,
                invitation=invitation.invitation_id,
                voip_headers=invitation.voip_headers,
                sip_headers=invitation.sip_headers,
            )
            self._call.ringing.start(ring, invitation.patience)
        else:
            self.ring_phone(invitation, number)

    def ring_phone(self, invitation: Invitation, number: str) -> None:
        """
        The phone decides what becomes of it.
        """
        plan, key = self._plan_of(number), invitation.invitation_id
        result = plan.result(invitation.patience)

        def decided() -> None:
            if key not in self._open:
                return
            if result is None:
                self.accepted(key, f"4:{number}", phone=True)
            else:
                self.failed(key, result)

        self._call.soon(decided, plan.rings_for(invitation.patience))

    def plan_of(self, number: str) -> PhonePlan:
        """
        @return: what the phone with this number does.
        """
        return self._plan_of(number)

    def accepted(self, invitation_id: str, raw_id: str, *, phone: bool) -> None:
        """
        @param raw_id: who answered, not always who was invited.
        @param phone: or else a user's application, with a leg of its own.
        """
        call, invitation = self._call, self._open.pop(invitation_id)
        leg = invitation.leg
        call.emit(Tell("joined", f"{name_of(raw_id)} answers"))
        if invitation.creates and leg.state is LegState.CONNECTING:
            call.come_up(leg)
        call.roster.enter(raw_id, is_phone=phone)
        if phone:
            call.emit(PickUp(raw_id))
        if not invitation.creates:
            self._tell(invitation, "AddParticipantSucceeded", cb.OK)
        call.tell_participants()

    def failed(self, invitation_id: str, result: cb.Result) -> None:
        """
        It did not come to a call; no harm if the invitation is not open.
        """
        invitation = self._open.pop(invitation_id, None)
        if invitation is None:
            return
        codes = f"{result.code}/{result.sub_code}"
        text = f"{name_of(invitation.target)} could not be reached: {codes}"
        self._call.emit(Tell("not_reached", text))
        if not invitation.creates:
            self._tell(invitation, "AddParticipantFailed", result)
            return
        # That a group call comes up with those who answer is inferred.
        still = any(other.creates for other in self._open.values())
        if invitation.leg.state is LegState.CONNECTING and not still:
            self._call.departures.end(f"not created: {codes}", result)

    def cancel(self, leg: Leg, invitation_id: str, asked: Asked) -> None:
        """
        Ring no more, if it is not too late.
        """
        invitation = self._open.get(invitation_id)
        extra = {"invitationId": invitation_id}
        notices = self._call.notices
        if invitation is None or invitation.leg is not leg or invitation.creates:
            result, kind = cb.NO_INVITATION, "CancelAddParticipantFailed"
            self._call.soon(lambda: notices.outcome(leg, asked, kind, result, extra))
            return
        self._forget(invitation)
        self._call.emit(Tell("canceled", f"{name_of(invitation.target)}: canceled"))
        kind = "CancelAddParticipantSucceeded"
        self._call.soon(lambda: notices.outcome(leg, asked, kind, cb.OK, extra))

    def forget(self, leg: Leg) -> None:
        """
        Their leg has gone, or the call is over.
        """
        for invitation in list(self._open.values()):
            if invitation.leg is leg:
                self._forget(invitation)

    def _forget(self, invitation: Invitation) -> None:
        del self._open[invitation.invitation_id]
        self._call.ringing.stop_for(invitation.invitation_id)

    def _tell(self, invitation: Invitation, kind: str, result: cb.Result) -> None:
        who = {"participant": identifier(invitation.target)}
        self._call.notices.outcome(invitation.leg, invitation.asked, kind, result, who)
