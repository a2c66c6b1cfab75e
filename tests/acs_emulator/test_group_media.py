"""
Media operations in calls of several phones: each reaches those whom it names.
"""

from __future__ import annotations

import os
import wave
from io import BytesIO
from typing import Any

from azure.communication.callautomation import PhoneNumberIdentifier
from azure.communication.callautomation._generated import models
from twisted.web.client import readBody

from acs_emulator.model.tones import tone_sound

from .media_support import TARGET, file_source, sine, wav
from .sdk_operations import OperationTestCase
from .strict_sdk import assert_model
from .support import CALLER, LINE, RESOURCE

SHOWN = PhoneNumberIdentifier(LINE)
FRIEND = "+14255550199"
FRIEND_TARGET = {"rawId": f"4:{FRIEND}", "phoneNumber": {"value": FRIEND}}
BOT = f"8:acs:{RESOURCE}_0000002b-2e10-7c11-b8a2-0d482200c0de"
HELLO, OTHER = sine(0.5), sine(0.3, 900)


class GroupMediaTestCase(OperationTestCase):
    """
    A call with a caller and a friend, who was added 1.5 s after the answer and
    has been there for 0.2 s.
    """

    steps: tuple[dict[str, Any], ...] = ()
    friend_steps: tuple[dict[str, Any], ...] = ()
    streaming = False
    intelligence: dict[str, Any] | None = None

    def setUp(self) -> None:
        super().setUp()
        self.subscribe("line", [f"4:{LINE}"])
        self.app.files["/hello.wav"] = wav(HELLO)
        self.app.files["/other.wav"] = wav(OTHER)
        self.heard = [os.path.abspath(f"{self.mktemp()}.wav") for _ in range(2)]
        self.call_id = self.place(steps=list(self.steps), heard=self.heard[0])
        body = self.answer_body(self.app.incoming[-1]["incomingCallContext"])
        if not self.streaming:
            del body["mediaStreamingOptions"]
        if self.intelligence is not None:
            body["callIntelligenceOptions"] = self.intelligence
        status, answer = self.rest("POST", "/callConnections:answer", body)
        self.assertEqual(status, 200, answer)
        self.leg = str(answer["callConnectionId"])
        self.advance(0.5)
        given = {
            "after": 1,
            "steps": list(self.friend_steps),
            "heard": self.heard[1],
        }
        status, answer = self.control("PUT", f"/phones/{FRIEND}", given)
        self.assertEqual(status, 200, answer)
        target = PhoneNumberIdentifier(FRIEND)
        self.ask_leg(self.leg, "add_participant", target, source_caller_id_number=SHOWN)
        self.advance(1.2)
        self.assertEqual(self.told()[-1], "ParticipantsUpdated")
        self.app.requests.clear()

    def operate(self, verb: str, body: dict[str, Any], wanted: int = 202) -> Any:
        status, answer = self.rest("POST", f"/callConnections/{self.leg}:{verb}", body)
        self.assertEqual(status, wanted, answer)
        return answer

    def play(self, *names: str, **more: Any) -> None:
        body = {"playSources": [file_source(name) for name in names], **more}
        assert_model(self, models.PlayRequest, body)
        self.operate("play", body)

    def heard_pcm(self) -> list[bytes]:
        """
        Ends the call.

        @return: what the caller and the friend heard.
        """
        self.rest("POST", f"/callConnections/{self.leg}:terminate")
        self.advance(0.05)
        found = []
        for path in self.heard:
            with wave.open(path) as file:
                found.append(bytes(file.readframes(file.getnframes())))
        return found

    def who_heard(self, pcm: bytes) -> list[bool]:
        """
        Ends the call.
        """
        return [pcm in heard for heard in self.heard_pcm()]


class PlayTests(GroupMediaTestCase):
    """
    Prompts and tones.
    """

    def test_to_all(self) -> None:
        """
        Without C{playTo} everybody hears it, once.
        """
        self.play("/hello.wav")
        self.advance(0.6)
        self.assertEqual(self.told(), ["PlayCompleted"])
        self.assertEqual(self.call(self.call_id)["counters"]["prompt_frames"], 25)
        self.assertEqual(self.who_heard(HELLO), [True, True])

    def test_to_one(self) -> None:
        """
        With C{playTo} only those who are named hear it.
        """
        self.play("/hello.wav", playTo=[TARGET])
        self.play("/other.wav", playTo=[FRIEND_TARGET])
        self.advance(1.0)
        caller, friend = self.heard_pcm()
        self.assertEqual((HELLO in caller, OTHER in caller), (True, False))
        self.assertEqual((HELLO in friend, OTHER in friend), (False, True))

    def test_on_hold(self) -> None:
        """
        Who is on hold hears what is played to them by name, and nothing else.
        """
        friend = PhoneNumberIdentifier(FRIEND)
        self.assertEqual(self.ask_leg(self.leg, "hold", friend)[0], 200)
        self.advance(0.2)
        self.play("/hello.wav")
        self.play("/other.wav", playTo=[FRIEND_TARGET])
        self.advance(1.0)
        caller, heard = self.heard_pcm()
        self.assertEqual((HELLO in caller, OTHER in caller), (True, False))
        self.assertEqual((HELLO in heard, OTHER in heard), (False, True))

    def test_tones_to_one(self) -> None:
        """
        Tones are heard by the phone that they are sent to.
        """
        body = {"tones": ["five"], "targetParticipant": FRIEND_TARGET}
        self.operate("sendDtmfTones", body)
        self.advance(0.4)
        self.assertEqual(self.told(), ["SendDtmfTonesCompleted"])
        self.assertEqual(self.who_heard(tone_sound("5", 16000, 0, 1600)), [False, True])

    def test_strangers(self) -> None:
        """
        Who is not in the call, and the application itself, are 400; so is who
        has left it.
        """
        bot = {"rawId": BOT, "communicationUser": {"id": BOT}}
        stranger = {"rawId": "4:+14255550198", "phoneNumber": {"value": "+14255550198"}}
        for who in (bot, stranger):
            body = {"playSources": [file_source("/hello.wav")], "playTo": [who]}
            self.operate("play", body, 400)
        friend = PhoneNumberIdentifier(FRIEND)
        self.ask_leg(self.leg, "remove_participant", friend)
        self.advance(0.2)
        self.operate(
            "startContinuousDtmfRecognition", {"targetParticipant": FRIEND_TARGET}, 400
        )


class RecognizeTests(GroupMediaTestCase):
    """
    The caller presses a key before the friend does.
    """

    steps = ({"after": "at 2.5", "press": "1"},)
    friend_steps = ({"after": "at 1.5", "press": "2"},)

    def test_keys(self) -> None:
        """
        Only the keys of the target count, and only the target hears the prompt.
        """
        body = {
            "recognizeInputType": "dtmf",
            "playPrompt": file_source("/hello.wav"),
            "recognizeOptions": {
                "targetParticipant": FRIEND_TARGET,
                "dtmfOptions": {"maxTonesToCollect": 1},
            },
        }
        self.operate("recognize", body)
        self.advance(2.0)
        data = self.last("RecognizeCompleted")
        self.assertEqual(data["dtmfResult"]["tones"], ["two"])
        self.assertEqual(self.who_heard(HELLO), [False, True])

    def test_continuous(self) -> None:
        """
        Keys are told of those participants for whom that was started, each with
        its own numbers; it is stopped for each.
        """
        for target, context in ((TARGET, "caller"), (FRIEND_TARGET, "friend")):
            body = {"targetParticipant": target, "operationContext": context}
            self.operate("startContinuousDtmfRecognition", body, 200)
        self.advance(2.0)
        found = [
            (d["operationContext"], d["sequenceId"], d["tone"])
            for d in (event["data"] for event in self.app.callbacks)
        ]
        self.assertEqual(found, [("caller", 1, "one"), ("friend", 1, "two")])
        body = {"targetParticipant": TARGET}
        for status in (200, 400):
            self.operate("stopContinuousDtmfRecognition", body, status)
        body = {"targetParticipant": FRIEND_TARGET}
        self.operate("stopContinuousDtmfRecognition", body, 200)


class SpeechTests(GroupMediaTestCase):
    """
    Both speak at the same time.
    """

    intelligence = {"cognitiveServicesEndpoint": "https://speech.example/"}

    def setUp(self) -> None:
        paths = []
        for hz in (300, 700):
            path = os.path.abspath(f"{self.mktemp()}.wav")
            with open(path, "wb") as file:
                file.write(wav(sine(0.5, hz)))
            paths.append(path)
        self.steps = ({"after": "at 2.5", "say": paths[0]},)
        self.friend_steps = ({"after": "at 1.2", "say": paths[1]},)
        super().setUp()

    def test_target(self) -> None:
        """
        Only what the target says is understood.
        """
        self.speech.texts = ["hello"]
        body = {
            "recognizeInputType": "speech",
            "recognizeOptions": {
                "targetParticipant": FRIEND_TARGET,
                "speechOptions": {"endSilenceTimeoutInMs": 300},
            },
        }
        self.operate("recognize", body)
        self.advance(3.0)
        data = self.last("RecognizeCompleted")
        self.assertEqual(data["speechResult"]["speech"], "hello")
        (heard,) = self.speech.heard
        self.assertIn(sine(0.5, 700), heard)

    def test_recording(self) -> None:
        """
        A recording holds all voices, and the prompts, each on a channel of its own.
        """
        status, body = self.rest(
            "POST",
            "/recordings",
            {
                "callConnectionId": self.leg,
                "recordingContentType": "audio",
                "recordingFormatType": "wav",
                "recordingChannelType": "unmixed",
            },
        )
        self.assertEqual(status, 200, body)
        self.play("/other.wav")
        self.advance(2.0)
        recording = body["recordingId"]
        self.assertEqual(self.rest("DELETE", f"/recordings/{recording}")[0], 204)
        url = f"http://emulator.example/recordings/{recording}/content"
        response = self.successResultOf(self.agent.request(b"GET", url.encode("ascii")))
        content = self.successResultOf(readBody(response))
        with wave.open(BytesIO(content)) as file:
            self.assertEqual(file.getnchannels(), 3)
            pcm = file.readframes(file.getnframes())
        *phones, service = (
            b"".join(pcm[i : i + 2] for i in range(2 * k, len(pcm), 6))
            for k in range(3)
        )
        self.assertIn(OTHER, service)
        spoke = [sine(0.02, 700) in phone for phone in phones]
        self.assertEqual(sorted(spoke), [False, True])
        for phone in phones:
            self.assertNotIn(OTHER, phone)


class LastKeyTests(OperationTestCase):
    """
    A caller who presses a key and hangs up in the same 20 ms.
    """

    def test_heard_out(self) -> None:
        """
        The key still reaches the service and the media stream.
        """
        self.subscribe("line", [f"4:{LINE}"])
        steps = [
            {"after": "at 1", "press": "7", "beside": True},
            {"after": "at 1", "hang_up": True, "beside": True},
        ]
        self.call_id = self.place(steps=steps)
        context = self.app.incoming[-1]["incomingCallContext"]
        leg = self.answer(context, enableDtmfTones=True)["callConnectionId"]
        self.advance(0.5)
        status, _ = self.rest(
            "POST",
            f"/callConnections/{leg}:startContinuousDtmfRecognition",
            {"targetParticipant": TARGET},
        )
        self.assertEqual(status, 200)
        self.advance(2.0)
        self.assertIn("ContinuousDtmfRecognitionToneReceived", self.told())
        self.assertIn("DtmfData", self.app.media[0].kinds())


class CreatedTests(OperationTestCase):
    """
    A call that the application placed: there is no caller's phone.
    """

    def test_play(self) -> None:
        """
        Prompts reach the phone that was called.
        """
        self.app.files["/hello.wav"] = wav(HELLO)
        heard = os.path.abspath(f"{self.mktemp()}.wav")
        self.control("PUT", f"/phones/{CALLER}", {"after": 1, "heard": heard})
        leg = self.created(
            target_participant=PhoneNumberIdentifier(CALLER),
            source_caller_id_number=SHOWN,
        )
        self.advance(1.3)
        body = {"playSources": [file_source("/hello.wav")], "playTo": [TARGET]}
        path = f"/callConnections/{leg}"
        self.assertEqual(self.rest("POST", f"{path}:play", body)[0], 202)
        self.advance(0.7)
        self.assertEqual(self.told(leg)[-1], "PlayCompleted")
        self.rest("POST", f"{path}:terminate")
        self.advance(0.1)
        with wave.open(heard) as file:
            self.assertIn(HELLO, bytes(file.readframes(file.getnframes())))
        self.assertNoTimers()
