"""
How a conversation with the agent can end, and what the IVR makes of it.
"""

from __future__ import annotations

from typing import Any

from acsgw.interfaces import TransferKind

from ..ivr_sample.house import HUMAN, IVR_USER
from .house import RoundTripTestCase


class HandedOnTests(RoundTripTestCase):
    """
    The agent asks for somebody else.
    """

    def test_human(self) -> None:
        """
        A human: the caller comes back, hears why, and is put through; values in any
        alphabet come along, there and back.
        """
        call_id, agent = self.come_to_agent()
        self.assertEqual(
            agent.call.variables,
            {"topic": "orders", "accountNumber": "12345", "handovers": "1"},
        )
        given: dict[str, Any] = {
            "intent": "billing",
            "Größe": "naïve 😀 漢字",
            "empty": "",
        }
        self.hand_back(agent, **given)
        self.reactor.run_for(4)
        self.assertSides(
            call_id,
            network=f"transferred to {HUMAN}",
            gateway=["transferred"],
            ivr=["handed over", "sent to a human"],
        )
        back = dict(self.legs()[1]["returned"])
        self.assertEqual(back.pop("conversationId"), agent.call.conversation_id)
        self.assertEqual(back, {**given, "handoverKind": "agent"})
        story = self.caller_side(call_id)["story"]
        told = [e["text"] for e in story if e["what"] == "transfer"]
        self.assertEqual(
            [text.rpartition(" ")[2] for text in told], ["for", "accepted"] * 3
        )

    def test_system(self) -> None:
        """
        A system: the IVR offers a callback, which the caller wants.
        """
        call_id, agent = self.come_to_agent((9.5, "1"))
        self.hand_back(agent, TransferKind.SYSTEM)
        self.reactor.run_for(5)
        self.assertSides(
            call_id,
            network="hung up by service",
            gateway=["transferred"],
            ivr=["handed over", "callback asked for"],
        )

    def test_address(self) -> None:
        """
        An address, which is the IVR's: the same way, by another name.
        """
        call_id, agent = self.come_to_agent()
        self.hand_back(agent, TransferKind.ADDRESS, IVR_USER, intent="other")
        self.reactor.run_for(4)
        self.assertSides(
            call_id,
            network="hung up by service",
            gateway=["transferred"],
            ivr=["handed over", "completed"],
        )
        self.assertEqual(self.legs()[1]["returned"]["handoverKind"], "address")

    def test_without_number(self) -> None:
        """
        A caller without a number goes there and back, but is offered no callback.
        """
        call_id, agent = self.come_to_agent(**{"from": "anonymous"})
        self.assertEqual(agent.call.caller, "4:anonymous")
        self.hand_back(agent, TransferKind.SYSTEM, intent="order")
        self.reactor.run_for(4)
        self.assertSides(
            call_id,
            network="hung up by service",
            gateway=["transferred"],
            ivr=["handed over", "completed"],
        )
        self.assertEqual(self.legs()[1]["returned"]["intent"], "order")
        self.assertNotIn("asked callback", self.whats())


class OverTests(RoundTripTestCase):
    """
    The agent ends the conversation without a transfer; the account says nothing.
    """

    def test_hung_up(self) -> None:
        """
        The caller hears the last words, and that is all.
        """
        call_id, agent = self.come_to_agent()
        self.speak(agent, 1)
        agent.events.ended("done", {"outcome": "completed"})
        self.reactor.run_for(3)
        self.assertSides(
            call_id,
            network="hung up by service",
            gateway=["completed by agent"],
            ivr=["handed over"],
        )
        self.assertEqual(self.gateway_calls()[0]["variables"], {"outcome": "completed"})


class LostTests(RoundTripTestCase):
    """
    Agents that crash.
    """

    def test_again(self) -> None:
        """
        The caller comes back, and gets another agent; but not for ever.
        """
        call_id, first = self.come_to_agent()
        first.events.failed("crash")
        self.reactor.run_for(3)
        self.assertEqual(len(self.agents.agents), 2)
        second = self.agents.agents[1]
        self.assertEqual(second.call.conversation_id, first.call.conversation_id)
        self.assertIsNone(second.call.resume_of)
        second.events.failed("crash")
        self.reactor.run_for(5)
        self.assertSides(
            call_id,
            network=f"transferred to {HUMAN}",
            gateway=["transferred"] * 2,
            ivr=["handed over", "handed over", "sent to a human"],
        )
        reasons = [call["reason"] for call in self.gateway_calls()]
        self.assertEqual(reasons, ["after agent lost: crash"] * 2)


class SurveyTests(RoundTripTestCase):
    """
    An account whose callers go back when all is done.
    """

    account = {"handover": {"completed": ["return", "hang up"]}}

    def test_survey(self) -> None:
        """
        They are asked how it was.
        """
        call_id, agent = self.come_to_agent((10.0, "4"))
        agent.events.ended("done", {"outcome": "completed"})
        self.reactor.run_for(6)
        self.assertSides(
            call_id,
            network="hung up by service",
            gateway=["transferred"],
            ivr=["handed over", "completed"],
        )
        self.assertEqual(self.gateway_calls()[0]["reason"], "after completed by agent")
        back = self.legs()[1]
        self.assertEqual(back["rating"], 4)
        self.assertEqual(back["returned"]["outcome"], "completed")
        self.assertEqual(back["returned"]["handoverKind"], "completed")
