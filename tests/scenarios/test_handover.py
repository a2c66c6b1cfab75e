"""
The advanced pattern: an IVR hands the caller to the gateway with context, and gets
the caller back with what the agent found out.
"""

from __future__ import annotations

from .house import RESOURCE
from .ivr_house import GATEWAY_USER, HUMAN, IVR_USER, HandoverTestCase


class RoundTripTests(HandoverTestCase):
    """
    There and back.
    """

    def test_context_reaches_the_agent(self) -> None:
        """
        What the IVR collected are the agent's input variables, in any alphabet; what
        is ours is not among them; the conversation is the IVR's.
        """
        collected = {"accountNumber": "12345", "Größe": "naïve 😀 漢字", "empty": ""}
        agent = self.hand_over(
            {**collected, "returnIdentity": IVR_USER, "conversationId": "conv-1"}
        )
        self.assertEqual(agent.call.variables, collected)
        self.assertEqual(agent.call.conversation_id, "conv-1")
        self.assertEqual(agent.call.caller, "4:+14255550123")
        self.assertEqual(
            self.ivr.told[-2:], ["CallTransferAccepted", "CallDisconnected"]
        )
        record = self.record()
        self.assertEqual(record["conversation_id"], "conv-1")
        self.assertEqual(record["return_identity"], "8:acs:...0d00b7c4")

    def test_round_trip(self) -> None:
        """
        The agent asks for a human: the IVR has the caller back, with the output
        variables as texts, why, and the same conversation.
        """
        agent = self.hand_over({"returnIdentity": IVR_USER})
        conversation = self.ivr.incoming[0]["correlationId"]
        self.assertEqual(agent.call.conversation_id, conversation)
        self.ask_human(agent, intent="Rückfrage ☎", amount=12.5, vip=True, note=None)
        self.assertEqual(self.outcome(), ("transferred", ""))
        self.assertEqual(self.ivr.incoming[-1]["to"]["rawId"], IVR_USER)
        self.assertEqual(
            self.ivr.came_along(),
            {
                "conversationId": conversation,
                "handoverKind": "agent",
                "intent": "Rückfrage ☎",
                "amount": "12.5",
                "vip": "true",
            },
        )
        self.assertEqual(
            self.record()["variables"],
            {"intent": "Rückfrage ☎", "amount": "12.5", "vip": "true"},
        )
        self.assertEqual(
            self.remarks("output_variables"),
            ["output variables: null, left out: note"],
        )

    def test_caller_without_number(self) -> None:
        """
        A caller who withholds the number goes there and back like any other.
        """
        agent = self.hand_over({"returnIdentity": IVR_USER}, caller="anonymous")
        self.assertEqual(agent.call.caller, "4:anonymous")
        self.ask_human(agent, intent="order")
        self.assertEqual(self.outcome(), ("transferred", ""))
        self.assertEqual(self.ivr.came_along()["intent"], "order")
        self.assertEqual(self.ivr.incoming[-1]["from"]["rawId"], "4:anonymous")


class RefusedReturnTests(HandoverTestCase):
    """
    Somebody tries to steer the caller elsewhere.
    """

    account = {"transfer_to": HUMAN, "caller_id": "+18005550100"}

    def test_foreign(self) -> None:
        """
        A return identity of another resource is refused, and noted; the caller is
        handed on by the account's other rules, and the record says that nothing
        went along.
        """
        foreign = IVR_USER.replace(RESOURCE, "0" * 8 + RESOURCE[8:])
        agent = self.hand_over({"returnIdentity": foreign, "accountNumber": "7"})
        self.assertEqual(agent.call.variables, {"accountNumber": "7"})
        [text] = self.remarks("return_identity_refused")
        self.assertIn("it belongs to another resource", text)
        self.ask_human(agent, intent="refund")
        self.assertEqual(self.outcome(), ("transferred", ""))
        self.assertEqual(len(self.ivr.incoming), 1)
        self.assertEqual(
            self.remarks("output_variables"),
            ["output variables: a phone is told none: intent"],
        )
        self.assertEqual(self.remarks("handing_over"), ["agent, to ...0199"])

    def test_ourselves(self) -> None:
        """
        Nor is the caller returned to the gateway itself.
        """
        agent = self.hand_over({"returnIdentity": GATEWAY_USER.upper()})
        [text] = self.remarks("return_identity_refused")
        self.assertIn("it is the identity that was called", text)
        self.ask_human(agent)
        self.assertEqual(self.outcome(), ("transferred", ""))
        self.assertEqual(len(self.agents.agents), 1)


class SipTests(HandoverTestCase):
    """
    An account that wants what came through a session border controller.
    """

    account = {"variables": {"sip_headers": ["tier", "User-To-User"]}}

    def test_sip_headers(self) -> None:
        """
        The headers that it names are variables; of the others the record knows.
        """
        agent = self.hand_over(
            {"accountNumber": "7"},
            sip={
                "X-MS-Custom-Tier": "gold",
                "User-To-User": "616d617a6f6e;encoding=hex",
                "X-MS-Custom-Other": "1",
            },
        )
        self.assertEqual(
            agent.call.variables,
            {"accountNumber": "7", "tier": "gold", "User-To-User": "amazon"},
        )
        self.assertEqual(
            self.remarks("input_variables"),
            [
                "sipHeaders: not asked for by this account, passed over:"
                " X-MS-Custom-Other"
            ],
        )


class ExemplarTests(HandoverTestCase):
    """
    From a number on a dashboard to the call behind it.
    """

    def test_exemplar(self) -> None:
        """
        A scraper that asks for OpenMetrics hears the latest conversation of each
        outcome.
        """
        agent = self.hand_over({"conversationId": "conv-7"})
        agent.events.ended("done", {})
        self.reactor.run_for(2)
        url = "http://127.0.0.1:8081/metrics"
        accept = {"Accept": "application/openmetrics-text; version=1.0.0, */*;q=0.1"}
        _, text = self.request("GET", url, headers=accept)
        [line] = [
            line
            for line in text.splitlines()
            if line.startswith("acsgw_calls_ended_total")
        ]
        self.assertIn('{outcome="completed by agent"} 1.0', line)
        self.assertIn('# {conversation="conv-7"} 1.0', line)
        self.assertNotIn("conv-7", self.request("GET", url)[1])
