"""
Tests for transcription: operations, events, and what goes over the socket.
"""

from __future__ import annotations

import os
from typing import Any

from azure.communication.callautomation import TranscriptionOptions
from azure.communication.callautomation._generated import models

from .media_support import file_source, sine, wav
from .sdk_operations import OperationTestCase
from .strict_sdk import assert_model
from .support import APP, CALLER, LINE

_SERVICE = {"cognitiveServicesEndpoint": "https://cog.example/"}


class TranscriptionTestCase(OperationTestCase):
    """
    A call whose caller says something after a second.
    """

    said = 0.6
    subscribed = False

    def setUp(self) -> None:
        super().setUp()
        self.path = os.path.abspath(f"{self.mktemp()}.wav")
        with open(self.path, "wb") as file:
            file.write(wav(sine(self.said, 300)))
        self.app.files["/hello.wav"] = wav(sine(0.5))

    def options(self, **more: Any) -> dict[str, Any]:
        given: dict[str, Any] = {
            "transport_url": "ws://app.example/media/words",
            "transport_type": "websocket",
            "locale": "en-US",
            "start_transcription": True,
            **more,
        }
        written = TranscriptionOptions(**given)._to_generated().serialize()
        assert_model(self, models.WebSocketTranscriptionOptions, written)
        return dict(written)

    def up(self, service: Any = _SERVICE, **more: Any) -> str:
        """
        @return: id of a connection without a media stream.
        """
        if not self.subscribed:
            self.subscribe("line", [f"4:{LINE}"])
            self.subscribed = True
        steps = [{"after": "at 1", "say": self.path}]
        self.call_id = self.place(steps=steps)
        body = self.answer_body(self.app.incoming[-1]["incomingCallContext"])
        del body["mediaStreamingOptions"]
        body["transcriptionOptions"] = self.options(**more)
        if service is not None:
            body["callIntelligenceOptions"] = service
        status, answer = self.rest("POST", "/callConnections:answer", body)
        self.assertEqual(status, 200, answer)
        self.advance(0.5)
        return str(answer["callConnectionId"])

    def details(self, kind: str) -> tuple[str, str]:
        update = self.last(kind)["transcriptionUpdate"]
        return update["transcriptionStatus"], update["transcriptionStatusDetails"]

    def phrases(self) -> list[dict[str, Any]]:
        return [
            message["transcriptionData"]
            for message in self.app.media[-1].received
            if message["kind"] == "TranscriptionData"
        ]


class SocketTests(TranscriptionTestCase):
    """
    What goes over the socket.
    """

    def test_said(self) -> None:
        """
        Metadata come first, then each phrase when it is complete, with its words,
        times and speaker.
        """
        self.speech.texts = ["Hello, world."]
        leg = self.up()
        (media,) = self.app.media
        self.assertTrue(media.headers["authorization"].startswith("Bearer "))
        self.assertEqual(media.headers["x-ms-call-connection-id"], leg)
        _, about = self.rest("GET", f"/callConnections/{leg}")
        assert_model(self, models.CallConnectionProperties, about)
        subscription = about["transcriptionSubscription"]
        self.assertEqual(
            (subscription["state"], subscription["subscribedResultTypes"]),
            ("active", ["final"]),
        )
        self.assertEqual(
            media.received[0],
            {
                "kind": "TranscriptionMetadata",
                "transcriptionMetadata": {
                    "subscriptionId": subscription["id"],
                    "locale": "en-US",
                    "callConnectionId": leg,
                    "correlationId": about["correlationId"],
                },
            },
        )
        self.assertEqual(
            self.details("TranscriptionStarted"),
            ("transcriptionStarted", "subscriptionStarted"),
        )
        self.assertEqual(self.codes("TranscriptionStarted"), (200, 0))
        self.assertEqual(
            self.last("TranscriptionStarted")["operationContext"],
            "answer-1",
        )
        self.advance(2)
        (phrase,) = self.phrases()
        self.assertEqual(phrase["text"], "Hello, world.")
        self.assertEqual(phrase["participantRawID"], f"4:{CALLER}")
        self.assertEqual(phrase["resultStatus"], "Final")
        self.assertEqual(phrase["format"], "display")
        self.assertEqual([w["text"] for w in phrase["words"]], ["hello", "world"])
        self.assertApproximates(phrase["duration"] / 1e7, self.said + 0.3, 0.1)
        # A second after the call was connected, which the socket was soon after.
        self.assertApproximates(phrase["offset"] / 1e7, 0.75, 0.15)
        (pcm,) = self.speech.heard
        self.assertIn(sine(self.said, 300)[1000:-1000], pcm)
        self.assertEqual(len(pcm), round(phrase["duration"] / 1e7 * 32000))

    def test_own_voice(self) -> None:
        """
        What the application itself lets the caller hear is not written down.
        """
        self.speech.texts = ["something"]
        leg = self.up()
        path = f"/callConnections/{leg}:play"
        body = {"playSources": [file_source("/hello.wav")], "playTo": []}
        self.assertEqual(self.rest("POST", path, body)[0], 202)
        self.advance(3)
        self.assertEqual(
            [p["participantRawID"] for p in self.phrases()], [f"4:{CALLER}"]
        )
        self.assertEqual(len(self.speech.heard), 1)

    def test_nothing(self) -> None:
        """
        Noise without words is not told.
        """
        self.speech.texts = [""]
        self.up()
        self.advance(3)
        self.assertEqual(len(self.speech.heard), 1)
        self.assertEqual(self.phrases(), [])

    def test_other_messages(self) -> None:
        """
        What the application sends there goes into the report.
        """
        self.up()
        self.app.media[0].sendMessage(b"{}")
        self.advance(0.1)
        (finding,) = self.control("GET", "/report")[1]["findings"]
        self.assertIn("transcription socket", finding["what"])


class LongTests(TranscriptionTestCase):
    """
    A caller who speaks for some time.
    """

    said = 2.5

    def test_intermediate(self) -> None:
        """
        Results before the end are told if they were asked for.
        """
        self.speech.texts = ["a", "a b", "a b c"]
        self.up(enable_intermediate_results=True)
        self.advance(4.5)
        self.assertEqual(
            [(p["text"], p["resultStatus"]) for p in self.phrases()],
            [("a", "Intermediate"), ("a b", "Intermediate"), ("a b c", "Final")],
        )
        offsets = {p["offset"] for p in self.phrases()}
        self.assertEqual(len(offsets), 1)

    def test_final_only(self) -> None:
        """
        Otherwise a phrase is told once.
        """
        self.speech.texts = ["a b c"]
        self.up()
        self.advance(4.5)
        self.assertEqual([p["resultStatus"] for p in self.phrases()], ["Final"])


class OperationTests(TranscriptionTestCase):
    """
    Start, stop and update.
    """

    def test_life(self) -> None:
        """
        Transcription starts, changes its language and stops as it is asked to, each
        time with the context and the callback address of the operation.
        """
        leg = self.up(start_transcription=False)
        self.assertEqual(self.app.media, [])
        about = {"operation_context": "s", "operation_callback_url": f"{APP}/cb/t"}
        asked = self.ask_leg(leg, "start_transcription", locale="en-AU", **about)
        self.assertEqual(asked, (202, None))
        self.advance(0.3)
        metadata = self.app.media[0].received[0]["transcriptionMetadata"]
        self.assertEqual(metadata["locale"], "en-AU")
        self.assertEqual(self.last("TranscriptionStarted")["operationContext"], "s")
        self.assertEqual(self.app.requests[-1].path, "/cb/t")
        about["operation_context"] = "u"
        asked = self.ask_leg(leg, "update_transcription", locale="en-GB", **about)
        self.assertEqual(asked, (202, None))
        self.advance(0.3)
        self.assertEqual(self.last("TranscriptionUpdated")["operationContext"], "u")
        self.assertEqual(
            self.details("TranscriptionUpdated"),
            ("transcriptionUpdated", "transcriptionLocaleUpdated"),
        )
        _, shown = self.rest("GET", f"/callConnections/{leg}")
        self.assertEqual(shown["transcriptionSubscription"]["locale"], "en-GB")
        about["operation_context"] = "e"
        self.assertEqual(self.ask_leg(leg, "stop_transcription", **about), (202, None))
        self.advance(0.3)
        self.assertEqual(self.last("TranscriptionStopped")["operationContext"], "e")
        self.assertEqual(
            self.details("TranscriptionStopped"),
            ("transcriptionStopped", "subscriptionStopped"),
        )
        self.assertEqual(self.app.media[0].closed, (True, 1000))
        _, shown = self.rest("GET", f"/callConnections/{leg}")
        self.assertEqual(shown["transcriptionSubscription"]["state"], "inactive")
        self.assertEqual(self.ask_leg(leg, "start_transcription")[0], 202)
        self.advance(0.3)
        self.assertEqual(len(self.app.media), 2)

    def test_refused(self) -> None:
        """
        What runs is not started, what does not run is neither stopped nor updated,
        and without options nothing is.
        """
        other = self.connected()
        self.assertEqual(self.ask_leg(other, "start_transcription")[0], 400)
        self.subscribed = True
        leg = self.up()
        self.assertEqual(self.ask_leg(leg, "start_transcription")[0], 400)
        self.ask_leg(leg, "stop_transcription")
        self.advance(0.2)
        self.assertEqual(self.ask_leg(leg, "stop_transcription")[0], 400)
        change = self.ask_leg(leg, "update_transcription", locale="en-GB")
        self.assertEqual(change[0], 400)

    def test_call_ends(self) -> None:
        """
        With the call the socket closes and C{TranscriptionStopped} is told; nothing
        stays behind.
        """
        self.up()
        self.control("DELETE", f"/calls/{self.call_id}")
        self.advance(1.5)
        self.assertEqual(self.told()[-2:], ["CallDisconnected", "TranscriptionStopped"])
        self.assertEqual(self.app.media[0].closed, (True, 1000))
        self.assertNoTimers()
