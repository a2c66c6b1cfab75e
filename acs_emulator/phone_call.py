"""
One call: performs what the rules of L{acs_emulator.model.call} decide.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any, ParamSpec

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from .call_media import CallMedia
from .callback_post import Callbacks
from .lines import Lines
from .model.actions import (
    Action,
    After,
    Announce,
    Callback,
    CloseMedia,
    Ended,
    Later,
    LegConnected,
    LegEnded,
    OpenMedia,
    PickUp,
    PutDown,
    Tell,
    Withdraw,
)
from .model.call import Call
from .model.incoming_call import Announcement
from .model.legs import Leg, Ring, Transfer
from .model.roster import Roster
from .model.story import Story
from .network import CallRequest, Network

P = ParamSpec("P")


class PhoneCall:
    """
    The only object that knows all of a call: rules, network, caller.
    """

    _log = Logger()

    def __init__(
        self,
        call_id: str,
        request: CallRequest,
        network: Network,
        ringing: Callable[[Ring, PhoneCall], None],
        correlation_id: str | None = None,
    ) -> None:
        """
        @param ringing: told of each ring that may be answered.
        @param correlation_id: of the conversation that this is a part of.
        """
        self.call_id = call_id
        self.request = request
        self.correlation_id = correlation_id or network.new_id()
        server = f"https://conv-emulator.invalid/conv/{network.new_id()}"
        self.server_call_id = b64encode(server.encode("ascii")).decode("ascii")
        self.story = Story(network.clock.seconds())
        self._network = network
        self._ringing = ringing
        self._actions: list[Action] = []
        self._timers: set[IDelayedCall] = set()
        self._rules = Call(
            caller=request.caller,
            callee=request.callee,
            timings=network.timings,
            give_up_after=request.script.give_up_after,
            failing=network.failing | request.failing,
            emit=self._actions.append,
            new_ring=self._new_ring,
            broken_after_failure=network.broken_after_failure,
            plan_of=network.phones.plan_of,
        )
        self._callbacks = Callbacks(call_id, network, self.story, self.tell)
        self.post = self._callbacks.post
        self.media = CallMedia(
            network.studio,
            roster=self._rules.roster,
            tell=self.tell,
            post=self.post,
            begin=lambda: self.lines.serve(),
        )
        self.lines = Lines(
            network=network,
            request=request,
            correlation_id=self.correlation_id,
            roster=self._rules.roster,
            service=self.media,
            story=self.story,
            tell=self.tell,
            hung_up=self._input_of(self._rules.departures.hang_up_phone),
            opened=self._input_of(self._rules.media_opened),
            closed=self._input_of(self._rules.media_closed),
        )

    @property
    def state(self) -> str:
        """
        C{ringing}, C{connected} or C{ended}.
        """
        return self._rules.state

    @property
    def outcome(self) -> str | None:
        """
        How it ended.
        """
        return self._rules.outcome

    def tell(self, what: str, text: str) -> None:
        """
        Add a line to the story.
        """
        self.story.tell(self._network.clock.seconds(), what, text)
        self._log.debug(
            "call {call}: {what}: {text}", call=self.call_id, what=what, text=text
        )

    # Inputs; each performs what the rules decide.

    def ring(self) -> None:
        """
        The caller dials.
        """
        self._input(self._rules.ring, self.request.voip_headers)

    def answer(self, ring_id: str, leg: Leg) -> None:
        """
        @raise Refusal: see L{Call.answer}.
        """
        self._input(self._rules.answer, ring_id, leg)

    def leg(self, connection_id: str) -> Leg:
        """
        @raise Refusal: see L{Call.leg}.
        """
        return self._rules.leg(connection_id)

    def shown(self, connection_id: str) -> Leg:
        """
        @raise Refusal: see L{Call.shown}.
        """
        return self._rules.shown(connection_id)

    @property
    def roster(self) -> Roster:
        """
        Who is in the call; not to be changed.
        """
        return self._rules.roster

    def is_left_by(self, ring: Ring) -> bool:
        """
        Does somebody leave a group for whoever takes this ring?
        """
        return self._rules.transfers.is_leaving(ring)

    @property
    def connection_ids(self) -> list[str]:
        """
        Of all legs, in order of answering.
        """
        return list(self._rules.legs)

    @property
    def live_legs(self) -> list[Leg]:
        """
        Those that have not ended, in order of answering.
        """
        return self._rules.active_legs

    def transfer(self, connection_id: str, transfer: Transfer) -> None:
        """
        @raise Refusal: see L{Call.transfer}.
        """
        self._input(self._rules.transfer, connection_id, transfer)

    def hang_up(self, connection_id: str, *, everybody: bool) -> None:
        """
        @raise Refusal: see L{Call.hang_up}.
        """
        self._input(self._rules.hang_up, connection_id, everybody=everybody)

    def hang_up_caller(self, text: str) -> None:
        """
        The caller puts the phone down.
        """
        self._input(self._rules.hang_up_caller, text)

    def apply(self, step: Callable[[Call], None]) -> None:
        """
        Let the rules do something.

        @raise Refusal: as C{step} does.
        """
        self._input(step, self._rules)

    def stop(self, text: str) -> None:
        """
        Whoever still takes part is put out.
        """
        self.hang_up_caller(text)
        self._input(self._rules.departures.end, text)

    def posted(self) -> Deferred[Any]:
        """
        @return: fires when no callback is on its way.
        """
        return self._callbacks.posted()

    def _input_of(self, step: Callable[P, None]) -> Callable[P, None]:
        def give(*args: P.args, **kw: P.kwargs) -> None:
            self._input(step, *args, **kw)

        return give

    def _input(self, step: Callable[P, None], *args: P.args, **kw: P.kwargs) -> None:
        step(*args, **kw)
        while self._actions:
            self._perform(self._actions.pop(0))

    # Actions.

    def _perform(self, action: Action) -> None:
        match action:
            case Tell(what, text):
                self.tell(what, text)
            case Announce(ring):
                self._announce(ring)
            case Withdraw(ring):
                self._network.contexts.cancel(ring.context)
            case After(seconds, later, subject):
                self._wait(seconds, later, subject)
            case Callback():
                self.post(action)
            case OpenMedia(leg):
                self.lines.open(leg)
            case CloseMedia(leg):
                self.lines.close(leg)
            case LegConnected():
                self.lines.begin()
            case LegEnded(leg):
                self.media.leg_ended(leg)
            case PickUp(raw_id):
                self.lines.pick_up(raw_id)
            case PutDown(raw_id):
                self.lines.put_down(raw_id)
            case Ended():
                self._over()

    def _new_ring(self, **about: Any) -> Ring:
        network = self._network
        ring_id = network.new_id()
        context = network.contexts.issue(ring_id, network.clock.seconds())
        ring = Ring(ring_id=ring_id, context=context, **about)
        self._ringing(ring, self)
        return ring

    def _announce(self, ring: Ring) -> None:
        announcement = Announcement(
            event_id=self._network.new_id(),
            caller=ring.caller or self.request.caller,
            callee=ring.callee,
            context=ring.context,
            correlation_id=self.correlation_id,
            server_call_id=self.server_call_id,
            voip_headers=ring.voip_headers,
            sip_headers=ring.sip_headers,
        )
        count = self._network.topic.publish(announcement, self.tell)
        self._input(self._rules.announced, ring.ring_id, count)

    def _wait(self, seconds: float, later: Later, subject: str) -> None:
        def elapsed() -> None:
            self._timers.discard(timer)
            self._input(self._rules.elapsed, later, subject)

        timer = self._network.clock.callLater(seconds, elapsed)
        self._timers.add(timer)

    def _over(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self.lines.end()
