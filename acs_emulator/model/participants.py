"""
The rules of what an application may do to those who are in its call: mute,
hold, remove, move.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import bad_request
from . import callbacks as cb
from .actions import PickUp, Tell
from .asked import Asked
from .identifiers import identifier, name_of
from .invitations import Invitation
from .legs import Leg

if TYPE_CHECKING:
    from .call import Call


class Participants:
    """
    Operations on the participants of a call.
    """

    def __init__(self, call: Call) -> None:
        self._call = call

    def add(self, connection_id: str, invitation: Invitation) -> None:
        """
        @raise Refusal: 400, if it is there already.
        """
        self._call.up(connection_id)
        if self._call.roster.get(invitation.target) is not None:
            raise bad_request("The participant is in the call already.")
        self._call.invitations.invite(invitation)

    def move(self, connection_id: str, step: Callable[[], None]) -> None:
        """
        @param step: brings a phone from another call here.
        """
        self._call.up(connection_id)
        self._call.soon(step)

    def mute(self, connection_id: str, raw_id: str) -> None:
        """
        @raise Refusal: 404, if it is not there; 400 for a phone: documented,
            only users can be muted.
        """
        self._call.up(connection_id)
        participant = self._call.roster.find(raw_id)
        if participant.is_phone and raw_id.startswith("4:"):
            raise bad_request("Only communication users can be muted.")
        participant.muted = True
        self._call.emit(Tell("muted", f"{name_of(raw_id)} is muted"))
        self._call.soon(self._call.tell_participants)

    def hold(self, connection_id: str, raw_id: str, *, on: bool) -> None:
        """
        @param on: hold, or else take back.

        @raise Refusal: 404, if it is not there.
        """
        leg = self._call.up(connection_id)
        participant = self._call.roster.find(raw_id)
        if raw_id == leg.answered_by:
            raise bad_request("An application cannot hold itself.")
        if participant.on_hold is on:
            return
        participant.on_hold = on
        how = "is held" if on else "is taken back"
        self._call.emit(Tell("held" if on else "unheld", f"{name_of(raw_id)} {how}"))
        self._call.soon(self._call.tell_participants)

    def remove(self, connection_id: str, raw_id: str, asked: Asked) -> None:
        """
        @raise Refusal: 404, if it is not there.
        """
        leg = self._call.up(connection_id)
        self._call.roster.find(raw_id)
        self._call.soon(lambda: self._remove(leg, raw_id, asked))

    def _remove(self, leg: Leg, raw_id: str, asked: Asked) -> None:
        call, who = self._call, {"participant": identifier(raw_id)}
        participant = call.roster.get(raw_id)
        if participant is None:
            kind = "RemoveParticipantFailed"
            call.notices.outcome(leg, asked, kind, cb.NO_PARTICIPANT, who)
            return
        call.emit(Tell("removed", f"{name_of(raw_id)} is removed"))
        call.notices.outcome(leg, asked, "RemoveParticipantSucceeded", cb.OK, who)
        if participant.is_phone:
            call.departures.phone_left(
                raw_id, "removed from the call", cb.ENDED_BY_SERVICE
            )
        else:
            call.departures.user_left(raw_id, "removed from the call", cb.REMOVED)

    def depart(self, raw_id: str) -> None:
        """
        A phone goes to another call.
        """
        text = "moved to another call"
        self._call.emit(Tell("moved", f"{name_of(raw_id)} is moved to another call"))
        self._call.departures.phone_left(raw_id, text, cb.ENDED_BY_SERVICE)

    def arrive(self, leg: Leg, raw_id: str, from_call: str, asked: Asked) -> None:
        """
        A phone comes from another call.
        """
        call = self._call
        call.emit(Tell("joined", f"{name_of(raw_id)} comes from another call"))
        call.roster.enter(raw_id, is_phone=True)
        call.emit(PickUp(raw_id))
        who = {"participant": identifier(raw_id), "fromCall": from_call}
        call.notices.outcome(leg, asked, "MoveParticipantSucceeded", cb.OK, who)
        call.tell_participants()

    def did_not_arrive(
        self, leg: Leg, raw_id: str, from_call: str, asked: Asked
    ) -> None:
        """
        It left the other call in the meantime.
        """
        who = {"participant": identifier(raw_id), "fromCall": from_call}
        kind = "MoveParticipantFailed"
        self._call.notices.outcome(leg, asked, kind, cb.NO_PARTICIPANT, who)
