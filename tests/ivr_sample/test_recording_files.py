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
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http_headers import Headers

from acsgw.acs.events import BadEvents, parse_events
from acsgw.acs.repeat import CallControlError
from ivr_sample.recorded import RECORDED, forms, recorded
from ivr_sample.recording_control import RecordingControl

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

    def content(self) -> Deferred[bytes]:
        return succeed(self._content)


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
