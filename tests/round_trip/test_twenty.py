"""
Twenty round trips at once.
"""

from __future__ import annotations

from typing import Any

from ..ivr_sample.house import HUMAN
from .house import KEYS, WITH_AGENT, RoundTripTestCase

CALLS = 20


class TwentyTests(RoundTripTestCase):
    """
    Callers do not get into each other's way.
    """

    def test_round_trips(self) -> None:
        """
        Each has a number and variables of its own, there and back, and a conversation
        of its own all along.
        """
        (menu, choice), (ask, _), (confirm, yes) = KEYS
        ids = [
            self.press(
                (menu, choice),
                (ask, f"123{n:02}"),
                (confirm, yes),
                **{"from": f"+142555501{n:02}"},
            )
            for n in range(CALLS)
        ]
        self.reactor.run_for(WITH_AGENT)
        agents = self.agents.agents
        numbers = {(a.call.caller, a.call.variables["accountNumber"]) for a in agents}
        wanted = {(f"4:+142555501{n:02}", f"123{n:02}") for n in range(CALLS)}
        self.assertEqual((len(agents), numbers), (CALLS, wanted))
        for agent in agents:
            self.hand_back(agent, intent="billing", who=agent.call.caller)
        self.reactor.run_for(5)
        self.assertSeparate([self.caller_side(call_id) for call_id in ids])

    def assertSeparate(self, sides: list[dict[str, Any]]) -> None:
        """
        @param sides: what the emulator says of each call.
        """
        self.assertEqual({s["outcome"] for s in sides}, {f"transferred to {HUMAN}"})
        self.assertEqual(self.gateway_outcomes(), ["transferred"] * CALLS)
        legs = self.legs()
        self.assertEqual(len(legs), 2 * CALLS)
        conversations = {s["correlation_id"]: f"4:{s['from']}" for s in sides}
        self.assertEqual(len(conversations), CALLS)
        out = {leg["conversation_id"]: leg for leg in legs if leg["kind"] == "inbound"}
        back = {leg["conversation_id"]: leg for leg in legs if leg["kind"] == "return"}
        through = {c["conversation_id"]: c for c in self.gateway_calls()}
        self.assertEqual(set(conversations), set(out))
        for conversation, caller in conversations.items():
            account = f"123{caller[-2:]}"
            self.assertEqual(out[conversation]["outcome"], "handed over")
            self.assertEqual(out[conversation]["sent"]["accountNumber"], account)
            self.assertEqual(through[conversation]["variables"]["who"], caller)
            self.assertEqual(back[conversation]["outcome"], "sent to a human")
            self.assertEqual(back[conversation]["returned"]["who"], caller)
