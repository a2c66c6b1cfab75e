"""
The agent is over, and the caller goes back to the IVR that sent him.
"""

from __future__ import annotations

from typing import Any

from .ivr_house import IVR_USER, HandoverTestCase


class AgentOverTests(HandoverTestCase):
    """
    The account's rules say "return", whatever became of the agent.
    """

    account: dict[str, Any] = {
        **HandoverTestCase.account,
        "handover": {"completed": ["return"], "agent_lost": ["return"]},
    }

    def test_completed(self) -> None:
        """
        The conversation is complete: the caller is not hung up, but returned with
        what was found out.
        """
        agent = self.hand_over({"returnIdentity": IVR_USER})
        agent.events.ended("done", {"intent": "order"})
        self.reactor.run_for(5)
        self.assertEqual(self.outcome(), ("transferred", "after completed by agent"))
        came_along = self.ivr.came_along()
        self.assertEqual(came_along["handoverKind"], "completed")
        self.assertEqual(came_along["intent"], "order")

    def test_agent_lost(self) -> None:
        """
        So is a caller whose agent crashed.
        """
        agent = self.hand_over({"returnIdentity": IVR_USER})
        agent.events.failed("it crashed")
        self.reactor.run_for(5)
        self.assertEqual(
            self.outcome(), ("transferred", "after agent lost: it crashed")
        )
        self.assertEqual(self.ivr.came_along()["handoverKind"], "agent lost")

    def test_nobody_to_return_to(self) -> None:
        """
        A caller who came without return identity is hung up.
        """
        self.hand_over({}).events.ended("done", {})
        self.reactor.run_for(5)
        self.assertEqual(self.outcome(), ("completed by agent", ""))
