"""
Transfers, in memory: to a user, to a phone, and the ways in which they fail.
"""

from __future__ import annotations

from typing import Any

from .support import APP, LINE, OTHER_USER, USER, EmulatorTestCase


class TransferTests(EmulatorTestCase):
    """
    A connected call whose application transfers the caller.
    """

    document = {"transfer": {"fail": ["+15550000000"]}}

    def setUp(self) -> None:
        super().setUp()
        self.subscribe("line", [f"4:{LINE}"])
        self.call_id = self.place()
        context = self.app.incoming[0]["incomingCallContext"]
        self.leg = self.answer(context)["callConnectionId"]
        self.advance(0.3)
        self.app.requests.clear()

    def transfer(self, target: str, **more: Any) -> tuple[int, Any]:
        who: dict[str, Any] = (
            {"communicationUser": {"id": target}}
            if target.startswith("8:")
            else {"phoneNumber": {"value": target}}
        )
        body = {"targetParticipant": who, "operationContext": "t1", **more}
        path = f"/callConnections/{self.leg}:transferToParticipant"
        return self.rest("POST", path, body)

    def result(self, index: int) -> tuple[int, int]:
        found = self.app.callbacks[index]["data"]["resultInformation"]
        return found["code"], found["subCode"]

    def test_to_phone(self) -> None:
        """
        A transfer to a phone is accepted; the leg and its socket close and the
        caller is gone.
        """
        self.assertEqual(
            self.transfer("+14255550199"), (202, {"operationContext": "t1"})
        )
        status, now = self.rest("GET", f"/callConnections/{self.leg}")
        self.assertEqual((status, now["callConnectionState"]), (200, "transferring"))
        self.assertEqual(self.app.callbacks, [])
        self.advance(0.5)
        self.assertEqual(
            self.app.callback_kinds,
            ["CallTransferAccepted", "CallDisconnected", "MediaStreamingStopped"],
        )
        data = self.app.callbacks[0]["data"]
        self.assertEqual(data["operationContext"], "t1")
        self.assertEqual(data["transferTarget"]["rawId"], "4:+14255550199")
        self.assertEqual(self.result(0), (200, 7015))
        self.assertIsNotNone(self.app.media[0].closed)
        self.assertEqual(
            self.call(self.call_id)["outcome"], "transferred to +14255550199"
        )
        self.assertEqual(self.rest("GET", f"/callConnections/{self.leg}")[0], 404)

    def test_to_failing_phone(self) -> None:
        """
        A transfer to a number of the settings' list fails with 487/10004, and
        the call goes on.
        """
        self.transfer("+15550000000", operationCallbackUri=f"{APP}/cb/transfer")
        self.advance(0.5)
        self.assertEqual(self.app.callback_kinds, ["CallTransferFailed"])
        self.assertEqual(self.app.requests[0].path, "/cb/transfer")
        self.assertEqual(self.result(0), (487, 10004))
        status, now = self.rest("GET", f"/callConnections/{self.leg}")
        self.assertEqual((status, now["callConnectionState"]), (200, "connected"))
        self.assertIsNone(self.app.media[0].closed)

    def test_to_user(self) -> None:
        """
        A transfer to a user rings there with the headers; when it is answered
        the caller goes on in the new leg and the old one ends.
        """
        self.subscribe("gateway", [USER])
        self.app.requests.clear()
        voip = {"accountNumber": "12345"}
        self.transfer(USER, customCallingContext={"voipHeaders": voip})
        (data,) = self.app.incoming
        self.assertEqual(data["to"]["rawId"], USER)
        self.assertEqual(data["from"]["kind"], "phoneNumber")
        self.assertEqual(data["customContext"], {"sipHeaders": {}, "voipHeaders": voip})
        answered = self.answer(data["incomingCallContext"])
        self.assertEqual(answered["answeredBy"], {"id": USER})
        self.assertNotIn("answeredFor", answered)
        self.advance(0.5)
        new = answered["callConnectionId"]
        legs = self.call(self.call_id)["call_connection_ids"]
        self.assertEqual(legs, [self.leg, new])
        self.assertEqual(
            [
                event["type"].rpartition(".")[2]
                for event in self.app.callbacks
                if event["data"]["callConnectionId"] == self.leg
            ],
            ["CallTransferAccepted", "CallDisconnected", "MediaStreamingStopped"],
        )
        self.assertIsNotNone(self.app.media[0].closed)
        self.assertIsNone(self.app.media[1].closed)
        self.assertEqual(self.app.media[1].kinds()[-1], "AudioData")
        self.assertEqual(self.call(self.call_id)["state"], "connected")

    def test_to_user_nobody_listens(self) -> None:
        """
        A transfer to a user for whom no subscription's filter matches fails
        with 480/10037; here the event is lost that two literal filters, on the
        number and on another user, both let pass.
        """
        self.subscribe("gateway", [USER])
        self.app.requests.clear()
        self.assertEqual(self.transfer(OTHER_USER)[0], 202)
        self.assertEqual(self.app.callbacks, [])
        self.advance(0.5)
        self.assertEqual(self.app.incoming, [])
        self.assertEqual(self.result(0), (480, 10037))
        self.assertEqual(self.call(self.call_id)["state"], "connected")

    def test_to_user_rings_out(self) -> None:
        """
        A user who does not answer within 30 seconds: 487/10004.
        """
        self.subscribe("gateway", [USER])
        self.app.requests.clear()
        self.transfer(USER)
        self.advance(29.9)
        self.assertEqual(self.app.callbacks, [])
        self.advance(0.2)
        self.assertEqual(self.result(0), (487, 10004))

    def test_transfer_again(self) -> None:
        """
        During a transfer there is no second one; after a failed one there is.
        """
        self.transfer("+15550000000")
        self.assertEqual(self.transfer("+14255550199")[0], 400)
        self.advance(0.5)
        self.assertEqual(self.transfer("+14255550199")[0], 202)

    def test_caller_leaves_while_ringing(self) -> None:
        """
        If the caller hangs up while the transfer rings, it cannot be answered.
        """
        self.subscribe("gateway", [USER])
        self.app.requests.clear()
        self.transfer(USER)
        self.control("DELETE", f"/calls/{self.call_id}")
        body = self.answer_body(self.app.incoming[0]["incomingCallContext"])
        self.assertEqual(self.rest("POST", "/callConnections:answer", body)[0], 404)
        self.advance(2.0)
        self.assertNoTimers()

    def test_refused(self) -> None:
        """
        Headers beyond the limits, nobody as target, two targets, a transferee
        who is not there, or somebody else's number as caller id: 400.
        """
        long = {"voipHeaders": {"k": "v" * 1025}}
        bob = {"phoneNumber": {"value": "+14255550177"}}
        refused: list[dict[str, Any]] = [
            {"customCallingContext": long},
            {"targetParticipant": {}},
            {"targetParticipant": {**bob, "communicationUser": {"id": USER}}},
            {"transferee": bob},
            {"sourceCallerIdNumber": {"value": "+14255550177"}},
        ]
        for more in refused:
            self.assertEqual(self.transfer(USER, **more)[0], 400, more)
        status, now = self.rest("GET", f"/callConnections/{self.leg}")
        self.assertEqual((status, now["callConnectionState"]), (200, "connected"))
