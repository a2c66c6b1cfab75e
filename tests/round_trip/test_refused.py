"""
The way back is barred: what becomes of the caller.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..ivr_sample.house import (
    EVENT_KEY,
    HUMAN,
    IVR,
    IVR_USER,
    wav,
)
from ..scenarios.house import ACCESS_KEY, EMULATOR, LINE, RESOURCE
from .house import KEYS, RoundTripTestCase

#: Whom the gateway tries when nothing else works.
FALLBACK = "+14255550177"

NUMBERS = {"key": "data.to.kind", "operator": "StringIn", "values": ["phoneNumber"]}
AND_BACK = {
    "key": "data.to.rawId",
    "operator": "StringBeginsWith",
    "values": ["4:", IVR_USER],
}


class BarredTestCase(RoundTripTestCase):
    """
    A ring lasts five seconds; the account knows a number for the worst case.
    """

    emulator_settings = {
        "resource": {
            "access_key": ACCESS_KEY,
            "immutable_id": RESOURCE,
            "users": ["gateway", "ivr"],
        },
        "timing": {"ring": 5.0},
    }

    def setUp(self) -> None:
        folder = Path(self.mktemp())
        folder.mkdir()
        prompt = folder.resolve() / "sorry.wav"
        prompt.write_bytes(wav(0.5))
        self.account = {
            "caller_id": LINE,
            "fallback_to": FALLBACK,
            "fallback_prompt": str(prompt),
        }
        super().setUp()

    def subscribe_ivr(self, only: dict[str, Any]) -> None:
        """
        Have the IVR told of these calls only.
        """
        subscription = {
            "endpoint": f"{IVR}/v1/events",
            "schema": "CloudEventSchemaV1_0",
            "headers": {"x-ivr-key": EVENT_KEY},
            "filters": [only],
        }
        url = f"{EMULATOR}/emulator/subscriptions/ivr"
        self.assertEqual(self.request("PUT", url, subscription)[0], 200)
        self.reactor.run_for(0.1)

    def whats_of_gateway(self) -> list[str]:
        return [m["what"] for m in self.gateway_calls()[-1]["timeline"]]


class LiteralFiltersTests(BarredTestCase):
    """
    The two filters of the integration page, word for word: numbers to the IVR, the
    gateway's user to the gateway.
    """

    def setUp(self) -> None:
        super().setUp()
        self.subscribe_ivr(NUMBERS)

    def test_lost_and_cured(self) -> None:
        """
        Nobody is told of the call that comes back; the agent hears of it and goes
        on with the caller.  With the IVR's user in the filter, the next try works.
        """
        call_id, agent = self.come_to_agent()
        self.hand_back(agent, intent="billing")
        self.reactor.run_for(3)
        failed = [told for told in agent.told if told[0] == "transfer_result"]
        self.assertEqual([told[1:3] for told in failed], [("1", False)])
        self.assertEqual(self.outcomes(), ["handed over"])
        self.assertEqual(self.gateway_outcomes(), [None])
        already = len(agent.heard)
        self.reactor.run_for(1)
        self.assertGreater(len(agent.heard), already)

        self.subscribe_ivr(AND_BACK)
        self.hand_back(agent, intent="billing")
        self.reactor.run_for(4)
        self.assertSides(
            call_id,
            network=f"transferred to {HUMAN}",
            gateway=["transferred"],
            ivr=["handed over", "sent to a human"],
        )

    def test_agent_is_gone(self) -> None:
        """
        An agent that has left after asking is replaced by a new session, which knows
        what it goes on with.
        """
        call_id, first = self.come_to_agent()
        self.hand_back(first, intent="billing")
        first.events.finished()
        self.reactor.run_for(3)
        second = self.agents.agents[-1]
        self.assertEqual(second.call.resume_of, first.call.call_id)
        self.assertEqual(second.call.variables, first.call.variables)
        second.events.ended("done", {})
        self.reactor.run_for(2)
        self.assertSides(
            call_id,
            network="hung up by service",
            gateway=["completed by agent"],
            ivr=["handed over"],
        )

    def test_no_agent_is_left(self) -> None:
        """
        Where no new session can be had, the caller hears the prompt and gets to the
        number; nothing of the IVR's is needed.
        """
        call_id, agent = self.come_to_agent()
        self.agents.refuse = "full"
        self.hand_back(agent, intent="billing")
        agent.events.finished()
        self.reactor.run_for(6)
        self.assertSides(
            call_id,
            network=f"transferred to {FALLBACK}",
            gateway=["transferred"],
            ivr=["handed over"],
        )
        whats = self.whats_of_gateway()
        began = whats.index("transfer_failed")
        self.assertEqual(whats[began : began + 2], ["transfer_failed", "looked_up"])

    def test_agent_lost(self) -> None:
        """
        A crash of the agent and a way back that is barred: the number, too.
        """
        call_id, agent = self.come_to_agent()
        agent.events.failed("crash")
        self.reactor.run_for(6)
        self.assertSides(
            call_id,
            network=f"transferred to {FALLBACK}",
            gateway=["transferred"],
            ivr=["handed over"],
        )


class CannotAnswerTests(BarredTestCase):
    """
    An IVR that is told of the call, but cannot answer it.
    """

    def test_refused(self) -> None:
        """
        The network refuses the answer: the IVR's record says so, the gateway hears
        of it when the ring is over, and so does the agent.
        """
        call_id, agent = self.come_to_agent()
        self.fault("rest", {"operation": "answer"}, {"status": 403})
        self.hand_back(agent, intent="billing")
        self.reactor.run_for(7)
        self.assertEqual(self.outcomes(), ["handed over", "answer failed"])
        failed = [told[1:3] for told in agent.told if told[0] == "transfer_result"]
        self.assertEqual(failed, [("1", False)])
        agent.events.ended("done", {})
        self.reactor.run_for(2)
        self.assertSides(
            call_id,
            network="hung up by service",
            gateway=["completed by agent"],
            ivr=["handed over", "answer failed"],
        )


class FullTests(BarredTestCase):
    """
    An IVR that takes one call at a time.
    """

    ivr_changes: dict[str, Any] = {**BarredTestCase.ivr_changes, "ivr__max_calls": 1}

    def test_full(self) -> None:
        """
        It answers 503, and Event Grid's next try would come when the ring is over:
        the caller goes on with the agent, whose next try works.
        """
        call_id, agent = self.come_to_agent()
        other = self.place_call(**{"from": "+14255550124"})
        self.reactor.run_for(1)
        self.hand_back(agent, intent="billing")
        self.reactor.run_for(5.5)
        failed = [told[1:3] for told in agent.told if told[0] == "transfer_result"]
        self.assertEqual(failed, [("1", False)])
        self.assertEqual(self.outcomes(), ["handed over", None])
        self.hang_up(other)
        self.reactor.run_for(1)
        self.hand_back(agent, intent="billing")
        self.reactor.run_for(4)
        self.assertEqual(
            self.outcomes(), ["handed over", "caller hung up", "sent to a human"]
        )
        self.assertEqual(self.gateway_outcomes(), ["transferred"])
        self.assertEqual(
            self.caller_side(call_id)["outcome"], f"transferred to {HUMAN}"
        )


class DrainingTests(BarredTestCase):
    """
    An IVR that stops while a caller is with the agent.
    """

    def test_gone(self) -> None:
        """
        It holds no call of the caller any more, so it stops at once; the caller goes
        on with the agent, and to the number when the agent is lost.
        """
        call_id, agent = self.come_to_agent()
        stopped = self.ivr.stopService()
        self.reactor.run_for(0.1)
        if stopped is not None:
            self.successResultOf(stopped)
        self.ivr_is_up = False
        self.hand_back(agent, intent="billing")
        self.reactor.run_for(8)
        failed = [told[1:3] for told in agent.told if told[0] == "transfer_result"]
        self.assertEqual(failed, [("1", False)])
        agent.events.failed("crash")
        self.reactor.run_for(9)
        self.assertEqual(self.gateway_outcomes(), ["transferred"])
        self.assertEqual(
            self.caller_side(call_id)["outcome"], f"transferred to {FALLBACK}"
        )

    def test_draining(self) -> None:
        """
        While it still serves somebody else it answers 503: a caller who comes back
        meanwhile is not taken, and goes on with the agent.
        """
        call_id, agent = self.come_to_agent()
        other = self.place_call(**{"from": "+14255550124"})
        self.reactor.run_for(1)
        stopped: Any = self.ivr.stopService()
        self.hand_back(agent, intent="billing")
        self.reactor.run_for(1)
        self.assertNoResult(stopped)
        story = self.caller_side(call_id)["story"]
        self.assertIn("IncomingCall refused by ivr: 503", story[-1]["text"])
        self.reactor.run_for(8)
        self.successResultOf(stopped)
        self.ivr_is_up = False
        self.assertEqual(self.caller_side(other)["outcome"], f"transferred to {HUMAN}")
        failed = [told[1:3] for told in agent.told if told[0] == "transfer_result"]
        self.assertEqual(failed, [("1", False)])
        agent.events.ended("done", {})
        self.reactor.run_for(2)
        self.assertEqual(self.gateway_outcomes(), ["completed by agent"])


class GatewayRefusesTests(BarredTestCase):
    """
    The way there is barred.
    """

    def test_gateway_cannot_answer(self) -> None:
        """
        The network refuses the gateway's answer: the IVR apologizes and finds a human.
        """
        call_id = self.press(*KEYS)
        self.reactor.run_for(2)  # the IVR has answered
        self.fault("rest", {"operation": "answer"}, {"status": 403})
        self.reactor.run_for(13)
        self.assertSides(
            call_id,
            network=f"transferred to {HUMAN}",
            gateway=["answer failed"],
            ivr=["sent to a human"],
        )
        self.assertIn("said apology.wav", self.whats())
