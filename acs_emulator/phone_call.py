"""
One call: performs what the rules of L{acs_emulator.model.call} decide.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from .call_media import CallMedia
from .callback_post import Callbacks
from .errors import NoAnswer
from .fronts.media_client import MediaAttempt
from .handset import Handset
from .media_stream import MediaStream
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
    Tell,
    Withdraw,
)
from .model.call import Call
from .model.incoming_call import Announcement
from .model.legs import Leg, LegState, Ring, Transfer
from .model.story import Story
from .model.tokens import MEDIA_LIFETIME
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
    ) -> None:
        """
        @param ringing: told of each ring that may be answered.
        """
        self.call_id = call_id
        self.request = request
        self.correlation_id = network.new_id()
        server = f"https://conv-emulator.invalid/conv/{network.new_id()}"
        self.server_call_id = b64encode(server.encode("ascii")).decode("ascii")
        self.story = Story(network.clock.seconds())
        self._network = network
        self._ringing = ringing
        self._actions: list[Action] = []
        self._timers: set[IDelayedCall] = set()
        self._media: dict[str, tuple[MediaAttempt, MediaStream]] = {}
        self._rules = Call(
            caller=request.caller,
            callee=request.callee,
            timings=network.timings,
            give_up_after=request.script.give_up_after,
            failing=network.failing | request.failing,
            emit=self._actions.append,
            new_ring=self._new_ring,
        )
        self._callbacks = Callbacks(call_id, network, self.story, self.tell)
        self.post = self._callbacks.post
        self.media = CallMedia(
            network.studio,
            tell=self.tell,
            post=self.post,
            begin=lambda: self._handset.begin(),
        )
        self._handset = Handset(
            script=request.script,
            clips=request.clips,
            new_recorder=request.new_recorder,
            metronome=network.metronome,
            line=self.media,
            counters=self.story.counters,
            tell=self.tell,
            hang_up=self.hang_up_caller,
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
        ended = LegState.DISCONNECTED
        return [leg for leg in self._rules.legs.values() if leg.state is not ended]

    def transfer(self, connection_id: str, transfer: Transfer) -> None:
        """
        @raise Refusal: see L{Call.transfer}.
        """
        self._input(self._rules.transfer, connection_id, transfer)

    def hang_up(self, connection_id: str) -> None:
        """
        @raise Refusal: see L{Call.hang_up}.
        """
        self._input(self._rules.hang_up, connection_id)

    def hang_up_caller(self, text: str) -> None:
        """
        The caller puts the phone down.
        """
        self._input(self._rules.hang_up_caller, text)

    def _stream_opened(self, leg: Leg, stream: MediaStream) -> None:
        self._handset.use(stream)
        self._input(self._rules.media_opened, leg.connection_id)

    def _stream_closed(self, leg: Leg, stream: MediaStream, reason: str) -> None:
        self._handset.leave(stream)
        self._input(self._rules.media_closed, leg.connection_id, reason)

    def posted(self) -> Deferred[Any]:
        """
        @return: fires when no callback is on its way.
        """
        return self._callbacks.posted()

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
                self._open_media(leg)
            case CloseMedia(leg):
                self._close_media(leg)
            case LegConnected():
                self._handset.begin()
            case LegEnded(leg):
                self.media.leg_ended(leg)
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
            caller=self.request.caller,
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

    def _open_media(self, leg: Leg) -> None:
        network = self._network
        assert leg.media is not None
        stream = MediaStream(
            options=leg.media,
            subscription_id=leg.subscription_id,
            participant=self.request.caller,
            on_open=partial(self._stream_opened, leg),
            on_close=partial(self._stream_closed, leg),
            counters=self.story.counters,
            now=network.clock.seconds,
            tell=self.tell,
        )
        token = network.issuer.token(network.clock.seconds(), MEDIA_LIFETIME)
        headers = {
            "Authorization": f"Bearer {token}",
            "x-ms-call-connection-id": leg.connection_id,
            "x-ms-call-correlation-id": self.correlation_id,
        }
        try:
            attempt = network.connector.connect(leg.media.url, headers, stream)
        except NoAnswer as e:
            self._stream_closed(leg, stream, str(e))
        else:
            self._media[leg.connection_id] = (attempt, stream)

    def _close_media(self, leg: Leg) -> None:
        attempt, stream = self._media.pop(leg.connection_id, (None, None))
        if attempt is not None and stream is not None:
            self._handset.leave(stream)
            attempt.close()

    def _over(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._handset.put_down()
