"""
The rings of one call, and the events that announce them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .model.incoming_call import Announcement
from .model.legs import Ring
from .network import Network


class CallRings:
    """
    Gives each ring a context that may be redeemed, and publishes it.
    """

    def __init__(
        self,
        network: Network,
        *,
        caller: str,
        correlation_id: str,
        server_call_id: str,
        ringing: Callable[[Ring], None],
    ) -> None:
        """
        @param caller: raw id of whoever placed the call.
        @param ringing: told of each ring that may be answered.
        """
        self._network = network
        self._caller = caller
        self._correlation_id = correlation_id
        self._server_call_id = server_call_id
        self._ringing = ringing

    def new(self, **about: Any) -> Ring:
        """
        @param about: fields of the ring beside its id and context.
        """
        network = self._network
        ring_id = network.new_id()
        context = network.contexts.issue(ring_id, network.clock.seconds())
        ring = Ring(ring_id=ring_id, context=context, **about)
        self._ringing(ring)
        return ring

    def announce(self, ring: Ring, tell: Callable[[str, str], None]) -> int:
        """
        @return: how many subscriptions want to know.
        """
        announcement = Announcement(
            event_id=self._network.new_id(),
            caller=ring.caller or self._caller,
            callee=ring.callee,
            context=ring.context,
            correlation_id=self._correlation_id,
            server_call_id=self._server_call_id,
            voip_headers=ring.voip_headers,
            sip_headers=ring.sip_headers,
        )
        return self._network.topic.publish(announcement, tell)

    def withdraw(self, ring: Ring) -> None:
        """
        Nobody may answer it any more.
        """
        self._network.contexts.cancel(ring.context)
