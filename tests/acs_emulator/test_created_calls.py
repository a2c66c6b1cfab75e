"""
Calls that an application creates, to phones and to users.
"""

from __future__ import annotations

from typing import Any

from azure.communication.callautomation import (
    CommunicationUserIdentifier,
    MediaStreamingOptions,
    PhoneNumberIdentifier,
)
from azure.communication.callautomation._generated import models

from .sdk_operations import OperationTestCase
from .strict_sdk import assert_model
from .support import APP, LINE, OTHER_USER, RESOURCE, USER

PHONE = PhoneNumberIdentifier("+14255550199")
SHOWN = PhoneNumberIdentifier(LINE)
MEDIA = MediaStreamingOptions(
    transport_url="ws://app.example/media/secret",
    transport_type="websocket",
    content_type="audio",
    audio_channel_type="mixed",
    start_media_streaming=True,
    enable_bidirectional=True,
    audio_format="pcm16KMono",
)
FAILING = {
    "+14255550111": "busy",
    "+14255550112": "no_answer",
    "+14255550113": "bad_number",
    "+14255550114": "decline",
}


class CreateTests(OperationTestCase):
    """
    Tests for C{create_call}.
    """

    document = {
        "phones": [
            {"number": number, "outcome": outcome}
            for number, outcome in FAILING.items()
        ]
    }

    def call_phone(self, **about: Any) -> str:
        given = {
            "target_participant": PHONE,
            "source_caller_id_number": SHOWN,
            **about,
        }
        return self.created(**given)

    def test_answer(self) -> None:
        """
        The answer is 201 with the properties of a call that is connecting.
        """
        status, body = self.ask(
            "create_call",
            PHONE,
            f"{APP}/cb",
            source_caller_id_number=SHOWN,
            source_display_name="Us",
            operation_context="c",
            cognitive_services_endpoint="https://cog.example/",
            media_streaming=MEDIA,
        )
        self.assertEqual(status, 201)
        model = assert_model(self, models.CallConnectionProperties, body)
        self.assertEqual(model.call_connection_state, "connecting")
        self.assertEqual(model.targets[0].raw_id, "4:+14255550199")
        self.assertEqual(model.source_caller_id_number.value, LINE)
        self.assertEqual(model.source_display_name, "Us")
        self.assertEqual(model.source.kind, "communicationUser")
        self.assertIsNone(model.answered_by)

    def test_phone(self) -> None:
        """
        A phone answers after a second; then comes all that an answered call
        gets, with the context, and media.
        """
        leg = self.call_phone(operation_context="c", media_streaming=MEDIA)
        self.advance(0.9)
        self.assertEqual((self.app.callbacks, self.app.media), ([], []))
        self.advance(0.4)
        self.assertEqual(
            self.told(leg),
            ["CallConnected", "ParticipantsUpdated", "MediaStreamingStarted"],
        )
        self.assertEqual(self.last("CallConnected")["operationContext"], "c")
        people = self.last("ParticipantsUpdated")["participants"]
        self.assertEqual(
            [p["identifier"]["kind"] for p in people],
            ["communicationUser", "phoneNumber"],
        )
        self.assertEqual(self.app.media[0].kinds()[0], "AudioMetadata")
        status, now = self.rest("GET", f"/callConnections/{leg}")
        self.assertEqual((status, now["callConnectionState"]), (200, "connected"))

    def test_failures(self) -> None:
        """
        Every way in which a phone may not be reached has its codes, and is
        the only thing that is told.
        """
        for number, codes, seconds in (
            ("+14255550111", (486, 560486), 1.1),
            ("+14255550112", (487, 10004), 30.1),
            ("+14255550113", (404, 560404), 1.1),
            ("+14255550114", (603, 0), 1.1),
        ):
            self.app.requests.clear()
            leg = self.call_phone(target_participant=PhoneNumberIdentifier(number))
            self.advance(seconds)
            self.assertEqual(self.told(), ["CreateCallFailed"], number)
            self.assertEqual(self.codes("CreateCallFailed"), codes)
            self.assertEqual(self.rest("GET", f"/callConnections/{leg}")[0], 404)
        self.assertNoTimers()

    def test_phone_by_control(self) -> None:
        """
        What a phone does can be told through the control API, script and all;
        its owner hangs up with the codes of a phone.
        """
        given = {
            "outcome": "answer",
            "after": 0.2,
            "steps": [{"after": "pause 1", "hang_up": True}],
        }
        path = "/phones/+14255550199"
        status, body = self.control("PUT", path, given)
        self.assertEqual(
            (status, body),
            (
                200,
                {
                    "number": "+14255550199",
                    "outcome": "answer",
                    "after": 0.2,
                    "steps": 1,
                    "heard": None,
                },
            ),
        )
        self.assertEqual(len(self.control("GET", "/phones")[1]["phones"]), 5)
        leg = self.call_phone()
        self.advance(0.3)
        self.assertEqual(self.told(leg), ["CallConnected", "ParticipantsUpdated"])
        self.advance(1.1)
        self.assertEqual(self.told(leg)[2:], ["CallDisconnected"])
        self.assertEqual(self.codes("CallDisconnected"), (0, 560000))
        self.assertEqual(self.control("DELETE", path)[0], 200)
        self.assertEqual(self.control("DELETE", path)[0], 404)

    def test_bad_phones(self) -> None:
        """
        A phone that is described wrongly is refused with the reason.
        """
        for number, given, word in (
            ("123", {}, "phone number"),
            ("+14255550199", {"outcome": "explode"}, "outcome"),
            ("+14255550199", {"after": -1}, "after"),
            ("+14255550199", {"after": "soon"}, "after"),
            ("+14255550199", {"steps": [{"sing": 1}]}, "steps"),
            ("+14255550199", {"color": "red"}, "color"),
        ):
            status, body = self.control("PUT", f"/phones/{number}", given)
            self.assertEqual(status, 400, given)
            self.assertIn(word, body["error"])

    def test_user(self) -> None:
        """
        A user is rung through Event Grid; when the user's application answers,
        both legs are connected, with the same correlation id, and hear each
        other.
        """
        self.subscribe("user", [USER])
        self.app.requests.clear()
        leg = self.created(
            target_participant=CommunicationUserIdentifier(USER),
            media_streaming=MEDIA,
        )
        (data,) = self.app.incoming
        self.assertEqual(data["to"]["rawId"], USER)
        self.assertEqual(data["from"]["kind"], "communicationUser")
        answered = self.answer(data["incomingCallContext"])
        other = answered["callConnectionId"]
        self.advance(0.5)
        for one in (leg, other):
            self.assertEqual(self.told(one)[0], "CallConnected")
            self.assertEqual(self.people(one)[1], USER)
        _, created = self.rest("GET", f"/callConnections/{leg}")
        self.assertEqual(created["correlationId"], answered["correlationId"])
        self.assertEqual(created["serverCallId"], answered["serverCallId"])
        for media in self.app.media:
            media.received.clear()
        pcm = b"\x10\x20" * 320
        self.app.media[0].say(pcm)
        self.advance(0.2)
        self.assertNotIn(pcm, self.app.media[0].audio())
        self.assertIn(pcm, self.app.media[1].audio())

    def test_user_hangs_up(self) -> None:
        """
        When one application terminates, its leg ends with 200/7000 and the
        other with 200/5001.
        """
        self.subscribe("user", [USER])
        leg = self.created(target_participant=CommunicationUserIdentifier(USER))
        other = self.answer(self.app.incoming[-1]["incomingCallContext"])
        self.advance(0.5)
        self.ask_leg(leg, "hang_up", True)
        result = {
            event["data"]["callConnectionId"]: event["data"]["resultInformation"]
            for event in self.app.callbacks
            if event["type"].endswith("CallDisconnected")
        }
        self.assertEqual(result[leg]["subCode"], 7000)
        self.assertEqual(result[other["callConnectionId"]]["subCode"], 5001)
        self.advance(2.0)
        self.assertNoTimers()

    def test_unreachable_users(self) -> None:
        """
        A user for whom nobody listens: 480/10037; one who does not answer:
        487/10004; one whose application rejects the call: 486/0 or others.
        """
        self.subscribe("user", [USER])
        self.created(target_participant=CommunicationUserIdentifier(OTHER_USER))
        self.assertEqual(self.app.callbacks, [])
        self.advance(0.1)
        self.assertEqual(self.codes("CreateCallFailed"), (480, 10037))
        self.created(target_participant=CommunicationUserIdentifier(USER))
        self.advance(30.1)
        self.assertEqual(self.codes("CreateCallFailed"), (487, 10004))
        self.created(target_participant=CommunicationUserIdentifier(USER))
        context = self.app.incoming[-1]["incomingCallContext"]
        self.ask("reject_call", context, call_reject_reason="busy")
        self.assertEqual(self.codes("CreateCallFailed"), (486, 0))
        self.assertNoTimers()

    def test_redirected_user(self) -> None:
        """
        An invited user may send the call on to a phone.
        """
        self.subscribe("user", [USER])
        leg = self.created(target_participant=CommunicationUserIdentifier(USER))
        context = self.app.incoming[-1]["incomingCallContext"]
        self.ask("redirect_call", context, PHONE)
        self.advance(1.1)
        self.assertEqual(self.told(leg)[0], "CallConnected")
        self.assertEqual(self.people(leg)[1], "4:+14255550199")

    def test_hang_up_while_ringing(self) -> None:
        """
        The application may give up before anybody answers.
        """
        leg = self.call_phone()
        self.assertEqual(self.ask_leg(leg, "hang_up", False), (204, None))
        self.assertEqual(self.codes("CallDisconnected"), (200, 7000))
        self.advance(2.0)
        self.assertEqual(self.told(), ["CallDisconnected"])
        self.assertNoTimers()

    def test_group(self) -> None:
        """
        A group call comes up with the first who answers; later ones are told
        as participants, failing ones not at all.
        """
        self.control("PUT", "/phones/+14255550188", {"after": 2})
        self.created(
            target_participant=[
                PhoneNumberIdentifier("+14255550111"),
                PHONE,
                PhoneNumberIdentifier("+14255550188"),
            ],
            source_caller_id_number=SHOWN,
        )
        self.advance(1.1)
        self.assertEqual(self.told(), ["CallConnected", "ParticipantsUpdated"])
        self.advance(1.0)
        self.assertEqual(self.told()[2:], ["ParticipantsUpdated"])
        data = self.last("ParticipantsUpdated")
        self.assertEqual((len(data["participants"]), data["sequenceNumber"]), (3, 2))

    def test_group_that_fails(self) -> None:
        """
        If nobody can be reached, the call has failed as the last of them.
        """
        targets = [PhoneNumberIdentifier(n) for n in ("+14255550111", "+14255550112")]
        self.ask(
            "create_group_call", targets, f"{APP}/cb", source_caller_id_number=SHOWN
        )
        self.advance(30.1)
        self.assertEqual(self.told(), ["CreateCallFailed"])
        self.assertEqual(self.codes("CreateCallFailed"), (487, 10004))

    def test_transfer(self) -> None:
        """
        A created call can be transferred; the caller that its target sees is
        the phone.
        """
        self.subscribe("user", [USER])
        leg = self.call_phone()
        self.advance(1.1)
        target = CommunicationUserIdentifier(USER)
        self.ask_leg(leg, "transfer_call_to_participant", target)
        data = self.app.incoming[-1]
        self.assertEqual(data["from"]["rawId"], "4:+14255550199")
        other = self.answer(data["incomingCallContext"])["callConnectionId"]
        self.advance(0.3)
        accepted = self.last("CallTransferAccepted")
        self.assertEqual(accepted["transferee"]["rawId"], "4:+14255550199")
        self.assertEqual(self.people(other), ["4:+14255550199", USER])

    def test_refused(self) -> None:
        """
        A phone is called with a number of the resource only, nobody twice,
        and only as a user of the resource.
        """
        foreign = PhoneNumberIdentifier("+18005550999")
        me = CommunicationUserIdentifier(f"8:acs:{RESOURCE}_nobody")
        self.client.source = None
        for about in (
            {"source_caller_id_number": None},
            {"source_caller_id_number": foreign},
            {"target_participant": [PHONE, PHONE]},
        ):
            given = {
                "target_participant": PHONE,
                "source_caller_id_number": SHOWN,
                **about,
            }
            status, _ = self.ask("create_call", callback_url=f"{APP}/cb", **given)
            self.assertEqual(status, 400, about)
        self.client.source = me
        status, _ = self.ask(
            "create_call", PHONE, f"{APP}/cb", source_caller_id_number=SHOWN
        )
        self.assertEqual(status, 400)
        self.assertNoTimers()
