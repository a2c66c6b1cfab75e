"""
Tests for L{acsgw.calls.handover}.
"""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acsgw.calls.handover import (
    HANG_UP,
    RETURN,
    HandoverRules,
    targets,
    why_not_return_to,
    why_not_transfer_to,
)
from acsgw.interfaces import TransferKind

from .world import RESOURCE

IVR = f"8:acs:{RESOURCE}_0000002b-1c80-11aa-92fd-8b3a0d00b7c4"
GATEWAY = f"8:acs:{RESOURCE}_0000002b-1c7e-4a55-92fd-8b3a0d00a1f2"
HUMAN = "4:+18005550199"
BY_RULES = tuple(kind for kind in TransferKind if kind is not TransferKind.ADDRESS)


class RulesTests(SynchronousTestCase):
    """
    Tests for L{HandoverRules} and L{targets}.
    """

    def test_usual(self) -> None:
        """
        Who sent the caller gets them back, else who takes callers; one whose
        conversation is complete may go, and nobody is left with a lost agent.
        """
        for return_identity, transfer_to in product((None, IVR), (None, HUMAN)):
            rules = HandoverRules.usual(transfer_to)
            onward = tuple(t for t in (return_identity, transfer_to) if t)
            for kind, expected in (
                (TransferKind.AGENT, onward),
                (TransferKind.SYSTEM, onward),
                (TransferKind.COMPLETED, (HANG_UP,)),
                (TransferKind.AGENT_LOST, (*onward, HANG_UP)),
                (TransferKind.ADDRESS, ()),
            ):
                self.assertEqual(targets(rules, kind, return_identity), expected)

    def test_each_kind_has_its_own(self) -> None:
        """
        The rule of one kind is not that of another.
        """
        rules = HandoverRules(
            agent=("4:+11",), system=("4:+12",), completed=("4:+13",), agent_lost=("x",)
        )
        self.assertEqual(
            [targets(rules, kind, None) for kind in BY_RULES],
            [("4:+11",), ("4:+12",), ("4:+13",), ("x",)],
        )

    @given(
        st.lists(st.sampled_from([RETURN, HANG_UP, HUMAN, IVR, "8:orgid:1"])),
        st.sampled_from([None, IVR, GATEWAY]),
    )
    @settings(derandomize=True, deadline=None, max_examples=150, database=None)
    def test_order(self, entries: list[str], return_identity: str | None) -> None:
        """
        Targets stand in the order of the rule, each once, and with nothing after the
        end.
        """
        rules = HandoverRules(
            agent=tuple(entries), system=(), completed=(), agent_lost=()
        )
        found = targets(rules, TransferKind.AGENT, return_identity)
        self.assertEqual(len(set(found)), len(found))
        self.assertNotIn(RETURN, found)
        self.assertNotIn(HANG_UP, found[:-1])
        meant = [return_identity if e == RETURN else e for e in entries]
        places = [meant.index(target) for target in found]
        self.assertEqual(places, sorted(places))
        before_end = meant[: meant.index(HANG_UP) + 1] if HANG_UP in meant else meant
        self.assertEqual(set(found), {t for t in before_end if t})


class IdentityTests(SynchronousTestCase):
    """
    Tests for L{why_not_return_to} and L{why_not_transfer_to}.
    """

    def test_same_resource(self) -> None:
        """
        Users of the same resource are taken, in all clouds, whatever their case.
        """
        for identity in (
            IVR,
            IVR.upper(),
            IVR.replace("8:acs:", "8:gcch-acs:"),
            IVR.replace("8:acs:", "8:dod-acs:"),
        ):
            self.assertIsNone(why_not_return_to(identity, RESOURCE, GATEWAY))
            self.assertIsNone(why_not_return_to(identity, RESOURCE.upper(), GATEWAY))
            self.assertIsNone(why_not_transfer_to(identity, RESOURCE, GATEWAY))

    def test_other_resource(self) -> None:
        """
        A caller is not steered to somebody else's users.
        """
        for foreign in (RESOURCE[:-1] + "0", "0" * 36, RESOURCE[1:] + "0"):
            identity = IVR.replace(RESOURCE, foreign)
            for why in (why_not_return_to, why_not_transfer_to):
                reason = why(identity, RESOURCE, GATEWAY)
                self.assertEqual(reason, "it belongs to another resource")

    def test_ourselves(self) -> None:
        """
        A caller is not sent in circles.
        """
        for identity in (GATEWAY, GATEWAY.upper()):
            for why in (why_not_return_to, why_not_transfer_to):
                reason = why(identity, RESOURCE, GATEWAY)
                self.assertEqual(reason, "it is the identity that was called")

    def test_no_user(self) -> None:
        """
        Anything else does not count as a return identity.
        """
        for given_id in (
            "",
            "x",
            HUMAN,
            "+18005550199",
            f"8:acs:{RESOURCE}",
            f"8:acs:{RESOURCE}_",
            f"8:acs:{RESOURCE}_a b",
            f"8:acs:{RESOURCE}_a\n",
            f" {IVR}",
            f"{IVR}/../x",
            f"8:acs:{RESOURCE}_{'a' * 129}",
            f"8:foo-acs:{RESOURCE}_a",
            f"8:orgid:{RESOURCE}",
            f"28:{RESOURCE}",
            f"8:acs:x{RESOURCE}_a",
        ):
            reason = why_not_return_to(given_id, RESOURCE, GATEWAY)
            self.assertEqual(reason, "it is not the id of a communication user")

    def test_agent_may_name_others(self) -> None:
        """
        An agent may send callers to phones and to Teams; what looks like a
        communication user must be one of ours.
        """
        for target in (HUMAN, "8:orgid:x", "28:bot"):
            self.assertIsNone(why_not_transfer_to(target, RESOURCE, GATEWAY))
        for target in ("8:acs:x", "8:ACS:x", "8:foo-acs:x", f"8:acs:{RESOURCE}_"):
            self.assertIsNotNone(why_not_transfer_to(target, RESOURCE, GATEWAY))
