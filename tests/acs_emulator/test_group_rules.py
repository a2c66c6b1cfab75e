"""
Tests for the rules of a call with several participants under every order of
what may happen to it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.errors import Refusal
from acs_emulator.model.actions import (
    Callback,
    CloseMedia,
    Ended,
    OpenMedia,
    PickUp,
    PutDown,
)
from acs_emulator.model.asked import Asked
from acs_emulator.model.invitations import Invitation
from acs_emulator.model.legs import LegState, Transfer

from .test_rules import PHONE, USER, World as OneCaller

FRIEND = "4:+14255550177"
CALLER = "4:+14255550123"
ASKED = Asked()
OVER = {"CallDisconnected", "AnswerFailed"}


class World(OneCaller):
    """
    With what may happen to a group.
    """

    def first(self) -> str:
        return next(iter(self.call.legs), "none")

    def elapse(self) -> None:
        # As PhoneCall does: the end of a call cancels all of its timers.
        if self.call.state != "ended":
            super().elapse()

    def invite(self, target: str) -> None:
        if not self.call.legs:
            return
        invitation = Invitation(
            invitation_id=f"i{next(self.ids)}",
            leg=self.call.leg(self.first()),
            target=target,
            asked=ASKED,
            patience=30.0,
            shown="4:+18005550100",
        )
        self.call.participants.add(self.first(), invitation)

    def transfer_friend(self) -> None:
        transfer = Transfer(
            target=USER,
            operation_context=None,
            callback_url="http://a/",
            voip_headers=None,
            sip_headers=None,
            transferee=FRIEND,
        )
        self.call.transfer(self.first(), transfer)

    def answer(self) -> None:
        ring = self.rings[-1]
        if self.call.transfers.is_leaving(ring):
            self.call.transfers.leave_group(ring.ring_id)
        else:
            super().answer()


INPUTS: dict[str, Callable[[World], None]] = {
    "answer": World.answer,
    "elapse": World.elapse,
    "friend": lambda w: w.invite(FRIEND),
    "user": lambda w: w.invite(USER),
    "remove": lambda w: w.call.participants.remove(w.first(), FRIEND, ASKED),
    "put_down": lambda w: w.call.departures.hang_up_phone(FRIEND, "bye"),
    "transfer": World.transfer_friend,
    "reject": lambda w: w.call.deflections.reject(w.rings[-1].ring_id, "busy"),
    "redirect": lambda w: w.call.deflections.redirect(w.rings[-1].ring_id, PHONE),
    "leave": lambda w: w.call.hang_up(w.first(), everybody=False),
    "caller": lambda w: w.call.hang_up_caller("bye"),
    "start": lambda w: w.call.streaming.start(w.first(), ASKED),
    "stop": lambda w: w.call.streaming.stop(w.first(), ASKED),
    "opened": lambda w: w.media(w.call.media_opened),
}


class GroupOrderTests(SynchronousTestCase):
    """
    Whatever comes in whatever order, some things always hold.
    """

    def check(self, world: World, names: tuple[str, ...]) -> None:
        actions, call = world.actions, world.call
        ends = [a for a in actions if isinstance(a, Ended)]
        self.assertEqual(len(ends), call.state == "ended", names)
        for leg in call.legs.values():
            kinds = [
                a.kind for a in actions if isinstance(a, Callback) and a.leg is leg
            ]
            over = sum(kind in OVER for kind in kinds)
            self.assertEqual(over, leg.state is LegState.DISCONNECTED, names)
            opened = sum(isinstance(a, OpenMedia) and a.leg is leg for a in actions)
            closed = sum(isinstance(a, CloseMedia) and a.leg is leg for a in actions)
            if leg.state is LegState.DISCONNECTED:
                self.assertLessEqual(opened, closed, names)
            self.assertLessEqual(opened, closed + 1, names)
        if call.state == "ended":
            self.assertEqual(call.active_legs, [], names)
            self.assertFalse(call.invitations.are_open, names)
        else:
            picked = {a.raw_id for a in actions if isinstance(a, PickUp)}
            down = {a.raw_id for a in actions if isinstance(a, PutDown)}
            self.assertLessEqual(picked - down, set(call.roster.phones), names)
            if call.state == "connected":
                self.assertGreater(call.size, 1, names)

    def test_orders(self) -> None:
        """
        After every sequence of four inputs, with one caller or with a friend
        added: one end at most, each leg told of its end once, no media left
        open, nobody left alone, nobody left ringing after the end.
        """
        setups: list[tuple[str, ...]] = [
            ("answer", "elapse", "opened", "elapse", "elapse"),
            ("answer", "elapse", "opened", "elapse", "elapse", "friend", "elapse"),
        ]
        for setup, inputs in product(setups, product(INPUTS, repeat=3)):
            world, names = World(), (*setup, *inputs, "elapse")
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
        for name in ("answer", "elapse", "opened", "elapse", "elapse"):
            INPUTS[name](world)
        self.assertEqual(world.call.roster.phones, [CALLER])
        world.invite(FRIEND)
        world.elapse()
        self.assertEqual(world.call.roster.phones, [CALLER, FRIEND])
