"""
One call on a telephone network in memory: performs, without HTTP and sockets, what
the emulated service's rules decide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock

from acs_emulator.model import actions
from acs_emulator.model.call import Call
from acs_emulator.model.callbacks import LegFacts, cloud_events
from acs_emulator.model.contexts import IncomingCallContexts
from acs_emulator.model.legs import Ring
from acs_emulator.model.wire_time import callback_time

from ..acs.events import Callback, callback, parse_events


@dataclass(frozen=True, kw_only=True)
class Dialed:
    """
    Who calls whom; both are raw ids.

    @ivar variables: what an earlier leg passed on (C{voipHeaders}).
    """

    caller: str = "4:+14255550123"
    callee: str = "4:+18005550100"
    variables: dict[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Told:
    """
    What the network told an application.

    @ivar url: that the application had given for it.
    """

    url: str = field(repr=False)
    event: Callback


class Surroundings(Protocol):
    """
    What a call needs of its network.
    """

    clock: Clock
    contexts: IncomingCallContexts
    timings: actions.Timings
    failing: frozenset[str]

    def new_id(self) -> str: ...
    def announce(self, ring: Ring, call: MemoryCall) -> int: ...
    def withdraw(self, ring: Ring) -> None: ...
    def tell(self, told: Sequence[Told]) -> None: ...


#: Callers of tests do not lose patience.
_PATIENCE = 1e9


class MemoryCall:
    """
    The owner of a call's rules; its timers are those of the network.
    """

    def __init__(self, dialed: Dialed, network: Surroundings) -> None:
        self.dialed = dialed
        self.correlation_id = network.new_id()
        self.server_call_id = network.new_id()
        self._network = network
        self._actions: list[actions.Action] = []
        self._timers: set[IDelayedCall] = set()
        self.rules = Call(
            caller=dialed.caller,
            callee=dialed.callee,
            timings=network.timings,
            give_up_after=_PATIENCE,
            failing=network.failing,
            emit=self._actions.append,
            new_ring=self._new_ring,
        )

    def apply(self, step: Callable[[Call], None]) -> None:
        """
        Let the rules do something.

        @raise Refusal: as C{step} does.
        """
        step(self.rules)
        while self._actions:
            self._perform(self._actions.pop(0))

    def facts(self, connection_id: str, api_version: str) -> LegFacts:
        """
        @return: those of a new leg.
        """
        return LegFacts(
            connection_id=connection_id,
            server_call_id=self.server_call_id,
            correlation_id=self.correlation_id,
            api_version=api_version,
        )

    def _perform(self, action: actions.Action) -> None:
        match action:
            case actions.Announce(ring):
                listeners = self._network.announce(ring, self)
                self.apply(lambda rules: rules.announced(ring.ring_id, listeners))
            case actions.Withdraw(ring):
                self._network.withdraw(ring)
            case actions.After(seconds, later, subject):
                self._wait(seconds, later, subject)
            case actions.Callback():
                self._tell(action)
            case actions.Ended():
                for timer in self._timers:
                    timer.cancel()
                self._timers.clear()
            case _:  # lines, phones and the story: there are none
                pass

    def _new_ring(self, **about: object) -> Ring:
        ring_id, now = self._network.new_id(), self._network.clock.seconds()
        context = self._network.contexts.issue(ring_id, now)
        return Ring(ring_id=ring_id, context=context, **about)  # type: ignore[arg-type]

    def _wait(self, seconds: float, later: actions.Later, subject: str) -> None:
        def elapsed() -> None:
            self._timers.discard(timer)
            self.apply(lambda rules: rules.elapsed(later, subject))

        timer = self._network.clock.callLater(seconds, elapsed)
        self._timers.add(timer)

    def _tell(self, action: actions.Callback) -> None:
        """
        By way of the wire's JSON, so that we read what the service would send.
        After the response to whatever caused it, as from afar: that is why it is
        none of the call's timers.
        """
        body = cloud_events(
            action.leg.facts,
            action.kind,
            event_id=self._network.new_id(),
            time=callback_time(self._network.clock.seconds()),
            result=action.result,
            operation_context=action.operation_context,
            extra=action.extra,
        )
        url = action.url or action.leg.callback_url
        told = [Told(url, callback(event)) for event in parse_events(body)]
        self._network.clock.callLater(0, self._network.tell, told)
