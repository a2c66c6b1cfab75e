"""
The caller hangs up, in each phase of the round trip.
"""

from __future__ import annotations

from .house import KEYS, RoundTripTestCase

HUNG_UP = "hung up by caller"
LEFT = "caller hung up"


class AtTheIvrTests(RoundTripTestCase):
    """
    Before the agent.
    """

    def test_ringing(self) -> None:
        """
        Before the IVR has even heard of the call: answering fails, and that is all.
        """
        self.fault("event", {"subscription": "ivr"}, {"delay": 1.0})
        call_id = self.press(*KEYS)
        self.reactor.run_for(0.5)
        self.hang_up(call_id)
        self.reactor.run_for(3)
        self.assertSides(
            call_id,
            network=f"{HUNG_UP} before the answer",
            gateway=[],
            ivr=["answer failed"],
        )

    def assertLeaves(self, milestone: str, moment: float = 0.1) -> None:
        """
        Whoever leaves so long after a milestone is gone for all.
        """
        call_id = self.press(*KEYS)
        self.until_ivr(milestone)
        self.reactor.run_for(moment)
        self.hang_up(call_id)
        self.reactor.run_for(2)
        self.assertSides(call_id, network=HUNG_UP, gateway=[], ivr=[LEFT])
        self.assertNotIn("transfer human", self.whats())

    def test_menu(self) -> None:
        """
        During the menu.
        """
        self.assertLeaves("asked menu")

    def test_digits(self) -> None:
        """
        With the account number half keyed: nothing of it is kept.
        """
        call_id = self.press((1.0, "1"), (2.0, "123"))
        self.until_ivr("asked account")
        self.reactor.run_for(1.5)
        self.hang_up(call_id)
        self.reactor.run_for(2)
        self.assertSides(call_id, network=HUNG_UP, gateway=[], ivr=[LEFT])
        self.assertEqual(self.legs()[0]["sent"], {})
        self.assertNotIn("123", str(self.legs()[0]["timeline"]))

    def test_confirm(self) -> None:
        """
        While the number is read back.
        """
        self.assertLeaves("asked confirm", 0.5)

    def test_on_the_way_to_the_gateway(self) -> None:
        """
        While the gateway rings: it is too late to answer then, and the agent is
        never asked.
        """
        self.fault("event", {"subscription": "gateway"}, {"delay": 1.0})
        call_id = self.press(*KEYS)
        self.until_ivr("transfer agent")
        self.reactor.run_for(0.3)
        self.hang_up(call_id)
        self.reactor.run_for(3)
        self.assertSides(
            call_id, network=HUNG_UP, gateway=["answer failed"], ivr=[LEFT]
        )
        self.assertEqual(self.agents.agents, [])


class AtTheGatewayTests(RoundTripTestCase):
    """
    With the agent.
    """

    def test_greeting(self) -> None:
        """
        During the agent's first words: the agent hears of it, and the rest of the
        words is not played to anybody.
        """
        call_id, agent = self.come_to_agent()
        self.speak(agent, 5)
        self.reactor.run_for(1)
        self.hang_up(call_id)
        self.reactor.run_for(2)
        self.assertSides(call_id, network=HUNG_UP, gateway=[LEFT], ivr=["handed over"])
        self.assertIn("caller_gone", [told[0] for told in agent.told])

    def test_talk(self) -> None:
        """
        In the middle of the conversation.
        """
        call_id, agent = self.come_to_agent()
        self.speak(agent, 0.5)
        self.reactor.run_for(3)
        self.assertGreater(len(agent.heard), 0)
        self.hang_up(call_id)
        self.reactor.run_for(2)
        self.assertSides(call_id, network=HUNG_UP, gateway=[LEFT], ivr=["handed over"])
        self.assertIn("caller_gone", [told[0] for told in agent.told])

    def test_during_last_words(self) -> None:
        """
        While the agent says what comes before the transfer: nobody is rung.
        """
        call_id, agent = self.come_to_agent()
        self.speak(agent, 3)
        self.hand_back(agent)
        self.reactor.run_for(1)
        self.hang_up(call_id)
        self.reactor.run_for(4)
        self.assertSides(call_id, network=HUNG_UP, gateway=[LEFT], ivr=["handed over"])

    def test_on_the_way_back(self) -> None:
        """
        While the IVR rings: it is too late to answer, for the IVR.
        """
        call_id, agent = self.come_to_agent()
        self.fault("event", {"subscription": "ivr"}, {"delay": 1.0})
        self.hand_back(agent, intent="billing")
        self.reactor.run_for(0.5)
        self.assertEqual(self.milestones("transfer"), ["agent"])
        self.hang_up(call_id)
        self.reactor.run_for(5)
        self.assertSides(
            call_id,
            network=HUNG_UP,
            gateway=[LEFT],
            ivr=["handed over", "answer failed"],
        )


class BackAtTheIvrTests(RoundTripTestCase):
    """
    After the agent.
    """

    def assertLeaves(self, milestone: str, moment: float) -> None:
        call_id, agent = self.come_to_agent()
        self.hand_back(agent, intent="billing")
        self.until_ivr(milestone)
        self.reactor.run_for(moment)
        self.hang_up(call_id)
        self.reactor.run_for(5)
        self.assertSides(
            call_id,
            network=HUNG_UP,
            gateway=["transferred"],
            ivr=["handed over", LEFT],
        )
        self.assertEqual(self.legs()[1]["returned"]["intent"], "billing")

    def test_return_greeting(self) -> None:
        """
        While the IVR says who will take over.
        """
        self.assertLeaves("said back-agent.wav billing.wav human.wav", 0.1)
        self.assertNotIn("transfer human", self.whats())

    def test_on_the_way_to_the_human(self) -> None:
        """
        While the human's telephone rings.
        """
        self.assertLeaves("transfer human", 0.05)
