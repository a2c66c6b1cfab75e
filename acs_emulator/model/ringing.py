"""
The rules of ringing: a call that is announced, until somebody takes it or
nobody wants it any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import call_not_found
from . import callbacks as cb
from .actions import After, Announce, Later, Withdraw
from .legs import Ring

if TYPE_CHECKING:
    from .call import Call


class Ringing:
    """
    What rings in a call, by the id of the ring.
    """

    def __init__(self, call: Call) -> None:
        self._call = call
        self._rings: dict[str, Ring] = {}

    def start(self, ring: Ring, patience: float | None = None) -> None:
        """
        @param patience: seconds; L{None}: as long as any call rings.
        """
        self._rings[ring.ring_id] = ring
        seconds = self._call.timings.ring if patience is None else patience
        self._call.emit(After(seconds, Later.RING_TIMEOUT, ring.ring_id))
        self._call.emit(Announce(ring))

    def announced(self, ring_id: str, listeners: int) -> None:
        """
        The ring was published to so many listeners.
        """
        ring = self._rings.get(ring_id)
        if ring is None or listeners:
            return
        if ring.transferor is not None:
            self._stop(ring)
            # Not at once: the 202 comes first.
            leg = self._call.legs[ring.transferor]
            self._call.later(self._call.timings.transfer, Later.CONCLUDE_TRANSFER, leg)
        elif ring.invitation is not None:
            self._stop(ring)
            key = ring.invitation
            self._call.soon(
                lambda: self._call.invitations.failed(key, cb.NOBODY_REGISTERED)
            )
        else:
            self._call.departures.end("lost: no active subscription matches the call")

    def take(self, ring_id: str) -> Ring:
        """
        @return: the ring, which rings no more.

        @raise Refusal: 404, if it did not.
        """
        ring = self._rings.pop(ring_id, None)
        if ring is None or self._call.state == "ended":
            raise call_not_found()
        return ring

    def timed_out(self, ring_id: str) -> None:
        ring = self._rings.get(ring_id)
        if ring is None:
            return
        self._stop(ring)
        if ring.transferor is not None:
            self._call.transfers.failed(
                self._call.legs[ring.transferor], cb.NOT_ANSWERED_IN_TIME
            )
        elif ring.invitation is not None:
            self._call.invitations.failed(ring.invitation, cb.NOT_ANSWERED_IN_TIME)
        else:
            self._call.departures.end("not answered in time")

    def stop_all(self) -> None:
        """
        Nobody is called any more.
        """
        for ring in list(self._rings.values()):
            self._stop(ring)

    def _stop(self, ring: Ring) -> None:
        del self._rings[ring.ring_id]
        self._call.emit(Withdraw(ring))

    def stop_for(self, key: str) -> None:
        """
        @param key: id of a leg that transfers, or of an invitation.
        """
        for ring in list(self._rings.values()):
            if key in (ring.transferor, ring.invitation):
                self._stop(ring)
