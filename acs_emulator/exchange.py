"""
The telephone exchange: all calls of the resource, and what applications may do
to them.
"""

from __future__ import annotations

from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger

from .errors import BadCall, NobodyListens, NoSuchCall, call_not_found
from .model.callbacks import LegFacts
from .model.caller_script import Script
from .model.commands import (
    answered_by,
    answering_user,
    leg_asked_for,
    transfer_asked_for,
)
from .model.legs import Leg, Ring
from .model.locators import Locator
from .model.requests import echoed
from .model.resource import Resource
from .network import CallRequest, Network
from .phone_call import PhoneCall

#: Calls that are remembered.
_KEPT = 2000
#: Seconds for the last callbacks when the emulator stops.
_LAST_CALLBACKS = 2.0


class Exchange(Service):
    """
    Holds the calls; when stopped, all callers hang up.
    """

    _log = Logger()

    def __init__(self, resource: Resource, network: Network) -> None:
        self._resource = resource
        self._network = network
        self._calls: dict[str, PhoneCall] = {}
        self._rings: dict[str, tuple[Ring, PhoneCall]] = {}
        self._by_leg: dict[str, PhoneCall] = {}

    def stopService(self) -> Deferred[None]:
        super().stopService()
        calls = list(self._calls.values())
        for call in calls:
            call.stop("the emulator stops")
        posted: Deferred[Any] = DeferredList([call.posted() for call in calls])
        posted.addTimeout(_LAST_CALLBACKS, self._network.clock)
        posted.addBoth(lambda result: None)
        return posted

    # For those who place calls.

    @property
    def calls(self) -> list[PhoneCall]:
        """
        In order of placing.
        """
        return list(self._calls.values())

    def call(self, call_id: str) -> PhoneCall:
        """
        @raise NoSuchCall: if there is none.
        """
        try:
            return self._calls[call_id]
        except KeyError:
            raise NoSuchCall("there is no such call") from None

    def place(self, request: CallRequest) -> PhoneCall:
        """
        Let a caller dial.

        @raise BadCall: if the number or user called is not ours.
        @raise NobodyListens: if no active subscription wants the call; it is
            remembered as lost.
        """
        if not self._resource.owns(request.callee):
            ours = ", ".join((*self._resource.phone_numbers, *self._resource.users))
            raise BadCall(f"to: not a number or user of the resource; use {ours}")
        call_id = self._network.new_id()
        call = PhoneCall(call_id, request, self._network, self._ringing)
        self._forget_old()
        self._calls[call_id] = call
        self._log.info("call {call}: placed", call=call_id)
        call.ring()
        if call.state == "ended" and not call.connection_ids:
            raise NobodyListens(f"call {call_id}: {call.outcome}")
        return call

    # For applications; all of these raise L{Refusal}.

    def answer(self, body: dict[str, Any], api_version: str) -> dict[str, Any]:
        """
        @return: the properties of the new connection.
        """
        network, context = self._network, body["incomingCallContext"]
        user = answering_user(self._resource, body)
        silent = network.silent_after_redirect and network.contexts.is_deflected(
            context
        )
        if silent:
            ring_id = network.contexts.ring_of(context)
        else:
            ring_id = network.contexts.redeem(context, network.clock.seconds())
        ring, call = self._rings[ring_id]
        home = self._apart(ring, call) if call.is_left_by(ring) else call
        leg = self.new_leg(
            home,
            body,
            api_version,
            caller=ring.caller or call.request.caller,
            callee=ring.callee,
            answered_by=answered_by(self._resource, ring, user),
        )
        if silent:
            del self._by_leg[leg.connection_id]
        elif home is call:
            call.answer(ring_id, leg)
        else:
            call.apply(lambda rules: rules.transfers.leave_group(ring_id))
            home.apply(lambda rules: rules.begin_with(home.request.caller, leg))
        return leg.properties()

    def _apart(self, ring: Ring, call: PhoneCall) -> PhoneCall:
        """
        @return: a call of its own for somebody who is transferred out of a
            group; that it has the same correlation id is inferred.
        """
        assert ring.caller is not None
        apart = self.open_call(ring.caller, ring.callee, call.correlation_id)
        phone = call.lines.release(ring.caller)
        if phone is not None:
            apart.lines.receive(phone)
        return apart

    def properties(self, connection_id: str) -> dict[str, Any]:
        """
        @return: the properties of a connection.
        """
        return self.call_of(connection_id).shown(connection_id).properties()

    def hang_up(self, connection_id: str, *, everybody: bool) -> None:
        """
        End a connection, or the call.
        """
        self.call_of(connection_id).hang_up(connection_id, everybody=everybody)

    def transfer(self, connection_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """
        @return: the body of the answer.
        """
        call = self.call_of(connection_id)
        leg = call.leg(connection_id)
        transfer = transfer_asked_for(self._resource, body, leg)
        call.transfer(connection_id, transfer)
        return echoed(body)

    # For other owners of operations.

    def find_leg(self, locator: Locator) -> tuple[PhoneCall, Leg]:
        """
        @return: a connection by its id, or the last one of a conversation that
            is still up.
        """
        if locator.connection_id is not None:
            call = self.call_of(locator.connection_id)
            return call, call.leg(locator.connection_id)
        for call in self._calls.values():
            if call.is_at(locator) and call.state != "ended":
                live = call.live_legs
                if live:
                    return call, live[-1]
        raise call_not_found()

    def open_call(
        self,
        caller: str,
        callee: str,
        correlation_id: str | None = None,
        group_id: str | None = None,
    ) -> PhoneCall:
        """
        @param group_id: if it is a group that others may join.

        @return: a call that no emulated phone has placed.
        """
        request = CallRequest(caller=caller, callee=callee, script=Script(), clips={})
        call = PhoneCall(
            self._network.new_id(),
            request,
            self._network,
            self._ringing,
            correlation_id,
            group_id,
        )
        self._forget_old()
        self._calls[call.call_id] = call
        self._log.info("call {call}: created", call=call.call_id)
        return call

    def new_leg(
        self, call: PhoneCall, body: dict[str, Any], api_version: str, **about: Any
    ) -> Leg:
        """
        @param body: with what an application answers, creates or connects.
        @param about: more fields of the leg.
        """
        facts = LegFacts(
            connection_id=self._network.new_id(),
            server_call_id=call.server_call_id,
            correlation_id=call.correlation_id,
            api_version=api_version,
        )
        new_id = self._network.new_id
        leg = leg_asked_for(
            body,
            facts,
            subscription_id=new_id(),
            transcription_id=new_id() if body.get("transcriptionOptions") else "",
            **about,
        )
        self._by_leg[leg.connection_id] = call
        return leg

    def deflect(self, context: str) -> tuple[Ring, PhoneCall]:
        """
        @return: the ring that an application does not want to answer, and its
            call.

        @raise Refusal: see L{IncomingCallContexts.redeem}.
        """
        network = self._network
        now = network.clock.seconds()
        return self._rings[network.contexts.redeem(context, now, deflect=True)]

    def located(self, locator: Locator) -> PhoneCall:
        """
        @return: a call that can be joined.

        @raise Refusal: 404, if there is none there, or not any more; a group can
            be joined as soon as somebody has opened it.
        """
        for call in self._calls.values():
            if call.is_at(locator) and (
                call.state == "connected" or (call.group_id and call.state != "ended")
            ):
                return call
        raise call_not_found()

    def call_of(self, connection_id: str) -> PhoneCall:
        """
        @raise Refusal: 404, if there never was such a connection.
        """
        call = self._by_leg.get(connection_id)
        if call is None:
            raise call_not_found()
        return call

    def call_with(self, connection_id: str) -> PhoneCall:
        """
        @raise Refusal: 404, if there is none, or that leg has ended.
        """
        call = self.call_of(connection_id)
        call.leg(connection_id)
        return call

    def _ringing(self, ring: Ring, call: PhoneCall) -> None:
        self._rings[ring.ring_id] = (ring, call)

    def _forget_old(self) -> None:
        if len(self._calls) < _KEPT:
            return
        old = next((c for c in self._calls.values() if c.state == "ended"), None)
        if old is not None:
            del self._calls[old.call_id]
            for connection_id in old.connection_ids:
                del self._by_leg[connection_id]
            for ring_id, (ring, call) in list(self._rings.items()):
                if call is old:
                    self._network.contexts.forget(ring.context)
                    del self._rings[ring_id]
