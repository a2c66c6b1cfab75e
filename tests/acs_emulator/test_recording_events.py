"""
Tests for what is told of a finished recording, and for its channels.
"""

from __future__ import annotations

import json
import os
from typing import Any

from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import readBody
from twisted.web.http_headers import Headers

from acs_emulator.model.recording_channels import Channels

from .media_support import TARGET, file_source, sine, wav
from .support import APP, RESOURCE
from .test_recordings import RecordingTestCase

_FRIEND = {"rawId": "4:+14255550199", "phoneNumber": {"value": "+14255550199"}}
_FINISHED = "Microsoft.Communication.RecordingFileStatusUpdated"


class FinishedTestCase(RecordingTestCase):
    """
    A test that fetches what the event names.
    """

    def finished(self) -> list[dict[str, Any]]:
        """
        Events that tell of a finished recording.
        """
        events = [
            json.loads(r.body)[0] for r in self.app.requests if r.path == "/events"
        ]
        return [event for event in events if event["eventType"] == _FINISHED]

    def fetch(self, url: str, method: bytes = b"GET") -> tuple[int, bytes]:
        path = url.removeprefix("http://127.0.0.1:8480")
        self.assertNotEqual(path, url)
        place = f"http://emulator.example{path}".encode("ascii")
        response = self.successResultOf(self.agent.request(method, place, Headers({})))
        return response.code, self.successResultOf(readBody(response))


class EventTests(FinishedTestCase):
    """
    Tests for C{RecordingFileStatusUpdated}.
    """

    def test_stopped(self) -> None:
        """
        A recording that is stopped is announced by an event with the documented
        fields, whose addresses give the file and its metadata.
        """
        recording_id = self.start()["recordingId"]
        self.advance(1)
        self.recording("pause", recording_id)
        self.advance(0.5)
        self.recording("resume", recording_id)
        self.advance(1)
        self.assertEqual(self.finished(), [])
        self.recording("DELETE", recording_id)
        self.advance(0.1)
        (event,) = self.finished()
        about = self.rest("GET", f"/callConnections/{self.connection_id}")[1]
        self.assertEqual(
            event["subject"],
            f"/recording/call/{about['correlationId']}/serverCallId/"
            f"{about['serverCallId']}/recordingId/{recording_id}",
        )
        data = event["data"]
        self.assertEqual(
            {key: value for key, value in data.items() if key.startswith("recordingC")},
            {"recordingContentType": "Audio", "recordingChannelType": "Mixed"},
        )
        self.assertEqual(data["recordingFormatType"], "Wav")
        self.assertEqual(data["sessionEndReason"], "InitiatorLeft")
        self.assertApproximates(data["recordingDurationMs"], 2000, 60)
        (chunk,) = data["recordingStorageInfo"]["recordingChunks"]
        self.assertEqual((chunk["index"], chunk["endReason"]), (0, "SessionEnded"))
        content = self.download(recording_id)[1]
        self.assertEqual(self.fetch(chunk["contentLocation"]), (200, content))
        status, body = self.fetch(chunk["metadataLocation"])
        self.assertEqual(status, 200)
        self.check_metadata(json.loads(body), data, chunk)
        self.assertEqual(self.fetch(chunk["metadataLocation"], b"DELETE")[0], 405)
        self.assertEqual(self.fetch(chunk["deleteLocation"])[0], 405)
        self.assertEqual(self.fetch(chunk["deleteLocation"], b"DELETE")[0], 200)
        self.assertEqual(self.fetch(chunk["metadataLocation"])[0], 404)
        self.assertEqual(self.fetch(chunk["contentLocation"])[0], 404)

    def check_metadata(
        self, found: dict[str, Any], data: dict[str, Any], chunk: dict[str, Any]
    ) -> None:
        self.assertEqual(found["resourceId"], RESOURCE)
        self.assertEqual(found["chunkDocumentId"], chunk["documentId"])
        self.assertEqual(found["chunkStartTime"], data["recordingStartTime"])
        self.assertEqual(found["chunkDuration"], data["recordingDurationMs"])
        self.assertEqual(
            [pause["duration"] for pause in found["pauseResumeIntervals"]], [500]
        )
        self.assertEqual(
            found["recordingInfo"],
            {
                "contentType": "audio",
                "channelType": "mixed",
                "format": "wav",
                "audioConfiguration": {
                    "sampleRate": 16000,
                    "bitRate": 256000,
                    "channels": 1,
                },
            },
        )
        people = [who["participantId"] for who in found["participants"]]
        self.assertEqual(people[0], TARGET["rawId"])
        self.assertEqual(len(people), 2)

    def test_call_ended(self) -> None:
        """
        At the end of the call the reason is that, and the journal knows whose
        recording it was.
        """
        self.start()
        self.advance(0.5)
        self.hang_up()
        (event,) = self.finished()
        self.assertEqual(event["data"]["sessionEndReason"], "CallEnded")
        told = self.control("GET", f"/calls/{self.call_id}/journal")[1]["entries"]
        texts = [entry["what"] for entry in told if entry["channel"] == "event"]
        self.assertIn("POST RecordingFileStatusUpdated", texts)

    def test_wanted(self) -> None:
        """
        Subscriptions get it if they ask for its type, and not if they ask for
        another.
        """
        for name, kind in (("calls", "IncomingCall"), ("files", _FINISHED)):
            kind = f"Microsoft.Communication.{kind.rpartition('.')[2]}"
            body = {"endpoint": f"{APP}/events", "included_event_types": [kind]}
            self.control("PUT", f"/subscriptions/{name}", body)
        self.control("DELETE", "/subscriptions/app")
        self.recording("DELETE", self.start()["recordingId"])
        self.advance(0.1)
        names = [
            r.headers["aeg-subscription-name"]
            for r in self.app.requests
            if b"RecordingFileStatusUpdated" in r.body
        ]
        self.assertEqual([name.lower() for name in names], ["files"])


class UnmixedTests(FinishedTestCase):
    """
    Recording several people apart.
    """

    def setUp(self) -> None:
        self.files = {}
        for hz in (300, 700):
            path = os.path.abspath(f"{self.mktemp()}.wav")
            with open(path, "wb") as file:
                file.write(wav(sine(0.5, hz)))
            self.files[hz] = path
        self.steps = ({"after": "at 1", "say": self.files[300]},)
        super().setUp()

    def test_each(self) -> None:
        """
        Everybody has a channel, those who come later the next one that is free;
        the metadata tells whose is which.
        """
        number = _FRIEND["phoneNumber"]["value"]  # type: ignore[index]
        phone = {"steps": [{"after": "at 0.5", "say": self.files[700]}]}
        self.control("PUT", f"/phones/{number}", phone)
        affinity = [{"participant": TARGET, "channel": 1}]
        recording_id = self.start(
            recordingChannelType="unmixed", channelAffinity=affinity
        )["recordingId"]
        add = {
            "participantToAdd": _FRIEND,
            "sourceCallerIdNumber": {"value": "+18005550100"},
        }
        path = f"/callConnections/{self.connection_id}/participants:add"
        self.assertEqual(self.rest("POST", path, add)[0], 202)
        self.advance(3)
        self.play(file_source("/hello.wav"))
        self.advance(1)
        self.recording("DELETE", recording_id)
        self.advance(0.1)
        service, caller, friend = self.channels(recording_id)
        self.assertEqual(caller.strip(b"\0"), sine(0.5, 300).strip(b"\0"))
        self.assertEqual(friend.strip(b"\0"), sine(0.5, 700).strip(b"\0"))
        self.assertEqual(service.strip(b"\0"), sine(0.5).strip(b"\0"))
        (event,) = self.finished()
        self.assertEqual(event["data"]["recordingChannelType"], "Unmixed")
        (chunk,) = event["data"]["recordingStorageInfo"]["recordingChunks"]
        found = json.loads(self.fetch(chunk["metadataLocation"])[1])
        places = {p["participantId"]: p["channel"] for p in found["participants"]}
        self.assertEqual(places[TARGET["rawId"]], 1)
        self.assertEqual(places[_FRIEND["rawId"]], 2)
        self.assertEqual(sorted(places.values()), [0, 1, 2])
        audio = found["recordingInfo"]["audioConfiguration"]
        self.assertEqual((audio["channels"], audio["bitRate"]), (3, 768000))

    def test_part(self) -> None:
        """
        A part of a file with several channels is cut where it was asked for.
        """
        recording_id = self.start(recordingChannelType="unmixed")["recordingId"]
        self.advance(2)
        self.recording("DELETE", recording_id)
        whole = self.download(recording_id)[1]
        for begin, end in ((0, 50), (41, 99), (45, 45), (80001, 90002)):
            part = self.download(recording_id, Range=f"bytes={begin}-{end}")[1]
            self.assertEqual(part, whole[begin : end + 1], begin)


class ChannelsTests(SynchronousTestCase):
    """
    Tests for L{Channels}.
    """

    def test_full(self) -> None:
        """
        There are five channels, and a sixth participant gets none.
        """
        channels = Channels({"d": 0}, ["a", "b", "c"])
        self.assertEqual([channels.place_of(who) for who in "abcd"], [1, 2, 3, 0])
        self.assertEqual(channels.count, 4)
        self.assertEqual([channels.place_of(who) for who in "efa"], [4, None, 1])
        self.assertEqual((channels.count, len(channels.places)), (5, 5))
