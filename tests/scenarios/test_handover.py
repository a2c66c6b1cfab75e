"""
The advanced pattern: an IVR hands the caller to the gateway with context, and gets
the caller back with what the agent found out.
"""

from __future__ import annotations

from typing import Any

from acsgw.interfaces import TransferKind, TransferRequest
from acsgw.testing.scripted_agent import ScriptedAgent

from .house import ACCESS_KEY, EMULATOR, GATEWAY, RESOURCE, HouseTestCase
from .small_ivr import URL, SmallIvr

GATEWAY_USER = f"8:acs:{RESOURCE}_0000002b-1c7e-4a55-92fd-8b3a0d00a1f2"
IVR_USER = f"8:acs:{RESOURCE}_0000002b-1c80-11aa-92fd-8b3a0d00b7c4"
HUMAN = "+18005550199"


class HandoverTestCase(HouseTestCase):
    """
    An IVR before the gateway; one subscription tells it of calls to numbers and to
    its own user.
    """

    def setUp(self) -> None:
        super().setUp()
        self.ivr = SmallIvr(self.reactor, self.http, EMULATOR, ACCESS_KEY)
        own = {
            "key": "data.to.rawId",
            "operator": "StringBeginsWith",
            "values": ["4:", IVR_USER],
        }
        status, body = self.request(
            "PUT",
            f"{EMULATOR}/emulator/subscriptions/ivr",
            {"endpoint": f"{URL}/events", "filters": [own]},
        )
        self.assertEqual(status, 201, body)
        ours = {
            "key": "data.to.rawId",
            "operator": "StringIn",
            "values": [GATEWAY_USER],
        }
        self.subscribe(filters=[ours])

    def hand_over(
        self,
        context: dict[str, str],
        caller: str = "+14255550123",
        sip: dict[str, str] | None = None,
    ) -> ScriptedAgent:
        """
        A caller reaches the IVR and is handed to the gateway.

        @return: the agent, talking.
        """
        self.place_call(**{"from": caller})
        self.reactor.run_for(1)
        transferred = self.ivr.transfer(GATEWAY_USER, context, sip)
        self.reactor.run_for(1)
        self.successResultOf(transferred)
        return self.talk()

    def ask_human(self, agent: ScriptedAgent, **variables: object) -> None:
        request = TransferRequest(
            request_id="t1", kind=TransferKind.AGENT, variables=variables
        )
        agent.events.transfer(request)
        self.reactor.run_for(3)

    def remarks(self, what: str) -> list[str]:
        """
        @return: texts of these milestones of the gateway's latest call.
        """
        return [m["text"] for m in self.record()["timeline"] if m["what"] == what]


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
