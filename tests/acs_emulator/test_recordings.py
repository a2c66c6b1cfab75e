"""
Tests for recordings: states, events, files.
"""

from __future__ import annotations

import os
import wave
from io import BytesIO
from typing import Any

from azure.communication.callautomation._generated import models
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import readBody
from twisted.web.http_headers import Headers

from acs_emulator.model.recordings import byte_range

from .media_support import TARGET, MediaCallTestCase, file_source, sine, wav
from .strict_sdk import assert_model
from .support import APP, USER


class RecordingTestCase(MediaCallTestCase):
    """
    A test with recordings.
    """

    def start(self, wanted: int = 200, **more: Any) -> Any:
        body = {
            "callConnectionId": self.connection_id,
            "recordingStateCallbackUri": f"{APP}/cb/rec",
            "recordingContentType": "audio",
            "recordingFormatType": "wav",
            **more,
        }
        body = {name: value for name, value in body.items() if value is not None}
        assert_model(self, models.StartCallRecordingRequest, body)
        status, answer = self.rest("POST", "/recordings", body)
        self.assertEqual(status, wanted, answer)
        return answer

    def recording(self, verb: str, recording_id: str) -> tuple[int, Any]:
        if verb in ("pause", "resume"):
            return self.rest("POST", f"/recordings/{recording_id}:{verb}")
        return self.rest(verb, f"/recordings/{recording_id}")

    def download(
        self, recording_id: str, method: bytes = b"GET", **headers: str
    ) -> tuple[int, bytes, Headers]:
        url = f"http://emulator.example/recordings/{recording_id}/content"
        given = Headers({name: [value] for name, value in headers.items()})
        response = self.successResultOf(
            self.agent.request(method, url.encode("ascii"), given)
        )
        content = self.successResultOf(readBody(response))
        return response.code, content, response.headers

    def channels(self, recording_id: str) -> list[bytes]:
        status, content, _ = self.download(recording_id)
        self.assertEqual(status, 200)
        with wave.open(BytesIO(content)) as file:
            self.assertEqual((file.getframerate(), file.getsampwidth()), (16000, 2))
            count, pcm = file.getnchannels(), file.readframes(file.getnframes())
        return [
            b"".join(pcm[i : i + 2] for i in range(2 * k, len(pcm), 2 * count))
            for k in range(count)
        ]


class RecordingTests(RecordingTestCase):
    """
    Recording a caller who speaks after a second, and a prompt.
    """

    def setUp(self) -> None:
        path = os.path.abspath(f"{self.mktemp()}.wav")
        with open(path, "wb") as file:
            file.write(wav(sine(0.5, 300)))
        self.said = sine(0.5, 300)
        self.steps = ({"after": "at 1", "say": path},)
        super().setUp()

    def test_mixed(self) -> None:
        """
        A mixed recording holds both sides, and its events tell when it was on.
        """
        answer = self.start(recordingChannelType="mixed")
        assert_model(self, models.RecordingStateResponse, answer)
        self.assertEqual(answer["recordingState"], "active")
        self.play(file_source("/hello.wav"))
        self.advance(2)
        recording_id = answer["recordingId"]
        self.assertEqual(self.recording("GET", recording_id), (200, answer))
        self.assertEqual(self.download(recording_id)[0], 404)
        self.assertEqual(self.recording("DELETE", recording_id), (204, None))
        self.pump()
        states = [e["data"]["state"] for e in self.app.callbacks if "Rec" in e["type"]]
        self.assertEqual(states, ["active", "inactive"])
        self.assertEqual(len(self.events()), 3)
        self.assertEqual(self.app.requests[-2].path, "/cb/rec")
        (pcm,) = self.channels(recording_id)
        self.assertIn(sine(0.5), pcm)
        self.assertIn(self.said, pcm)
        self.assertApproximates(len(pcm) / 32000, 2.0, 0.05)
        self.assertEqual(self.recording("GET", recording_id)[0], 404)

    def test_unmixed(self) -> None:
        """
        Without mixing, the caller has the first channel, the service the second.
        """
        recording_id = self.start(recordingChannelType="unmixed")["recordingId"]
        self.play(file_source("/hello.wav"))
        self.advance(2)
        self.recording("DELETE", recording_id)
        caller, service = self.channels(recording_id)
        self.assertEqual(caller.strip(b"\0"), self.said.strip(b"\0"))
        self.assertEqual(service.strip(b"\0"), sine(0.5).strip(b"\0"))

    def test_affinity(self) -> None:
        """
        Channels can be asked for.
        """
        affinity = [{"participant": TARGET, "channel": 2}]
        recording_id = self.start(
            recordingChannelType="unmixed", channelAffinity=affinity
        )["recordingId"]
        self.advance(2)
        self.recording("DELETE", recording_id)
        service, nobody, caller = self.channels(recording_id)
        self.assertEqual((service.strip(b"\0"), nobody.strip(b"\0")), (b"", b""))
        self.assertEqual(caller.strip(b"\0"), self.said.strip(b"\0"))

    def test_pause(self) -> None:
        """
        While a recording is paused nothing is recorded.
        """
        recording_id = self.start(pauseOnStart=True)["recordingId"]
        self.assertEqual(
            self.recording("GET", recording_id)[1]["recordingState"], "inactive"
        )
        self.advance(0.5)
        self.assertEqual(self.recording("resume", recording_id), (202, None))
        self.advance(1.2)
        self.assertEqual(self.recording("pause", recording_id), (202, None))
        self.advance(1.0)
        self.recording("DELETE", recording_id)
        self.pump()
        states = [e["data"]["state"] for e in self.app.callbacks if "Rec" in e["type"]]
        self.assertEqual(states, ["inactive", "active", "inactive"])
        (pcm,) = self.channels(recording_id)
        self.assertApproximates(len(pcm) / 32000, 1.2, 0.05)
        self.assertIn(self.said, pcm)

    def test_call_ends(self) -> None:
        """
        The end of the call finishes its recording, which is a WAV if nothing was
        asked for; the story says where it is.
        """
        path = f"/callConnections/{self.connection_id}"
        locator: dict[str, Any] = {
            "serverCallId": self.rest("GET", path)[1]["serverCallId"],
            "kind": "serverCallLocator",
        }
        default: dict[str, Any] = {
            "recordingContentType": None,
            "recordingFormatType": None,
        }
        recording_id = self.start(
            callConnectionId=None, callLocator=locator, **default
        )["recordingId"]
        self.advance(0.5)
        self.hang_up()
        self.assertIn(("RecordingStateChanged", 200, 0), self.events())
        self.assertEqual(len(self.channels(recording_id)), 1)
        texts = [line["text"] for line in self.call(self.call_id)["story"]]
        place = f"http://127.0.0.1:8480/recordings/{recording_id}/content"
        self.assertTrue(any(text.endswith(place) for text in texts), texts)
        self.assertNoTimers()

    def test_ranges(self) -> None:
        """
        Parts of a file can be had, and the file can be deleted.
        """
        recording_id = self.start()["recordingId"]
        self.advance(0.5)
        self.recording("DELETE", recording_id)
        _, whole, _ = self.download(recording_id)
        status, part, headers = self.download(recording_id, Range="bytes=40-99")
        self.assertEqual((status, part), (206, whole[40:100]))
        self.assertEqual(
            headers.getRawHeaders("content-range"), [f"bytes 40-99/{len(whole)}"]
        )
        self.assertEqual(
            self.download(recording_id, Range=f"bytes={len(whole)}-")[0], 416
        )
        self.assertEqual(self.download(recording_id, b"DELETE")[0], 200)
        self.assertEqual(self.download(recording_id)[0], 404)

    def test_refused(self) -> None:
        """
        Other formats, strangers and calls that are not there are refused in words;
        storage of one's own is not emulated.
        """
        message = self.start(400, recordingFormatType="mp3")["error"]["message"]
        self.assertIn("wav", message)
        self.start(400, recordingContentType="audioVideo")
        self.start(400, recordingContentType="audioVideo", recordingFormatType="mp4")
        stranger = {"rawId": USER, "communicationUser": {"id": USER}}
        affinity = [
            {"participant": TARGET, "channel": 0},
            {"participant": stranger, "channel": 1},
        ]
        self.start(400, recordingChannelType="unmixed", channelAffinity=affinity)
        self.start(404, callConnectionId="nobody")
        self.start(400, callConnectionId=None)
        storage = {
            "recordingStorageKind": "azureBlobStorage",
            "recordingDestinationContainerUrl": "https://st.example/c",
        }
        self.start(501, externalStorage=storage)
        self.assertEqual(self.recording("pause", "nobody")[0], 404)


class NoDiskTests(RecordingTestCase):
    """
    An emulator that cannot write.
    """

    def new_file(self) -> BytesIO:
        raise OSError(28, "No space left on device")

    def test_failed(self) -> None:
        """
        C{StartRecordingFailed} tells of a recording that cannot be written.
        """
        answer = self.start()
        self.pump()
        self.assertEqual(self.events(), [("StartRecordingFailed", 500, 9999)])
        self.assertEqual(self.last()["recordingId"], answer["recordingId"])


class RangeTests(SynchronousTestCase):
    """
    Tests for L{byte_range}.
    """

    def test_forms(self) -> None:
        """
        One range of bytes is understood; what is not is the whole, as the
        standard has it.
        """
        for header, wanted in (
            (None, (0, 100)),
            ("bytes=0-9", (0, 10)),
            ("bytes=90-", (90, 10)),
            ("bytes=-5", (95, 5)),
            ("bytes=50-999", (50, 50)),
            ("bytes=100-", None),
            ("bytes=9-3", None),
            ("bytes=-0", None),
            ("bytes=0-1,3-4", (0, 100)),
            ("lines=1-2", (0, 100)),
            ("bytes=-", (0, 100)),
            ("bytes=x-", (0, 100)),
        ):
            self.assertEqual(byte_range(header, 100), wanted, header)
