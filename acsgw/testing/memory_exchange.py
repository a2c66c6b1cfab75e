"""
A telephone network in memory: the calls of one resource, upon the rules of the
emulated service, in a time of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from twisted.internet.task import Clock

from acs_emulator.errors import NobodyListens, call_not_found
from acs_emulator.model.actions import Timings
from acs_emulator.model.commands import (
    answered_by,
    answering_user,
    leg_asked_for,
    transfer_asked_for,
)
from acs_emulator.model.contexts import IncomingCallContexts
from acs_emulator.model.grid_events import envelope
from acs_emulator.model.incoming_call import Announcement
from acs_emulator.model.legs import Leg, Ring
from acs_emulator.model.operations import Strictness
from acs_emulator.model.resource import Resource
from acs_emulator.model.subscriptions import Schema
from acs_emulator.model.wire_time import event_grid_time

from ..acs.events import incoming_call, parse_events
from ..interfaces import IncomingCall
from .memory_call import Dialed, MemoryCall, Told

_RESOURCE = Resource(
    access_key="",
    immutable_id="6b5f2c1e-7a3d-4f0a-9c58-1d2e3f4a5b6c",
    phone_numbers=("+18005550100",),
    users=[],
    base_url="https://contoso.invalid",
)
_API_VERSION = "2025-06-15"


class MemoryExchange:
    """
    What applications may do is asked for in the bodies of the REST API, and refused
    as there, with L{acs_emulator.errors.Refusal}.

    @ivar nobody_at: raw ids; of calls to these nobody wants to hear.
    @ivar dialed: all calls.
    @ivar announced: every ring, in the form in which an application hears of it.
    @ivar told: every callback.
    @ivar hear: is given each callback too.
    """

    def __init__(
        self, account: str, timings: Timings, failing: frozenset[str] = frozenset()
    ) -> None:
        """
        @param account: that the calls come in for.
        @param failing: numbers to which a transfer fails.
        """
        numbers = count(1)
        self.clock = Clock()
        self.new_id: Callable[[], str] = lambda: f"id-{next(numbers)}"
        self.contexts = IncomingCallContexts(self.new_id, timings.ring)
        self.timings = timings
        self.failing = failing
        self.nobody_at: set[str] = set()
        self.dialed: list[MemoryCall] = []
        self.announced: list[IncomingCall] = []
        self.told: list[Told] = []
        self.hear: Callable[[Told], None] = lambda told: None
        self._account = account
        self._rings: dict[str, tuple[Ring, MemoryCall]] = {}
        self._ringing: dict[str, Ring] = {}
        self._calls: dict[str, MemoryCall] = {}

    def advance(self, seconds: float) -> None:
        """
        Time passes, moment by moment: what follows from something happens when it
        would, not at the end.
        """
        end = self.clock.seconds() + seconds
        while due := [t for t in self._due() if t <= end]:
            self.clock.advance(max(0.0, min(due) - self.clock.seconds()))
        self.clock.advance(max(0.0, end - self.clock.seconds()))

    def _due(self) -> list[float]:
        return [timer.getTime() for timer in self.clock.getDelayedCalls()]

    # For callers.

    def dial(self, dialed: Dialed) -> IncomingCall:
        """
        @return: what an application hears of it.

        @raise NobodyListens: if none does.
        """
        call = MemoryCall(dialed, self)
        self.dialed.append(call)
        call.apply(lambda rules: rules.ring(dialed.variables))
        if call.rules.state == "ended":
            raise NobodyListens(str(call.rules.outcome))
        return self.announced[-1]

    def caller_hangs_up(self, call: MemoryCall) -> None:
        """
        Whoever dialed puts the phone down.
        """
        call.apply(lambda rules: rules.hang_up_caller("the caller hangs up"))

    # For applications.

    def answer(self, body: dict[str, Any], connection_id: str) -> None:
        """
        @param connection_id: that the new leg is to have.
        """
        self._check("answer", body)
        user = answering_user(_RESOURCE, body)
        ring_id = self.contexts.redeem(
            body["incomingCallContext"], self.clock.seconds()
        )
        ring, call = self._rings[ring_id]
        leg = leg_asked_for(
            body,
            call.facts(connection_id, _API_VERSION),
            subscription_id=self.new_id(),
            caller=ring.caller or call.dialed.caller,
            callee=ring.callee,
            answered_by=answered_by(_RESOURCE, ring, user),
        )
        self._ringing.pop(ring_id, None)
        self._calls[connection_id] = call
        call.apply(lambda rules: rules.answer(ring_id, leg))

    def reject(self, body: dict[str, Any]) -> None:
        """
        A ringing call is not wanted.
        """
        self._check("reject", body)
        ring_id = self.contexts.redeem(
            body["incomingCallContext"], self.clock.seconds(), deflect=True
        )
        self._ringing.pop(ring_id, None)
        reason = (body.get("callRejectReason") or "none").lower()
        _, call = self._rings[ring_id]
        call.apply(lambda rules: rules.deflections.reject(ring_id, reason))

    def hang_up(self, connection_id: str) -> None:
        """
        End a call for everybody.
        """
        self._check("terminate", None)
        self.call_of(connection_id).apply(lambda rules: rules.hang_up(connection_id))

    def transfer(self, connection_id: str, body: dict[str, Any]) -> None:
        """
        Move the caller elsewhere.
        """
        self._check("transfer", body)
        call = self.call_of(connection_id)
        transfer = transfer_asked_for(_RESOURCE, body, call.rules.leg(connection_id))
        call.apply(lambda rules: rules.transfer(connection_id, transfer))

    def properties(self, connection_id: str) -> dict[str, Any]:
        """
        @return: C{CallConnectionProperties}.
        """
        self._check("get", None)
        return self.call_of(connection_id).rules.shown(connection_id).properties()

    def _check(self, operation: str, body: dict[str, Any] | None) -> None:
        # Tests speak of addresses without TLS.
        Strictness(strict=True, insecure=True).check_body(operation, body)

    # For whoever looks on.

    def call_of(self, connection_id: str) -> MemoryCall:
        """
        @raise Refusal: 404, if there never was such a connection.
        """
        call = self._calls.get(connection_id)
        if call is None:
            raise call_not_found()
        return call

    def call_behind(self, context: str) -> MemoryCall | None:
        """
        @return: the call that rings with this context now.
        """
        for ring_id, ring in self._ringing.items():
            if ring.context == context:
                return self._rings[ring_id][1]
        return None

    @property
    def ringing(self) -> list[Ring]:
        """
        What can be answered now, first come first.
        """
        return list(self._ringing.values())

    @property
    def live_legs(self) -> list[Leg]:
        """
        What was answered and did not end, in that order.
        """
        legs = [call.rules.legs[key] for key, call in self._calls.items()]
        return [leg for leg in legs if not leg.is_over]

    # For the calls.

    def announce(self, ring: Ring, call: MemoryCall) -> int:
        """
        @return: how many hear of it.
        """
        self._rings[ring.ring_id] = (ring, call)
        if ring.callee in self.nobody_at:
            return 0
        self._ringing[ring.ring_id] = ring
        now = event_grid_time(self.clock.seconds())
        told = Announcement(
            event_id=self.new_id(),
            caller=ring.caller or call.dialed.caller,
            callee=ring.callee,
            context=ring.context,
            correlation_id=call.correlation_id,
            server_call_id=call.server_call_id,
            voip_headers=ring.voip_headers,
            sip_headers=ring.sip_headers,
        )
        event = envelope(told, Schema.CLOUD_EVENT, _RESOURCE.topic, now)
        for heard in parse_events(json.dumps([event]).encode()):
            self.announced.append(incoming_call(heard, self._account))
        return 1

    def withdraw(self, ring: Ring) -> None:
        """
        It rings no more.
        """
        self.contexts.cancel(ring.context)
        self._ringing.pop(ring.ring_id, None)

    def tell(self, told: Sequence[Told]) -> None:
        """
        A callback has arrived.
        """
        for one in told:
            self.told.append(one)
            self.hear(one)
