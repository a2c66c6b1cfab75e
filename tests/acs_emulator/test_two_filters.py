"""
The loss that two plausible filters bring about, and its cures.

An IVR subscribes to calls to phone numbers, a gateway to calls to its own user.
A call that the gateway transfers back goes to the IVR's I{user}: no filter
matches it, nobody is told, and the transfer fails.
"""

from __future__ import annotations

from typing import Any

from .support import APP, OTHER_USER, USER, EmulatorTestCase

#: The two filters, word for word but for the key's C{data.}.
NUMBERS = {
    "key": "data.to.kind",
    "operator": "StringIn",
    "values": ["phoneNumber"],
}
GATEWAY = {"key": "data.to.rawId", "operator": "StringIn", "values": [USER]}

IVR = OTHER_USER


class TwoFiltersTests(EmulatorTestCase):
    """
    A caller reaches the IVR, is transferred to the gateway, and should come
    back.
    """

    def subscribe_with(self, name: str, *filters: dict[str, Any]) -> None:
        body = {"endpoint": f"{APP}/events", "filters": list(filters)}
        status, answer = self.control("PUT", f"/subscriptions/{name}", body)
        self.assertEqual(status, 201, answer)

    def transfer(self, leg: str, user: str) -> None:
        path = f"/callConnections/{leg}:transferToParticipant"
        body = {
            "targetParticipant": {"communicationUser": {"id": user}},
            "customCallingContext": {"voipHeaders": {"outcome": "done"}},
        }
        self.assertEqual(self.rest("POST", path, body)[0], 202)

    def come_to_the_gateway(self) -> str:
        """
        @return: the gateway's leg.
        """
        self.call_id = self.place()
        ivr = self.answer(self.app.incoming[0]["incomingCallContext"])
        self.advance(0.3)
        self.transfer(ivr["callConnectionId"], USER)
        gateway = self.answer(self.app.incoming[1]["incomingCallContext"])
        self.advance(0.5)
        self.app.requests.clear()
        return str(gateway["callConnectionId"])

    def last_event(self) -> dict[str, Any]:
        _, body = self.control("GET", "/events")
        return dict(body["events"][-1])

    def assertComesBack(self) -> None:
        self.transfer(self.come_to_the_gateway(), IVR)
        (data,) = self.app.incoming
        self.assertEqual(data["to"]["rawId"], IVR)
        self.assertEqual(data["customContext"]["voipHeaders"], {"outcome": "done"})
        self.answer(data["incomingCallContext"])
        self.advance(0.5)
        self.assertEqual(len(self.call(self.call_id)["call_connection_ids"]), 3)
        self.assertIn("CallTransferAccepted", self.app.callback_kinds)

    def test_lost(self) -> None:
        """
        The way there works, the way back is matched by nobody: no event is
        delivered, and the transfer fails with 480/10037.
        """
        self.subscribe_with("ivr", NUMBERS)
        self.subscribe_with("gateway", GATEWAY)
        leg = self.come_to_the_gateway()
        self.transfer(leg, IVR)
        event = self.last_event()
        self.assertTrue(event["subject"].endswith(IVR))
        self.assertEqual(event["deliveries"], [])
        self.advance(0.5)
        self.assertEqual(self.app.incoming, [])
        self.assertEqual(self.app.callback_kinds, ["CallTransferFailed"])
        result = self.app.callbacks[0]["data"]["resultInformation"]
        self.assertEqual((result["code"], result["subCode"]), (480, 10037))
        self.assertEqual(self.call(self.call_id)["state"], "connected")

    def test_lost_with_both_filters_in_one(self) -> None:
        """
        Two filters in one subscription are no cure: both must match.
        """
        own = {"key": "data.to.rawId", "operator": "StringIn", "values": [IVR]}
        self.subscribe_with("ivr", NUMBERS)
        self.subscribe_with("gateway", GATEWAY)
        self.subscribe_with("both", NUMBERS, own)
        self.transfer(self.come_to_the_gateway(), IVR)
        self.assertEqual(self.last_event()["deliveries"], [])

    def test_third_subscription(self) -> None:
        """
        The first cure: a subscription for the IVR's user.
        """
        own = {"key": "data.to.rawId", "operator": "StringIn", "values": [IVR]}
        self.subscribe_with("ivr", NUMBERS)
        self.subscribe_with("gateway", GATEWAY)
        self.subscribe_with("ivr-user", own)
        self.assertComesBack()

    def test_one_filter_with_two_values(self) -> None:
        """
        The second cure: one filter whose values are alternatives.
        """
        either = {
            "key": "data.to.rawId",
            "operator": "StringBeginsWith",
            "values": ["4:", IVR],
        }
        self.subscribe_with("ivr", either)
        self.subscribe_with("gateway", GATEWAY)
        self.assertComesBack()
