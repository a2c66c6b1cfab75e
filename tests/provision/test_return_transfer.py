"""
The round trip with the filters of the integration page, which lose the caller, and
with those that C{acsgw provision} makes, which do not.

The gateway's webhook and the IVR's are both played by plain ones here: it is about
who is told of which call.
"""

from __future__ import annotations

from typing import Any

from azure.communication.callautomation import CommunicationUserIdentifier
from azure.communication.callautomation.aio import CallAutomationClient
from azure.core.credentials import AzureKeyCredential
from twisted.web.server import Site

from acsgw.acs.treq_transport import TreqTransport
from acsgw.provision.command import Order

from ..scenarios.house import ACCESS_KEY, CALLER, EMULATOR, LINE, RESOURCE
from .support import ADVANCED, AZURE, IVR_URL, TOPICS, AzureTestCase, Ivr

GATEWAY_PORT = 5001
ON_TOPIC = f"{TOPICS}/acsgw-emulator/eventSubscriptions"


class ReturnTransferTests(AzureTestCase):
    """
    A caller reaches the IVR, then the gateway, and comes back, or does not.
    """

    def setUp(self) -> None:
        super().setUp()
        self.hook = Ivr()
        port = GATEWAY_PORT
        self.reactor.listenTCP(port, Site(self.hook, reactor=self.reactor))
        # As an application of the resource has it.
        self.client = CallAutomationClient(
            EMULATOR,
            AzureKeyCredential(ACCESS_KEY),
            transport=TreqTransport(self.http, self.reactor, 5),
        )

    def order(self, azure: Any, **more: Any) -> Order:
        url = f"http://127.0.0.1:{GATEWAY_PORT}"
        return super().order(azure, gateway={"public_url": url}, **more)

    def calls(self, hook: Ivr) -> list[dict[str, Any]]:
        """
        @return: the calls that a webhook was told of.
        """
        kind = "Microsoft.Communication.IncomingCall"
        return [e["data"] for e in hook.events if e.get("eventType") == kind]

    def make_ids(self) -> dict[str, str]:
        """
        @return: identities as C{acsgw provision} makes them.
        """
        self.assertEqual(self.provision(ADVANCED)[0], 0)
        made = self.order(ADVANCED).file.read()["test"]
        self.ivr.events.clear()
        self.hook.events.clear()
        return made

    def answer(self, call: dict[str, Any]) -> str:
        """
        @return: id of the leg.
        """
        answering = self.client.answer_call(
            incoming_call_context=call["incomingCallContext"],
            callback_url=f"http://127.0.0.1:{GATEWAY_PORT}/callbacks",
        )
        leg: str = self.wait(answering, 5).call_connection_id
        self.reactor.run_for(1)
        return leg

    def transfer(self, leg: str, user: str) -> None:
        connection = self.client.get_call_connection(leg)
        target = CommunicationUserIdentifier(user)
        self.wait(connection.transfer_call_to_participant(target), 5)
        self.reactor.run_for(2)

    def round_trip(self, ids: dict[str, str]) -> None:
        """
        To the IVR, to the gateway, and back.
        """
        call = {"from": CALLER, "to": LINE, "steps": []}
        self.request("POST", f"{EMULATOR}/emulator/calls", call)
        self.reactor.run_for(1)
        [first] = self.calls(self.ivr)
        self.transfer(self.answer(first), ids["gateway"])
        [handed_over] = self.calls(self.hook)
        self.assertEqual(handed_over["to"]["rawId"], ids["gateway"])
        self.transfer(self.answer(handed_over), ids["ivr"])

    def use_filters_of_the_page(self, ids: dict[str, str]) -> None:
        for name, key, value in (
            ("acsgw-test-ivr", "data.to.kind", "phoneNumber"),
            ("acsgw-test-gateway", "data.to.rawId", ids["gateway"]),
        ):
            one = {"operatorType": "StringIn", "key": key, "values": [value]}
            kinds = ["Microsoft.Communication.IncomingCall"]
            body = {"filter": {"includedEventTypes": kinds, "advancedFilters": [one]}}
            status, _ = self.arm_request("PATCH", f"{ON_TOPIC}/{name}", body)
            self.assertEqual(status, 201)
        self.reactor.run_for(1)
        self.ivr.events.clear()
        self.hook.events.clear()

    def test_lost(self) -> None:
        """
        With the two filters of the integration page nobody is told of the call that
        comes back.
        """
        ids = self.make_ids()
        self.use_filters_of_the_page(ids)
        self.round_trip(ids)
        self.assertEqual(len(self.calls(self.ivr)), 1)
        _, answer = self.request("GET", f"{EMULATOR}/emulator/events")
        lost = answer["events"][-1]
        self.assertTrue(lost["subject"].endswith(ids["ivr"]))
        self.assertEqual(lost["deliveries"], [])

    def test_cured(self) -> None:
        """
        C{acsgw provision} shows the page's filter as a difference and sets it right:
        then the IVR is told of the call that comes back.
        """
        ids = self.make_ids()
        self.use_filters_of_the_page(ids)
        status, said = self.provision(ADVANCED)
        self.assertEqual(status, 0)
        self.assertIn("data.to.kind StringIn phoneNumber", said)
        self.assertIn("1 to change", said)
        self.ivr.events.clear()
        self.round_trip(ids)
        back = self.calls(self.ivr)[-1]
        self.assertEqual(len(self.calls(self.ivr)), 2)
        self.assertEqual(back["to"]["rawId"], ids["ivr"])

    def test_cured_for_some_numbers(self) -> None:
        """
        The same with a filter that is narrowed to numbers: calls to them, and those
        that come back, reach the IVR.
        """
        azure = {**ADVANCED, "phone_numbers": [LINE]}
        self.assertEqual(self.provision(azure)[0], 0)
        ids = self.order(azure).file.read()["test"]
        self.ivr.events.clear()
        self.hook.events.clear()
        self.round_trip(ids)
        self.assertEqual(
            [c["to"]["rawId"] for c in self.calls(self.ivr)],
            [f"4:{LINE}", ids["ivr"]],
        )

    def test_direct_has_no_loop(self) -> None:
        """
        In the direct pattern the gateway is told of calls to numbers, and not of
        those that it transfers to a user of the resource.
        """
        self.assertEqual(self.provision(AZURE)[0], 0)
        self.hook.events.clear()
        call = {"from": CALLER, "to": LINE, "steps": []}
        self.request("POST", f"{EMULATOR}/emulator/calls", call)
        self.reactor.run_for(1)
        [first] = self.calls(self.hook)
        user = f"8:acs:{RESOURCE}_0000002b-1c7e-4a55-92fd-8b3a0d00a1f2"
        self.transfer(self.answer(first), user)
        self.assertEqual(len(self.calls(self.hook)), 1)
        self.assertNotIn(IVR_URL, str(self.hook.events))
