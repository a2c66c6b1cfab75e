"""
Tests for the rules of a call under every order of what may happen to it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, product

from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.errors import Refusal
from acs_emulator.model.actions import (
    Action,
    After,
    Announce,
    Callback,
    CloseMedia,
    Ended,
    OpenMedia,
    Timings,
    Withdraw,
)
from acs_emulator.model.call import Call
from acs_emulator.model.callbacks import LegFacts
from acs_emulator.model.contexts import IncomingCallContexts
from acs_emulator.model.legs import Leg, LegState, Ring, Transfer
from acs_emulator.model.media_messages import media_options

USER = "8:acs:res_user"
PHONE = "4:+14255550199"


class World:
    """
    Performs the actions of a call in the simplest way.
    """

    def __init__(self) -> None:
        self.ids = count(1)
        self.actions: list[Action] = []
        self.waiting: list[After] = []
        self.rings: list[Ring] = []
        self.call = Call(
            caller="4:+14255550123",
            callee="4:+18005550100",
            timings=Timings(),
            give_up_after=60.0,
            failing=frozenset({"+15550000000"}),
            emit=self.emit,
            new_ring=self.new_ring,
        )
        self.call.ring(None)

    def emit(self, action: Action) -> None:
        self.actions.append(action)
        if isinstance(action, After):
            self.waiting.append(action)
        if isinstance(action, Announce):
            self.rings.append(action.ring)

    def new_ring(self, **about: object) -> Ring:
        return Ring(
            ring_id=f"r{next(self.ids)}",
            context="c",
            **about,  # type: ignore[arg-type]
        )

    def answer(self) -> None:
        ring = self.rings[-1]
        facts = LegFacts(
            connection_id=f"l{next(self.ids)}",
            server_call_id="s",
            correlation_id="c",
            api_version="v",
        )
        given = {
            "transportUrl": "ws://a/",
            "audioChannelType": "mixed",
            "startMediaStreaming": True,
        }
        leg = Leg(
            facts=facts,
            caller=self.call.caller,
            callee=ring.callee,
            answered_by=USER,
            callback_url="http://a/",
            operation_context=None,
            media=media_options(given),
            subscription_id="s",
        )
        self.call.answer(ring.ring_id, leg)

    def elapse(self) -> None:
        """
        The next thing that was to happen by itself happens.
        """
        if self.waiting:
            self.waiting.sort(key=lambda after: after.seconds)
            after = self.waiting.pop(0)
            self.call.elapsed(after.later, after.subject)

    def last_leg(self) -> str:
        return [*self.call.legs, "none"][-1 if not self.call.legs else -2]

    def transfer(self, target: str) -> None:
        self.call.transfer(
            self.last_leg(),
            Transfer(
                target=target,
                operation_context=None,
                callback_url="http://a/",
                voip_headers=None,
                sip_headers=None,
            ),
        )

    def media(self, step: Callable[[str], None]) -> None:
        if self.call.legs:
            step(self.last_leg())


INPUTS: dict[str, Callable[[World], None]] = {
    "answer": World.answer,
    "elapse": World.elapse,
    "nobody": lambda w: w.call.announced(w.rings[-1].ring_id, 0),
    "media_opened": lambda w: w.media(w.call.media_opened),
    "media_closed": lambda w: w.media(lambda leg: w.call.media_closed(leg, "gone")),
    "to_user": lambda w: w.transfer(USER),
    "to_phone": lambda w: w.transfer(PHONE),
    "hang_up": lambda w: w.call.hang_up(w.last_leg()),
    "caller": lambda w: w.call.hang_up_caller("bye"),
}


class OrderTests(SynchronousTestCase):
    """
    Whatever comes in whatever order, some things always hold.
    """

    def check(self, world: World, names: tuple[str, ...]) -> None:
        actions, call = world.actions, world.call
        ends = [a for a in actions if isinstance(a, Ended)]
        self.assertEqual(len(ends), call.state == "ended", names)
        opened = [a for a in actions if isinstance(a, OpenMedia)]
        for leg in call.legs.values():
            kinds = [
                a.kind for a in actions if isinstance(a, Callback) and a.leg is leg
            ]
            over = kinds.count("CallDisconnected") + kinds.count("AnswerFailed")
            self.assertEqual(over, leg.state is LegState.DISCONNECTED, names)
            self.assertLessEqual(kinds.count("CallConnected"), 1, names)
            self.assertLessEqual(sum(a.leg is leg for a in opened), 1, names)
            if "MediaStreamingStarted" in kinds:
                connected = kinds.index("CallConnected")
                self.assertLess(connected, kinds.index("MediaStreamingStarted"))
            if call.state == "ended":
                self.assertIs(leg.state, LegState.DISCONNECTED, names)
        if call.state == "ended":
            rings = [a.ring.ring_id for a in actions if isinstance(a, Announce)]
            gone = [a.ring.ring_id for a in actions if isinstance(a, Withdraw)]
            self.assertEqual(len(rings), len(set(gone)) + len(call.legs), names)
        closed = [a.leg for a in actions if isinstance(a, CloseMedia)]
        self.assertEqual(len(closed), len({id(leg) for leg in closed}), names)

    def test_orders(self) -> None:
        """
        After every sequence of four inputs, before and after an answer: one
        end at most, each leg told of its end exactly once, no media left open,
        nothing left ringing.
        """
        setups: list[tuple[str, ...]] = [
            (),
            ("answer", "elapse", "media_opened", "elapse", "elapse"),
            ("answer", "elapse", "media_opened", "elapse", "to_user"),
        ]
        for setup, inputs in product(setups, product(INPUTS, repeat=4)):
            world, names = World(), setup + inputs
            for name in names:
                try:
                    INPUTS[name](world)
                except Refusal as e:
                    self.assertIn(e.status, (400, 404), names)
            self.check(world, names)

    def test_setup(self) -> None:
        """
        The setups of the test above lead where they should.
        """
        world = World()
        for name in ("answer", "elapse", "media_opened", "elapse", "to_user"):
            INPUTS[name](world)
        (leg,) = world.call.legs.values()
        self.assertIs(leg.state, LegState.TRANSFERRING)
        self.assertEqual(len(world.rings), 2)


class ContextTests(SynchronousTestCase):
    """
    Tests for L{IncomingCallContexts}.
    """

    def setUp(self) -> None:
        numbers = count(1)
        self.contexts = IncomingCallContexts(lambda: f"id{next(numbers)}", 30.0)
        self.context = self.contexts.issue("ring", 1000.0)

    def assertRefused(self, status: int, words: str, now: float) -> None:
        error = self.assertRaises(Refusal, self.contexts.redeem, self.context, now)
        self.assertEqual(error.status, status)
        self.assertIn(words, error.message)
        # To come too late is not against the contract.
        self.assertEqual(error.problems, ())

    def test_once(self) -> None:
        """
        It is good until its last second, once.
        """
        self.assertEqual(self.contexts.redeem(self.context, 1030.0), "ring")
        self.assertRefused(400, "used", 1001.0)

    def test_expired(self) -> None:
        """
        Afterwards it is refused as Azure refuses it.
        """
        self.assertRefused(400, "IDX23010: Lifetime validation", 1030.1)

    def test_canceled(self) -> None:
        """
        When the caller has gone there is no call any more.
        """
        self.contexts.cancel(self.context)
        self.assertRefused(404, "terminated", 1001.0)

    def test_looks_real(self) -> None:
        """
        It is as long as the real ones, and no two are the same.
        """
        self.assertTrue(6000 < len(self.context) < 8000, len(self.context))
        self.assertNotEqual(self.context, self.contexts.issue("ring", 1000.0))
