"""
What travels with the caller there and back: at the limits of the network, and over.

IVR and gateway have no values but texts to send; what comes as something else is for
the tests of C{acsgw.acs.custom_context}.
"""

from __future__ import annotations

from typing import Any

from acsgw.interfaces import TransferKind

from ..ivr_sample.house import HUMAN
from .house import RoundTripTestCase

#: C{returnIdentity}, C{conversationId} and C{handovers}; C{topic} and the account.
OF_THE_IVR = 5

#: C{conversationId} and C{handoverKind}.
OF_THE_GATEWAY = 2


def many(count: int) -> dict[str, str]:
    """
    @return: so many; the first is as long as can be, in its name and in its value.
    """
    return {"k" * 64: "v" * 1024} | {f"key{n:03}": "v" for n in range(1, count)}


class ThereTests(RoundTripTestCase):
    """
    As many as Azure takes.
    """

    collected = many(1000 - OF_THE_IVR)
    ivr_changes: dict[str, Any] = {
        **RoundTripTestCase.ivr_changes,
        "gateway__variables": collected,
    }

    def test_at_the_limits(self) -> None:
        """
        The agent has all that the IVR can send, and it does not matter on the way
        back.
        """
        call_id, agent = self.come_to_agent()
        self.assertEqual(len(self.legs()[0]["sent"]), 1000)
        known = agent.call.variables
        self.assertEqual({k: known[k] for k in self.collected}, self.collected)
        self.assertEqual(self.milestones("input_variables"), [])
        self.hand_back(agent, intent="billing")
        self.reactor.run_for(4)
        self.assertSides(
            call_id,
            network=f"transferred to {HUMAN}",
            gateway=["transferred"],
            ivr=["handed over", "sent to a human"],
        )


class TooManyThereTests(RoundTripTestCase):
    """
    One more.
    """

    ivr_changes: dict[str, Any] = {
        **RoundTripTestCase.ivr_changes,
        "gateway__variables": many(1001 - OF_THE_IVR),
    }

    def test_one_too_many(self) -> None:
        """
        It is not even tried: the IVR says why, and the caller gets a human.
        """
        call_id = self.press((1.0, "1"), (2.0, "12345"), (5.0, "1"))
        self.reactor.run_for(9)
        self.assertSides(
            call_id,
            network=f"transferred to {HUMAN}",
            gateway=[],
            ivr=["sent to a human"],
        )
        self.assertIn(
            "transfer failed 1001 variables; at most 1000 can travel", self.whats()
        )


class BackTests(RoundTripTestCase):
    """
    What the agent found out, with an IVR that fetches what does not fit.
    """

    def come_back(self, **given: Any) -> dict[str, str]:
        """
        @return: what the IVR has of it, without what is the gateway's.
        """
        call_id, agent = self.come_to_agent()
        self.hand_back(agent, intent="billing", **given)
        self.reactor.run_for(4)
        self.assertSides(
            call_id,
            network=f"transferred to {HUMAN}",
            gateway=["transferred"],
            ivr=["handed over", "sent to a human"],
        )
        back: dict[str, str] = dict(self.legs()[1]["returned"])
        self.assertEqual(back.pop("conversationId"), agent.call.conversation_id)
        self.assertEqual(back.pop("handoverKind"), "agent")
        return back

    def test_at_the_limits(self) -> None:
        """
        As many as Azure takes go as they are; nothing is to be fetched.
        """
        given = many(999 - OF_THE_GATEWAY)
        back = self.come_back(**given)
        self.assertEqual(back, {**given, "intent": "billing"})
        self.assertEqual(self.milestones("output_variables"), [])

    def test_one_too_many(self) -> None:
        """
        The IVR fetches what did not fit, and has all.
        """
        given = many(1000 - OF_THE_GATEWAY)
        back = self.come_back(**given)
        self.assertEqual(back.pop("variablesUrl"), "(not kept)")
        self.assertEqual(back, {**given, "intent": "billing"})
        self.assertIn("variables fetched 999", self.whats())

    def test_too_long(self) -> None:
        """
        So it is with a name or a value that is one character too long.
        """
        given = {"n" * 65: "a", "value": "v" * 1025, "Größe": "😀" * 513}
        back = self.come_back(**given)
        self.assertEqual(back.pop("variablesUrl"), "(not kept)")
        self.assertEqual(back, {**given, "intent": "billing"})
        self.assertEqual(len(self.milestones("output_variables")), 2)

    def test_no_texts(self) -> None:
        """
        What is no text comes as JSON; null does not.
        """
        back = self.come_back(
            amount=12.5, vip=True, items=["a", {"ß": 1}], note=None, empty=""
        )
        wanted = {"amount": "12.5", "vip": "true", "items": '["a",{"ß":1}]'}
        self.assertEqual(back, {**wanted, "empty": "", "intent": "billing"})

    def test_reserved(self) -> None:
        """
        An agent cannot pretend to be the gateway, in any case: names that are ours
        do not travel, and what is fetched does not go before what travelled.
        """
        back = self.come_back(HandoverKind="completed", returnidentity="8:acs:x")
        self.assertEqual(back, {"variablesUrl": "(not kept)", "intent": "billing"})


class AgainTests(RoundTripTestCase):
    """
    Callers who are handed over again with what came back.
    """

    ivr_changes: dict[str, Any] = {
        **RoundTripTestCase.ivr_changes,
        "back__rules": [{"when": {"step": "next"}, "do": "agent"}],
    }

    def test_again(self) -> None:
        """
        The second agent has what the IVR collected no more, but all that the first
        one found out.
        """
        _, first = self.come_to_agent()
        self.hand_back(first, TransferKind.SYSTEM, step="next", Notiz="Grüße 😀")
        self.reactor.run_for(4)
        second = self.agents.agents[-1]
        self.assertIsNot(second, first)
        self.assertEqual(
            second.call.variables,
            {"step": "next", "Notiz": "Grüße 😀", "handovers": "2"},
        )
        second.events.ended("done", {})
        self.reactor.run_for(2)
        self.assertEqual(self.gateway_outcomes(), ["transferred", "completed by agent"])

    def test_too_long(self) -> None:
        """
        What is too long to go on (some characters count twice) has the caller sent
        to the human, and the record says which variable.
        """
        call_id, first = self.come_to_agent()
        self.hand_back(first, TransferKind.SYSTEM, step="next", summary="😀" * 513)
        self.reactor.run_for(6)
        self.assertSides(
            call_id,
            network=f"transferred to {HUMAN}",
            gateway=["transferred"],
            ivr=["handed over", "sent to a human"],
        )
        self.assertIn(
            "transfer failed variable 'summary': 1026 characters are more than 1024",
            self.whats(),
        )


class NowhereToFetchTests(RoundTripTestCase):
    """
    An IVR that does not know the gateway's address.
    """

    ivr_changes: dict[str, Any] = {
        name: value
        for name, value in RoundTripTestCase.ivr_changes.items()
        if name != "gateway__origin"
    }

    def test_not_fetched(self) -> None:
        """
        It fetches nothing, says so, and serves the caller with what fitted.
        """
        call_id, agent = self.come_to_agent()
        self.hand_back(agent, intent="billing", summary="v" * 1025)
        self.reactor.run_for(4)
        self.assertSides(
            call_id,
            network=f"transferred to {HUMAN}",
            gateway=["transferred"],
            ivr=["handed over", "sent to a human"],
        )
        self.assertIn(
            "variables missing variablesUrl is not of gateway.origin; not fetched",
            self.whats(),
        )
        self.assertEqual(
            set(self.legs()[1]["returned"]),
            {"intent", "variablesUrl", "conversationId", "handoverKind"},
        )
        self.reactor.run_for(600, step=1)  # else the gateway waits for it when it stops
