"""
One call: performs what the rules of L{acs_emulator.model.call} decide.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from .call_media import CallMedia
from .call_rings import CallRings
from .call_rules import rules_for
from .callback_post import Callbacks
from .lines import Lines
from .model.actions import (
    Action,
    After,
    Announce,
    Callback,
    CloseMedia,
    CloseTranscript,
    Ended,
    LegConnected,
    LegEnded,
    OpenMedia,
    OpenTranscript,
    PickUp,
    PutDown,
    Tell,
    Withdraw,
)
from .model.call import Call
from .model.legs import Leg, Ring, Transfer
from .model.locators import Locator
from .model.roster import Roster
from .model.story import Story
from .network import CallRequest, Network
from .timers import Timers
from .transcripts import Transcripts

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
        group_id: str | None = None,
    ) -> None:
        """
        @param ringing: told of each ring that may be answered.
        @param correlation_id: of the conversation that this is a part of.
        @param group_id: by which others may join.
        """
        self.call_id = call_id
        self.request = request
        self.group_id = group_id
        self.correlation_id = correlation_id or network.new_id()
        server = f"https://conv-emulator.invalid/conv/{network.new_id()}"
        self.server_call_id = b64encode(server.encode("ascii")).decode("ascii")
        self.story = Story(network.clock.seconds())
        self._network = network
        self._actions: list[Action] = []
        self._timers = Timers(network.clock)
        self._rings = CallRings(
            network,
            caller=request.caller,
            correlation_id=self.correlation_id,
            server_call_id=self.server_call_id,
            ringing=lambda ring: ringing(ring, self),
        )
        self._rules = rules_for(request, network, self._actions.append, self._rings.new)
        self._callbacks = Callbacks(call_id, network, self.story, self.tell)
        self.post = self._callbacks.post
        self.media = CallMedia(
            network.studio,
            roster=self._rules.roster,
            tell=self.tell,
            post=self.post,
            begin=lambda: self.lines.serve(),
        )
        self.lines = self._new_lines()
        self._transcripts = self._new_transcripts()

    def _new_lines(self) -> Lines:
        rules = self._rules
        return Lines(
            network=self._network,
            request=self.request,
            correlation_id=self.correlation_id,
            roster=rules.roster,
            service=self.media,
            story=self.story,
            tell=self.tell,
            hung_up=self._input_of(rules.departures.hang_up_phone),
            opened=self._input_of(rules.media_opened),
            closed=self._input_of(rules.media_closed),
        )

    def _new_transcripts(self) -> Transcripts:
        rules = self._rules.transcribing
        return Transcripts(
            self._network,
            self.media,
            opened=self._input_of(rules.opened),
            closed=self._input_of(rules.closed),
            impossible=self._input_of(rules.impossible),
        )

    def is_at(self, locator: Locator) -> bool:
        """
        Is this the call that is meant?
        """
        if locator.group_id is not None:
            return locator.group_id == self.group_id
        return locator.server_call_id == self.server_call_id

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
                count = self._rings.announce(ring, self.tell)
                self._input(self._rules.announced, ring.ring_id, count)
            case Withdraw(ring):
                self._rings.withdraw(ring)
            case After(seconds, later, subject):
                step = partial(self._rules.elapsed, later, subject)
                self._timers.later(seconds, self._input_of(step))
            case Callback():
                self.post(action)
            case OpenMedia(leg):
                self.lines.open(leg)
            case CloseMedia(leg):
                self.lines.close(leg)
            case OpenTranscript(leg):
                self._transcripts.open(leg)
            case CloseTranscript(leg):
                self._transcripts.close(leg)
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

    def _over(self) -> None:
        self._timers.end()
        self.lines.end()
