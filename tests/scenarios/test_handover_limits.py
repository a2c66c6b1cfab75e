"""
What travels with a caller, at and over the limits of the network.
"""

from __future__ import annotations

from typing import Any

from .house import GATEWAY
from .ivr_house import IVR_USER, HandoverTestCase


class LimitTests(HandoverTestCase):
    """
    An account as it is without settings.
    """

    def test_at_the_limits(self) -> None:
        """
        What is just within Azure's limits travels both ways as it is.
        """
        most = {f"key{n:03}": "v" for n in range(997)}
        large = {"k" * 64: "v" * 1024, **most}
        agent = self.hand_over({**large, "returnIdentity": IVR_USER})
        self.assertEqual(agent.call.variables, large)
        self.assertEqual(self.remarks("input_variables"), [])
        self.ask_human(agent, **large)
        self.assertEqual(
            {k: v for k, v in self.ivr.came_along().items() if k in large}, large
        )
        self.assertEqual(len(self.ivr.came_along()), 1000)
        self.assertEqual(self.remarks("output_variables"), [])

    def test_by_reference(self) -> None:
        """
        What is over the limits is fetched by the URL that travels, while it is
        valid, by whoever has it.
        """
        agent = self.hand_over({"returnIdentity": IVR_USER})
        values = {"summary": "Grüße 😀" * 400, "intent": "refund"}
        self.ask_human(agent, **values)
        headers = self.ivr.came_along()
        self.assertEqual(headers["intent"], "refund")
        self.assertNotIn("summary", headers)
        url = headers["variablesUrl"]
        self.assertTrue(url.startswith(f"{GATEWAY}/v1/variables/"))
        self.assertEqual(self.request("GET", url), (200, values))
        self.assertEqual(self.request("GET", url[:-1] + "!")[0], 401)
        self.assertEqual(
            self.remarks("output_variables"),
            [
                "output variables: the value has more than 1024 characters, to be"
                " fetched: summary"
            ],
        )
        self.reactor.run_for(600)
        self.assertEqual(self.request("GET", url)[0], 404)

    def test_fetched_while_stopping(self) -> None:
        """
        A gateway that stops after the transfer still gives out what came along.
        """
        agent = self.hand_over({"returnIdentity": IVR_USER})
        self.ask_human(agent, summary="x" * 2000)
        stopped: Any = self.gateway.stopService()
        self.reactor.run_for(3)
        self.assertNoResult(stopped)
        url = self.ivr.came_along()["variablesUrl"]
        self.assertEqual(self.request("GET", url), (200, {"summary": "x" * 2000}))
        self.reactor.run_for(1)
        self.successResultOf(stopped)


class CutTests(HandoverTestCase):
    """
    An account whose IVR fetches nothing, and which has names of its own.
    """

    account = {
        "variables": {
            "too_long": "cut",
            "return_identity": ["ivr", "backTo"],
            "handover_kind": "why",
        }
    }

    def test_cut(self) -> None:
        """
        What is too long is cut between characters, and noted.
        """
        agent = self.hand_over({"BACKTO": IVR_USER})
        self.ask_human(agent, summary="😀" * 600, why="mine")
        self.assertEqual(
            {k: v for k, v in self.ivr.came_along().items() if k != "conversationId"},
            {"why": "agent", "summary": "😀" * 512},
        )
        self.assertEqual(
            self.remarks("output_variables"),
            [
                "output variables: the value was cut to 1024 characters: summary",
                "output variables: the name is ours, left out: why",
            ],
        )
