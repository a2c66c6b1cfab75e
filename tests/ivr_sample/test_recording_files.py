"""
Tests for what is told of finished recordings, and for fetching them from Azure.
"""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any, cast

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import ResponseDone
from twisted.web.http_headers import Headers

from acsgw.acs.events import BadEvents, parse_events
from acsgw.acs.repeat import CallControlError
from ivr_sample.errors import NotTaken
from ivr_sample.recorded import RECORDED, Recorded, forms, recorded
from ivr_sample.recording_control import RecordingControl
from ivr_sample.recording_files import RecordingFiles
from ivr_sample.records import CallBook, CallRecord, RecordingRecord

from .house import settings_in

AZURE = "https://storage.asm.skype.com/v1/objects/0-eus-d1/content/audio"


def told(**changes: Any) -> bytes:
    """
    @return: an event as documented.
    """
    data = {
        "recordingStorageInfo": {
            "recordingChunks": [
                {
                    "documentId": "0-eus-d1",
                    "index": 0,
                    "endReason": "SessionEnded",
                    "contentLocation": AZURE,
                }
            ]
        },
        "recordingDurationMs": 6620,
        "sessionEndReason": "CallEnded",
    }
    subject = "/recording/call/c1/serverCallId/s1/recordingId/r%201"
    event = {"id": "1", "eventType": RECORDED, "subject": subject, "data": data}
    return json.dumps([event | changes]).encode()


class EventTests(SynchronousTestCase):
    """
    C{RecordingFileStatusUpdated}.
    """

    def test_documented(self) -> None:
        """
        The recording's id, its files and its length are read.
        """
        found = recorded(parse_events(told())[0])
        self.assertEqual(found.recording_id, "r 1")
        self.assertEqual((found.parts, found.seconds), ({0: AZURE}, 6.62))

    def test_bad(self) -> None:
        """
        Without an id or a file it is refused.
        """
        odd: tuple[dict[str, Any], ...] = (
            {"subject": "/recording/call/c1"},
            {"subject": 5},
            {"data": {}},
            {"data": {"recordingStorageInfo": {"recordingChunks": [{"index": 0}, 7]}}},
        )
        for changes in odd:
            event = parse_events(told(**changes))[0]
            self.assertRaises(BadEvents, recorded, event)

    def test_forms(self) -> None:
        """
        The event may name what is inside the id of the REST API.
        """
        inside = {"PlatformEndpointId": "p", "ResourceSpecificId": "r"}
        name = b64encode(json.dumps(inside).encode()).decode().rstrip("=")
        self.assertEqual(forms(name), {name, "r"})
        for odd in ("", "x", "%%%", "bnVsbA"):
            self.assertEqual(forms(odd), {odd})


class Azure:
    """
    An HTTP client that leads to a storage with one file.
    """

    def __init__(self, content: bytes, ranges: bool = True) -> None:
        self.content = content
        self.ranges = ranges
        self.requests: list[tuple[str, str, dict[str, str]]] = []

    def request(self, method: str, url: str, **kwargs: Any) -> Deferred[Any]:
        headers = kwargs["headers"]
        self.requests.append((method, url, headers))
        first, last = map(int, headers["Range"].removeprefix("bytes=").split("-"))
        content, code, raw = self.content, 200, Headers()
        if self.ranges:
            content, code = content[first : last + 1], 206
            told = f"bytes {first}-{last}/{len(self.content)}"
            raw.setRawHeaders("Content-Range", [told])
        return succeed(Answer(code, content, raw))


class Answer:
    """
    As treq gives it.
    """

    phrase = b"OK"

    def __init__(self, code: int, content: bytes, headers: Headers) -> None:
        self.code = code
        self.headers = headers
        self._content = content

    def deliverBody(self, reader: Any) -> None:
        reader.dataReceived(self._content)
        reader.connectionLost(Failure(ResponseDone()))


class FetchTests(SynchronousTestCase):
    """
    Through Azure's SDK.
    """

    def piece(self, azure: Azure, url: str, begin: int) -> Deferred[Any]:
        control = RecordingControl(
            settings_in(Path(self.mktemp())),
            *(cast(Any, azure), Clock(), lambda: 0.0, lambda: "id"),
        )
        return Deferred.fromCoroutine(control.piece(url, begin, 4))

    def test_signed(self) -> None:
        """
        The request to Microsoft's storage is signed for the resource, and asks for
        the first bytes, too, as a range.
        """
        for begin, wanted, content in (
            (0, "bytes=0-3", b"RIFF"),
            (4, "bytes=4-7", b"x"),
        ):
            azure = Azure(b"RIFFx")
            got = self.successResultOf(self.piece(azure, AZURE, begin))
            self.assertEqual(got, (content, 5))
            ((method, url, headers),) = azure.requests
            self.assertEqual((method, url), ("GET", AZURE))
            self.assertEqual(headers["Range"], wanted)
            self.assertTrue(headers["Authorization"].startswith("HMAC-SHA256 "))
            self.assertEqual(headers["x-ms-host"], "127.0.0.1")

    def test_no_ranges(self) -> None:
        """
        A server that knows no ranges gives everything at once.
        """
        got = self.piece(Azure(b"RIFFxyz", ranges=False), AZURE, 0)
        self.assertEqual(self.successResultOf(got), (b"RIFFxyz", 7))

    def test_elsewhere(self) -> None:
        """
        Nobody else gets a request, though an event names him.
        """
        for url in ("https://evil.example/x", "http://storage.asm.skype.com/x", "x"):
            azure = Azure(b"RIFF")
            failure = self.failureResultOf(self.piece(azure, url, 0), CallControlError)
            self.assertIn("fetch the recording", failure.getErrorMessage())
            self.assertEqual(azure.requests, [])


class Pieces:
    """
    Gives one content for all addresses.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content

    async def piece(self, url: str, begin: int, count: int) -> tuple[bytes, int]:
        # A few bytes at a time, as if they were many.
        return self.content[begin : begin + 4], len(self.content)


class KeepTests(SynchronousTestCase):
    """
    What becomes of what is told.
    """

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.record = CallRecord(
            call_id="c",
            conversation_id="c",
            kind="inbound",
            caller="4:+14255550123",
            callee="4:+18005550100",
            started_at=0.0,
            keep_values=False,
            recording=RecordingRecord(channels="mixed", recording_id="r1"),
        )
        self.book = CallBook(10)
        self.book.open(self.record)

    def files(self, content: bytes) -> RecordingFiles:
        clock = Clock()
        files = RecordingFiles(
            self.book, Pieces(content), self.folder, clock, clock.seconds
        )
        files.startService()
        return files

    def told(self, recording_id: str = "r1", parts: int = 1) -> Recorded:
        urls = {n: f"http://x/{n}" for n in range(parts)}
        return Recorded(recording_id=recording_id, parts=urls, seconds=1.5)

    def kept(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}

    def test_parts(self) -> None:
        """
        Each part has its file; a second delivery of the event is no news.
        """
        files = self.files(b"RIFF of a file")
        self.assertTrue(files.take(self.told(parts=2)))
        wanted = {"c.wav": b"RIFF of a file", "c-1.wav": b"RIFF of a file"}
        self.assertEqual(self.kept(), wanted)
        self.assertFalse(files.take(self.told(parts=2)))
        shown = self.record.to_json()["recording"]
        self.assertEqual((shown["id"], shown["seconds"]), ("r1", 1.5))
        self.assertEqual(len(shown["files"]), 2)

    def test_unknown(self) -> None:
        """
        Recordings of others are passed over.
        """
        self.assertFalse(self.files(b"RIFF").take(self.told("r2")))
        self.assertEqual(self.kept(), {})

    def test_no_wav(self) -> None:
        """
        What is no sound is not kept.
        """
        for content in (b"", b"<html>"):
            self.setUp()
            self.files(content).take(self.told())
            assert self.record.recording is not None
            (part,) = self.record.recording.files
            self.assertEqual(part.problem, "what was fetched is no whole WAV file")
            self.assertEqual(self.kept(), {})

    def test_link(self) -> None:
        """
        Nobody who may write into the folder can have us write elsewhere.
        """
        target = Path(self.mktemp())
        (self.folder / "c.part").symlink_to(target.resolve())
        self.files(b"RIFF").take(self.told())
        self.assertFalse(target.exists())

    def test_stopped(self) -> None:
        """
        When the process stops, Event Grid is told to come again.
        """
        files = self.files(b"RIFF")
        self.assertIsNone(files.stopService())
        self.assertRaises(NotTaken, files.take, self.told())
