"""
The rules of transfers: to a user, who is rung, and to a phone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import bad_request
from . import callbacks as cb
from .actions import Later, PickUp, Tell
from .identifiers import name_of, phone_number_of
from .legs import Leg, LegState, Ring, Transfer

if TYPE_CHECKING:
    from .call import Call


class Transfers:
    """
    The transfers of a call's legs, one at a time for each.
    """

    def __init__(
        self, call: Call, failing: frozenset[str], *, broken_after_failure: bool
    ) -> None:
        """
        @param failing: numbers to which a transfer fails.
        @param broken_after_failure: both were reported of the service: that
            the call goes on, and that nothing can be done with it any more.
        """
        self._call = call
        self._failing = failing
        self._broken_after_failure = broken_after_failure

    def ask(self, connection_id: str, transfer: Transfer) -> None:
        """
        @raise Refusal: if the leg is not in a state to be transferred, or it
            is not clear who is.
        """
        call = self._call
        leg = call.up(connection_id)
        transferee = self._transferee(leg, transfer)
        leg.state = LegState.TRANSFERRING
        leg.transfer = replace(transfer, transferee=transferee)
        call.emit(Tell("transfer", f"transfer to {name_of(transfer.target)} asked for"))
        if phone_number_of(transfer.target) is not None:
            call.later(call.timings.transfer, Later.CONCLUDE_TRANSFER, leg)
            return
        ring = call.new_ring(
            callee=transfer.target,
            voip_headers=transfer.voip_headers or {},
            sip_headers=transfer.sip_headers or {},
            transferor=connection_id,
            caller=transferee,
        )
        call.ringing.start(ring)

    def _transferee(self, leg: Leg, transfer: Transfer) -> str:
        roster, named = self._call.roster, transfer.transferee
        # Documented: "transferee" is needed in a group call.
        if named is None and self._is_group:
            raise bad_request("transferee is required in a group call.")
        if named is None:
            return roster.other_than(leg.answered_by) or leg.caller
        if named not in roster.phones and (
            self._is_group or named != roster.other_than(leg.answered_by)
        ):
            raise bad_request("transferee is not a participant of this call.")
        return named

    @property
    def _is_group(self) -> bool:
        return self._call.size > 2

    def conclude(self, leg: Leg) -> None:
        """
        The time of an outcome that needs no ringing has come.
        """
        if leg.transfer is None:
            return
        number = phone_number_of(leg.transfer.target)
        if number is None:
            self.failed(leg, cb.NOBODY_REGISTERED)
        elif number in self._failing:
            self.failed(leg, cb.NOT_ANSWERED_IN_TIME)
        else:
            self.taken_by_phone(leg, number)

    def taken_by_phone(self, leg: Leg, number: str) -> None:
        """
        Whoever is transferred talks to a phone out there now.
        """
        call, transfer = self._call, leg.transfer
        if transfer is None or leg.state is not LegState.TRANSFERRING:
            return  # a redirected ring that was taken too late
        assert transfer.transferee is not None
        if self._is_group:
            self._leave(leg, transfer)
        elif transfer.transferee in call.roster.phones:
            self.accepted(leg)
            # Nobody is left here, so it is not told later: see Departures.move_away.
            call.departures.end(f"transferred to {number}")
        else:  # an application goes on with the phone
            call.roster.enter(f"4:{number}", is_phone=True)
            call.emit(PickUp(f"4:{number}"))
            self.accepted(leg)
            call.tell_participants()

    def is_leaving(self, ring: Ring) -> bool:
        """
        Does somebody leave a group for whoever takes this ring?
        """
        return ring.transferor is not None and self._is_group

    def leave_group(self, ring_id: str) -> None:
        """
        A user has taken somebody out of the group.

        @raise Refusal: 404, if it does not ring any more.
        """
        ring = self._call.ringing.take(ring_id)
        assert ring.transferor is not None
        leg = self._call.legs[ring.transferor]
        assert leg.transfer is not None
        self._leave(leg, leg.transfer)

    def _leave(self, leg: Leg, transfer: Transfer) -> None:
        assert transfer.transferee is not None
        self._accept(leg, transfer)
        leg.state, leg.transfer = LegState.CONNECTED, None
        self._call.departures.phone_left(
            transfer.transferee, "transferred", cb.ENDED_BY_SERVICE
        )

    def accepted(self, leg: Leg) -> None:
        """
        Somebody else has the caller now.
        """
        assert leg.transfer is not None
        self._accept(leg, leg.transfer)
        self._call.departures.move_away(leg)

    def _accept(self, leg: Leg, transfer: Transfer) -> None:
        text = f"transfer to {name_of(transfer.target)} accepted"
        self._call.emit(Tell("transfer", text))
        self._call.notices.transfer_accepted(leg, transfer)

    def failed(self, leg: Leg, result: cb.Result) -> None:
        """
        The caller stays.
        """
        transfer, leg.transfer = leg.transfer, None
        if transfer is None or leg.state is not LegState.TRANSFERRING:
            return
        leg.state = LegState.CONNECTED
        leg.broken = self._broken_after_failure
        codes = f"{result.code}/{result.sub_code}"
        text = f"transfer to {name_of(transfer.target)} failed with {codes}"
        self._call.emit(Tell("transfer", text))
        self._call.notices.transfer_failed(leg, transfer, result)
