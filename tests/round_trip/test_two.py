"""
Two IVRs before one gateway account, and two accounts with a resource each.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from itertools import chain
from typing import Any

from twisted.application.service import IService

from acs_emulator.assembly import build as build_emulator
from acs_emulator.settings import parse_settings as parse_emulator
from acsgw.interfaces import TransferKind

from ..emulated import emulator_world
from ..ivr_sample.house import (
    EVENT_KEY,
    HUMAN,
    IVR,
    IVR_USER,
)
from ..scenarios.house import ACCESS_KEY, EMULATOR, GATEWAY, LINE, RESOURCE
from .house import KEYS, RoundTripTestCase

OTHER_LINE = "+18005550101"
OTHER_IVR, OTHER_OPERATIONS = "http://127.0.0.1:8190", "http://127.0.0.1:8191"
RAW_ID = "data.to.rawId"

#: Of an IVR beside the first.
BESIDE = {
    "ivr__public_url": OTHER_IVR,
    "ivr__listen": "tcp:8190",
    "ivr__operations_listen": "tcp:8191",
}


class TwoTestCase(RoundTripTestCase):
    """
    A second IVR.
    """

    def subscribe_to(
        self, emulator: str, name: str, url: str, headers: dict[str, str], *to: str
    ) -> None:
        """
        Have somebody told of calls to these.
        """
        subscription = {
            "endpoint": url,
            "schema": "EventGridSchema",
            "headers": headers,
            "filters": [{"key": RAW_ID, "operator": "StringIn", "values": list(to)}],
        }
        url = f"{emulator}/emulator/subscriptions/{name}"
        code, body = self.request("PUT", url, subscription)
        self.assertIn(code, (200, 201), body)
        self.assertEqual(body["state"], "active")

    def other_legs(self) -> list[dict[str, Any]]:
        return self.legs(OTHER_OPERATIONS)

    def left_over(self) -> list[str]:
        live = [leg["id"] for leg in self.other_legs() if leg["outcome"] is None]
        return super().left_over() + live


class TwoIvrsTests(TwoTestCase):
    """
    Each with a number, a user and rules of its own; one gateway, one account.
    """

    other_user = f"8:acs:{RESOURCE}_ivr2"
    emulator_settings = {
        "resource": {
            "access_key": ACCESS_KEY,
            "immutable_id": RESOURCE,
            "phone_numbers": [LINE, OTHER_LINE],
            "users": ["gateway", "ivr", "ivr2"],
        }
    }

    def setUp(self) -> None:
        super().setUp()
        self.start_ivr(acs__identity=self.other_user, **BESIDE)
        key = {"x-ivr-key": EVENT_KEY}
        to = f"4:{LINE}", IVR_USER
        self.subscribe_to(EMULATOR, "ivr", f"{IVR}/v1/events", key, *to)
        to = f"4:{OTHER_LINE}", self.other_user
        self.subscribe_to(EMULATOR, "ivr2", f"{OTHER_IVR}/v1/events", key, *to)

    def test_each_its_own(self) -> None:
        """
        Callers of both are with the agents at once; each goes back to the IVR that
        sent the caller, with what the agent said of this one.
        """
        one = self.press(*KEYS)
        other = self.press(*KEYS, **{"from": "+14255550124", "to": OTHER_LINE})
        self.reactor.run_for(6.5)
        agents = {agent.call.caller: agent for agent in self.agents.agents}
        self.assertEqual(len(agents), 2)
        for caller, agent in agents.items():
            self.hand_back(agent, intent="billing", who=caller)
        self.reactor.run_for(4)
        for legs, call_id, user in (
            (self.legs(), one, IVR_USER),
            (self.other_legs(), other, self.other_user),
        ):
            side = self.caller_side(call_id)
            self.assertEqual(side["outcome"], f"transferred to {HUMAN}")
            self.assertEqual(
                [(leg["kind"], leg["outcome"]) for leg in legs],
                [("inbound", "handed over"), ("return", "sent to a human")],
            )
            self.assertEqual(legs[0]["sent"]["returnIdentity"], user)
            self.assertEqual(legs[1]["returned"]["who"], f"4:{side['from']}")
            self.assertEqual(
                {leg["conversation_id"] for leg in legs}, {side["correlation_id"]}
            )
        self.assertEqual(self.gateway_outcomes(), ["transferred"] * 2)

    def test_on_to_the_other(self) -> None:
        """
        An agent may name the other IVR, which is of the same resource: it gets the
        caller, in the same conversation.
        """
        call_id, agent = self.come_to_agent()
        self.hand_back(agent, TransferKind.ADDRESS, self.other_user, intent="x")
        self.reactor.run_for(4)
        self.assertEqual(self.outcomes(), ["handed over"])
        [leg] = self.other_legs()
        self.assertEqual((leg["kind"], leg["outcome"]), ("return", "completed"))
        self.assertEqual(
            leg["conversation_id"], self.caller_side(call_id)["correlation_id"]
        )


OTHER_SECRET = "another-secret-of-a-machine"
OTHER_KEY = b64encode(bytes(range(1, 65))).decode()
OTHER_RESOURCE = "11111111-2222-4333-8444-555555555555"
OTHER_EMULATOR = "http://127.0.0.1:8580"
OTHER_GATEWAY = f"8:acs:{OTHER_RESOURCE}_gateway"
OTHER_IVR_USER = f"8:acs:{OTHER_RESOURCE}_ivr"


class TwoAccountsTests(TwoTestCase):
    """
    Two customers, each with a resource (an emulator) and an IVR, on one gateway.
    """

    emulators = (EMULATOR, OTHER_EMULATOR)
    fallback = "+14255550177"
    more_accounts = {
        "other": {
            "api_id": "other-id",
            "acs_endpoint": OTHER_EMULATOR,
            "resource_id": OTHER_RESOURCE,
            "transfer_to": fallback,
            "caller_id": OTHER_LINE,
        }
    }
    more_secrets = {
        "ACSGW_ACCOUNTS_OTHER_API_SECRET": OTHER_SECRET,
        "ACSGW_ACCOUNTS_OTHER_ACS_ACCESS_KEY": OTHER_KEY,
    }

    def setUp(self) -> None:
        super().setUp()
        emulator = self._other_emulator()
        emulator.startService()
        self.more.append(emulator)
        us = {"asapp-api-id": "other-id", "asapp-api-secret": OTHER_SECRET}
        url = f"{GATEWAY}/v1/acs-events"
        self.subscribe_to(OTHER_EMULATOR, "gateway", url, us, OTHER_GATEWAY)

    def _emulator(self) -> IService:
        return self._signing_alike(self.emulator_settings)

    def _other_emulator(self) -> IService:
        return self._signing_alike(
            {
                "listen": "tcp:8580:interface=127.0.0.1",
                "issuer": EMULATOR,
                "resource": {
                    "access_key": OTHER_KEY,
                    "immutable_id": OTHER_RESOURCE,
                    "phone_numbers": [OTHER_LINE],
                    "users": ["gateway", "ivr"],
                },
            }
        )

    def _signing_alike(self, settings: dict[str, Any]) -> IService:
        """
        Azure is one issuer, whose key has one name, for all resources.
        """
        world = emulator_world(self.reactor)
        names = chain(["the-key"], iter(world.new_id, ""))
        world = replace(world, new_id=lambda: next(names))
        return build_emulator(parse_emulator(settings, None), world)

    def start_other_ivr(self, **changes: Any) -> None:
        """
        The other customer's.
        """
        other = {
            "acs__endpoint": OTHER_EMULATOR,
            "acs__resource_id": OTHER_RESOURCE,
            "acs__identity": OTHER_IVR_USER,
            "gateway__identity": OTHER_GATEWAY,
            "human__caller_id": OTHER_LINE,
        }
        self.start_ivr(OTHER_KEY, **{**BESIDE, **other, **changes})
        url, key = f"{OTHER_IVR}/v1/events", {"x-ivr-key": EVENT_KEY}
        to = f"4:{OTHER_LINE}", OTHER_IVR_USER
        self.subscribe_to(OTHER_EMULATOR, "ivr", url, key, *to)

    def call_other(self) -> str:
        """
        A caller of the other customer's does all right.

        @return: the id of the call at the other emulator.
        """
        steps = [{"after": f"at {at:g}", "press": key} for at, key in KEYS]
        call = {"from": "+14255550124", "to": OTHER_LINE, "steps": steps}
        code, body = self.request("POST", f"{OTHER_EMULATOR}/emulator/calls", call)
        self.assertEqual(code, 201, body)
        call_id: str = body["id"]
        return call_id

    def other_side(self, call_id: str) -> Any:
        return self.ask(f"{OTHER_EMULATOR}/emulator/calls/{call_id}")

    def test_each_its_own(self) -> None:
        """
        Both have callers at once, whose agents know the account; each goes back by
        the resource by which the caller came.
        """
        self.start_other_ivr()
        one, other = self.press(*KEYS), self.call_other()
        self.reactor.run_for(6.5)
        accounts = {agent.call.account: agent for agent in self.agents.agents}
        self.assertEqual(set(accounts), {"test", "other"})
        for account, agent in accounts.items():
            self.hand_back(agent, intent="billing", customer=account)
        self.reactor.run_for(4)
        for legs, side, customer in (
            (self.legs(), self.caller_side(one), "test"),
            (self.other_legs(), self.other_side(other), "other"),
        ):
            self.assertEqual(side["outcome"], f"transferred to {HUMAN}")
            outcomes = [leg["outcome"] for leg in legs]
            self.assertEqual(outcomes, ["handed over", "sent to a human"])
            self.assertEqual(legs[1]["returned"]["customer"], customer)
        self.assertEqual(self.gateway_outcomes(), ["transferred"] * 2)

    def test_steered(self) -> None:
        """
        An IVR that names the IVR of the other customer as its own does not get a
        caller there: the account's other rules say where to.
        """
        self.start_other_ivr(
            gateway__return_identity_header="mine",
            gateway__variables={"returnIdentity": IVR_USER},
        )
        call_id = self.call_other()
        self.reactor.run_for(6.5)
        [agent] = self.agents.agents
        [text] = self.milestones("return_identity_refused")
        self.assertIn("it belongs to another resource", text)
        self.hand_back(agent, intent="billing")
        self.reactor.run_for(3)
        self.assertEqual(
            self.other_side(call_id)["outcome"], f"transferred to {self.fallback}"
        )
        self.assertEqual(self.legs(), [])
        self.assertEqual(self.gateway_outcomes(), ["transferred"])

    def test_agent_cannot_either(self) -> None:
        """
        Nor does an agent that names it: it hears that it is refused.
        """
        self.start_other_ivr()
        call_id = self.call_other()
        self.reactor.run_for(6.5)
        [agent] = self.agents.agents
        self.hand_back(agent, TransferKind.ADDRESS, IVR_USER)
        self.reactor.run_for(2)
        told = [told[1:] for told in agent.told if told[0] == "transfer_result"]
        self.assertEqual([one[:2] for one in told], [("1", False)])
        agent.events.ended("done", {})
        self.reactor.run_for(2)
        self.assertEqual(self.other_side(call_id)["outcome"], "hung up by service")
        self.assertEqual(self.legs(), [])
        self.assertEqual(self.gateway_outcomes(), ["completed by agent"])
