"""
The gateway with an IVR before it.
"""

from __future__ import annotations

from acsgw.interfaces import TransferKind, TransferRequest
from acsgw.testing.scripted_agent import ScriptedAgent

from .house import ACCESS_KEY, EMULATOR, RESOURCE, HouseTestCase
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
