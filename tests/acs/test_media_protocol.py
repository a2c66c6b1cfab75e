"""
Tests for L{acsgw.acs.media_protocol}.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.test.iosim import IOPump
from twisted.web.resource import Resource

from acsgw.acs.media_protocol import (
    MAX_MESSAGE,
    MediaPeer,
    MediaStream,
    media_resource,
)
from acsgw.errors import Forbidden, Unauthorized
from acsgw.wire.media_hub import MediaHub

from ..support import ClockTestCase
from .test_media import METADATA, audio, digit
from .websocket import RecordingClient, connect

PATH = "/media/c1/token"


class Peer:
    """
    The call.
    """

    def __init__(self) -> None:
        self.stream: MediaStream | None = None
        self.heard: list[tuple[Any, ...]] = []
        self.bug: Exception | None = None

    def media_opened(
        self, line: MediaStream, sample_rate: int, connection_id: str
    ) -> None:
        self.stream = line
        self.heard.append(("opened", sample_rate, connection_id))
        if self.bug is not None:
            raise self.bug

    def caller_audio(self, pcm: bytes) -> None:
        self.heard.append(("audio", pcm))

    def caller_pressed(self, digit: str) -> None:
        self.heard.append(("key", digit))

    def media_closed(self, reason: str) -> None:
        self.heard.append(("closed", reason))
        if self.bug is not None:
            raise self.bug


class MediaProtocolTestCase(ClockTestCase):
    """
    A media resource at C{/media}.
    """

    frame_shortcut = True

    def setUp(self) -> None:
        super().setUp()
        self.peer = Peer()
        self.refusal: Exception | None = None
        self.claimed: list[tuple[str, Mapping[str, str]]] = []
        self.unknown: list[str] = []
        self.root = Resource()
        resource: Any = media_resource(
            self.claim,
            self.unknown.append,
            MediaHub(self.reactor, self.frame_shortcut),
        )
        self.root.putChild(b"media", resource)

    def claim(self, uri: str, headers: Mapping[str, str]) -> MediaPeer:
        self.claimed.append((uri, headers))
        if self.refusal is not None:
            raise self.refusal
        return self.peer

    def connect(self, path: str = PATH) -> tuple[RecordingClient, IOPump]:
        return connect(self, self.root, path, {"X-MS-Call-Connection-Id": "cc"})

    def send(self, *messages: bytes) -> tuple[RecordingClient, IOPump]:
        """
        Connect and send the metadata and these.
        """
        client, pump = self.connect()
        for message in (METADATA, *messages):
            client.sendMessage(message)
        pump.flush()
        return client, pump

    @property
    def line(self) -> MediaStream:
        assert self.peer.stream is not None
        return self.peer.stream


class StreamTests(MediaProtocolTestCase):
    """
    A stream that goes well.
    """

    def test_heard(self) -> None:
        """
        The call hears that the stream is open, at which rate and for which leg;
        then audio and keys; then its end.
        """
        client, pump = self.send(audio(b"\1\2"), digit("5"))
        client.sendClose(1000)
        pump.flush()
        self.assertEqual(
            self.peer.heard,
            [
                ("opened", 16000, "cc"),
                ("audio", b"\1\2"),
                ("key", "5"),
                ("closed", "closed by the network (1000)"),
            ],
        )

    def test_said(self) -> None:
        """
        Audio and the stop reach the network; our close is a normal one.
        """
        client, pump = self.send()
        self.line.speak(b"\1\2")
        self.line.stop_speaking()
        pump.flush()
        self.assertEqual(len(client.received), 2)
        self.assertIn(b"AQI=", client.received[0])
        self.assertIn(b"StopAudio", client.received[1])
        self.line.close()
        pump.flush()
        self.assertEqual(client.closed, (1000, "call ended"))

    def test_said_while_closing(self) -> None:
        """
        What is said to a stream that closes, or has closed, goes nowhere and
        raises nothing.
        """
        _, pump = self.send()
        self.line.close()
        self.line.speak(b"\1\2")
        self.line.stop_speaking()
        pump.flush()
        self.line.speak(b"\1\2")
        self.line.close()

    def test_unknown_kinds(self) -> None:
        """
        Messages of other kinds are counted and change nothing.
        """
        client, pump = self.send(b'{"kind":"MarkData"}', audio(b"\1\2"))
        pump.flush()
        self.assertEqual(self.unknown, ["MarkData"])
        self.assertEqual(self.peer.heard[1:], [("audio", b"\1\2")])
        self.assertIsNone(client.closed)

    def test_connection_lost(self) -> None:
        """
        A connection that breaks is told as the end of the stream.
        """
        client, pump = self.send()
        client.dropConnection(abort=True)
        pump.flush()
        self.assertEqual(self.peer.heard[-1][0], "closed")

    def test_pings(self) -> None:
        """
        A peer that does not answer pings is gone.
        """
        _, pump = self.send()
        self.reactor.advance(15)
        self.reactor.advance(10)
        pump.flush()
        self.assertEqual(self.peer.heard[-1][0], "closed")

    def test_peer_that_does_not_read(self) -> None:
        """
        A peer that does not read what it is sent is gone after 2 s; one that reads
        again in time is not.
        """
        _, pump = self.send()
        gauge: Any = pump.serverIO.producer
        gauge.pauseProducing()
        self.reactor.advance(1.9)
        gauge.resumeProducing()
        self.reactor.advance(1.9)
        self.assertNotEqual(self.peer.heard[-1][0], "closed")
        gauge.pauseProducing()
        self.reactor.advance(1)
        gauge.pauseProducing()  # as Twisted does with every write
        self.reactor.advance(1)
        pump.flush()
        self.assertEqual(
            self.peer.heard[-1], ("closed", "the network read nothing for 2 s")
        )

    def test_waiting_audio(self) -> None:
        """
        While the peer does not read, the oldest audio is dropped and counted; a stop
        drops all that waits, and goes out itself.
        """
        client, pump = self.send()
        way: Any = pump.serverIO.producer
        way.pauseProducing()
        for _ in range(100):
            self.line.speak(bytes(960))
        dropped = self.line.frames_dropped
        self.assertGreater(dropped, 40)
        way.resumeProducing()
        pump.flush()
        self.assertEqual(len(client.received), 100 - dropped)
        way.pauseProducing()
        self.line.speak(bytes(640))
        self.line.stop_speaking()
        way.resumeProducing()
        pump.flush()
        self.assertEqual(len(client.received), 100 - dropped + 1)
        self.assertIn(b'"StopAudio":{}', client.received[-1])
        self.assertEqual(self.line.frames_dropped, dropped)

    def test_closed_while_not_read(self) -> None:
        """
        What waits goes out before the connection is dropped.
        """
        client, pump = self.send()
        way: Any = pump.serverIO.producer
        way.pauseProducing()
        self.line.stop_speaking()
        pump.flush()
        self.assertEqual(client.received, [])
        self.line.dropConnection()
        pump.flush()
        self.assertEqual(len(client.received), 1)

    def test_token_as_query(self) -> None:
        """
        The claim sees the path, with the token if it came as a query and without
        the rest of it.
        """
        self.connect("/media/c1?token=t1&other=2")
        self.assertEqual(self.claimed[0][0], "/media/c1?token=t1")
        self.connect()
        self.assertEqual(self.claimed[1][0], PATH)
        self.assertEqual(self.claimed[1][1]["x-ms-call-connection-id"], "cc")


class RefusalTests(MediaProtocolTestCase):
    """
    Nobody comes in without proof, and refusals do not say why.
    """

    def refused(self, refusal: Exception) -> str:
        """
        @return: what the client hears, with the HTTP status.
        """
        self.refusal = refusal
        client, _ = self.connect()
        self.assertFalse(client.opened)
        assert client.closed is not None
        self.assertNotIn("secret", client.closed[1])
        self.assertEqual(self.peer.heard, [])
        return client.closed[1]

    def test_bad_token(self) -> None:
        """
        Without a good token the answer is HTTP 401, before the upgrade.
        """
        text = self.refused(Unauthorized("secret"))
        self.assertIn("401", text)

    def test_used_token(self) -> None:
        """
        A token that is good no more is answered with 403.
        """
        text = self.refused(Forbidden("secret"))
        self.assertIn("403", text)

    def test_bug(self) -> None:
        """
        An error of ours is logged, and answered with 500 and no details.
        """
        text = self.refused(ZeroDivisionError("secret"))
        self.assertIn("500", text)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)


class BrokenProtocolTests(MediaProtocolTestCase):
    """
    A peer that breaks the protocol is told so and disconnected.
    """

    def test_garbage(self) -> None:
        """
        Garbage closes with our code and the reason; the call hears the same reason
        and nothing that comes after.
        """
        client, pump = self.send(b"garbage", audio(b"\1\2"))
        pump.flush()
        assert client.closed is not None
        code, reason = client.closed
        self.assertEqual(code, 4400)
        self.assertTrue(reason.startswith("not a media message"))
        self.assertEqual(self.peer.heard[1:], [("closed", reason)])

    def test_order(self) -> None:
        """
        So does audio before the metadata; the call never hears of the stream.
        """
        client, pump = self.connect()
        client.sendMessage(audio(b"\1\2"))
        pump.flush()
        self.assertEqual(client.closed, (4400, "AudioData before AudioMetadata"))
        self.assertEqual(
            self.peer.heard, [("closed", "AudioData before AudioMetadata")]
        )

    def test_no_metadata(self) -> None:
        """
        So does a stream that never says what it carries; one that did is left
        alone.
        """
        client, pump = self.connect()
        self.reactor.advance(10)
        pump.flush()
        self.assertEqual(client.closed, (4400, "no AudioMetadata within 10 s"))
        other, pump = self.send()
        self.reactor.advance(10)
        pump.flush()
        self.assertIsNone(other.closed)

    def test_binary(self) -> None:
        """
        So does a binary message.
        """
        client, pump = self.connect()
        client.sendMessage(METADATA, isBinary=True)
        pump.flush()
        self.assertEqual(client.closed, (4400, "binary messages are not part of it"))

    def test_too_large(self) -> None:
        """
        A message beyond the limit is not even read, and the code says why.
        """
        client, pump = self.send(b'{"kind":"' + b"x" * MAX_MESSAGE + b'"}')
        pump.flush()
        assert client.closed is not None
        self.assertEqual(client.closed[0], 1009)
        self.assertEqual([heard[0] for heard in self.peer.heard], ["opened", "closed"])
        self.assertEqual(self.unknown, [])

    def test_bug(self) -> None:
        """
        An error of ours is logged and ends the connection; no details go out.
        """
        self.peer.bug = ZeroDivisionError("secret")
        client, pump = self.send()
        pump.flush()
        self.assertEqual(client.closed, (4500, "internal error"))
        self.assertEqual(
            self.peer.heard, [("opened", 16000, "cc"), ("closed", "internal error")]
        )
        # Once for what was opened, once for what was closed.
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 2)
