"""
The rules of calls that are not answered: sent on to somebody else, or refused.

Neither has callbacks; both are documented so.  What the caller is told when an
application refuses is inferred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import callbacks as cb
from .actions import Tell
from .identifiers import name_of, phone_number_of
from .legs import Ring

if TYPE_CHECKING:
    from .call import Call

_REASONS = {"none": cb.DECLINED, "busy": cb.USER_BUSY, "forbidden": cb.FORBIDDEN}


class Deflections:
    """
    What becomes of a ring that an application does not want.
    """

    def __init__(self, call: Call) -> None:
        self._call = call

    def redirect(self, ring_id: str, target: str) -> None:
        """
        @raise Refusal: 404, if it does not ring any more.
        """
        call, ring = self._call, self._call.ringing.take(ring_id)
        text = f"{name_of(ring.callee)} redirects to {name_of(target)}"
        call.emit(Tell("redirected", text))
        number = phone_number_of(target)
        if number is not None:
            self._to_phone(ring, number)
            return
        again = call.new_ring(
            callee=target,
            transferor=ring.transferor,
            invitation=ring.invitation,
            caller=ring.caller,
        )
        call.ringing.start(again)

    def _to_phone(self, ring: Ring, number: str) -> None:
        call = self._call
        if ring.invitation is not None:
            invitation = call.invitations.get(ring.invitation)
            if invitation is not None:
                call.invitations.ring_phone(invitation, number)
            return
        plan, patience = call.invitations.plan_of(number), call.timings.ring
        result = plan.result(patience)

        def decided() -> None:
            if call.state == "ended":
                return
            if result is not None:
                codes = f"{result.code}/{result.sub_code}"
                self._refused(ring, result, f"redirected to {number}, failed: {codes}")
            elif ring.transferor is not None:
                call.transfers.taken_by_phone(call.legs[ring.transferor], number)
            else:
                call.departures.end(f"redirected to {number}")

        call.soon(decided, plan.rings_for(patience))

    def reject(self, ring_id: str, reason: str) -> None:
        """
        @param reason: C{none}, C{busy} or C{forbidden}.

        @raise Refusal: 404, if it does not ring any more.
        """
        ring = self._call.ringing.take(ring_id)
        text = f"{name_of(ring.callee)} rejects the call: {reason}"
        self._call.emit(Tell("rejected", text))
        result = _REASONS[reason]
        self._refused(ring, result, f"rejected: {reason}")

    def _refused(self, ring: Ring, result: cb.Result, outcome: str) -> None:
        call = self._call
        if ring.invitation is not None:
            call.invitations.failed(ring.invitation, result)
        elif ring.transferor is not None:
            call.transfers.failed(call.legs[ring.transferor], result)
        else:
            call.departures.end(outcome)
