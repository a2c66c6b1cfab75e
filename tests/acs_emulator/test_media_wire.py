"""
Tests for the short way of media frames: what it is given and gives must not
differ from what the long way does.
"""

from __future__ import annotations

import json
import re
import select
from base64 import b64encode
from collections import deque
from hashlib import sha1
from itertools import pairwise
from typing import Any

import txaio
from autobahn.twisted.websocket import WebSocketClientProtocol
from hypothesis import given, settings, strategies as st
from twisted.internet.address import IPv4Address
from twisted.internet.tcp import Connection
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.fronts.media_client import MediaConnector
from acs_emulator.fronts.media_wire import ShortWire, Wires, is_plain
from acs_emulator.model.media_messages import (
    AudioReceived,
    audio_data,
    parse_received,
    usual_audio,
)
from acs_emulator.model.playout import Playout

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class FakeSocket:
    """
    @ivar incoming: what C{recv} gives; empty bytes are the end.
    @ivar room: how many bytes the kernel still takes.
    """

    def __init__(self) -> None:
        self.incoming: deque[bytes] = deque()
        self.sent = b""
        self.room = 1_000_000

    def fileno(self) -> int:
        return 42

    def recv(self, most: int) -> bytes:
        if not self.incoming:
            raise BlockingIOError
        data = self.incoming.popleft()
        if len(data) > most:
            self.incoming.appendleft(data[most:])
        return data[:most]

    def send(self, data: bytes) -> int:
        if not self.room:
            raise BlockingIOError(11, "full")
        taken = bytes(data[: self.room])
        self.sent += taken
        self.room -= len(taken)
        return len(taken)

    def setblocking(self, wanted: bool) -> None:
        pass

    def setsockopt(self, *what: object) -> None:
        pass

    def shutdown(self, how: int) -> None:
        pass

    def close(self) -> None:
        pass


class Line(Connection):
    """
    Twisted's own TCP transport.
    """

    def getPeer(self) -> IPv4Address:
        return IPv4Address("TCP", "192.0.2.1", 81)

    getHost = getPeer


class FakePoller:
    """
    One socket, which always has something to read.
    """

    def __init__(self) -> None:
        self.watched: list[int] = []

    def register(self, fd: int, eventmask: int = 0) -> None:
        self.watched.append(fd)

    def unregister(self, fd: int) -> None:
        self.watched.remove(fd)

    def poll(self, timeout: float = -1, maxevents: int = -1) -> list[Any]:
        return [(fd, select.POLLIN) for fd in self.watched]


class WireTestCase(SynchronousTestCase):
    """
    A test with Twisted's own TCP transport on a socket that is none.
    """

    def setUp(self) -> None:
        self.reactor: Any = MemoryReactorClock()
        self.patch(txaio.config, "loop", self.reactor)  # type: ignore[attr-defined]
        self.poller = FakePoller()
        self.wires = Wires(self.reactor, self.poller)
        self.socket = FakeSocket()

    def transport(self, protocol: Any) -> Any:
        fake: Any = self.socket
        made: Any = Line(fake, protocol, self.reactor)
        made.connected = 1
        made.startReading()
        return made


class ShortWireTests(WireTestCase):
    """
    Tests for L{ShortWire} and L{Wires}.
    """

    def setUp(self) -> None:
        super().setUp()
        self.line = self.transport(None)
        self.taken: list[bytes] = []
        self.wire = ShortWire(self.line, self.wires, self.taken.append)

    def test_transport(self) -> None:
        """
        Twisted's TCP transport has what a wire is laid on; others have not.
        """
        self.assertTrue(is_plain(self.line))
        self.assertEqual((self.line.dataBuffer, self.line._tempDataBuffer), (b"", []))
        self.assertFalse(is_plain(object()))
        self.line.TLS = True
        self.assertFalse(is_plain(self.line))

    def test_beat(self) -> None:
        """
        What is sent in a beat goes out at its end, in order; else at once.
        """
        self.wire.write(b"a")
        self.assertEqual(self.socket.sent, b"a")
        self.wires.begin_beat()
        self.wire.write(b"b")
        self.wire.write(b"c")
        self.assertEqual(self.socket.sent, b"a")
        self.wires.end_beat()
        self.assertEqual(self.socket.sent, b"abc")
        self.wires.end_beat()
        self.assertEqual(self.socket.sent, b"abc")

    def test_full(self) -> None:
        """
        What the kernel does not take waits in the transport, and all that comes
        later behind it.
        """
        self.socket.room = 2
        self.wire.write(b"abc")
        self.socket.room = 100
        self.wire.write(b"d")
        self.assertEqual(self.socket.sent, b"ab")
        self.line.doWrite()
        self.assertEqual(self.socket.sent, b"abcd")
        self.socket.room = 0
        self.wire.write(b"e")
        self.assertIn(self.line, self.reactor.getWriters())

    def test_arrivals(self) -> None:
        """
        What has arrived is taken before a beat, and after some milliseconds if
        there is none; the reactor does not read.
        """
        self.assertNotIn(self.line, self.reactor.getReaders())
        self.socket.incoming.append(b"a")
        self.wires.begin_beat()
        self.assertEqual(self.taken, [b"a"])
        self.wires.end_beat()
        self.socket.incoming.append(b"b")
        self.reactor.advance(0.01)
        self.assertEqual(self.taken, [b"a", b"b"])

    def test_burst(self) -> None:
        """
        Much that arrives at once is taken at once.
        """
        self.socket.incoming.append(b"x" * 500_000)
        self.wires.take()
        self.assertEqual(b"".join(self.taken), b"x" * 500_000)

    def test_end(self) -> None:
        """
        The end of the stream is the reactor's, and leaves no timer.
        """
        self.socket.incoming += [b"a", b""]
        self.wires.take()
        self.wires.take()
        self.assertEqual(self.taken, [b"a"])
        self.assertIn(self.line, self.reactor.getReaders())
        self.assertEqual(self.poller.watched, [])
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_not_wanted(self) -> None:
        """
        A peer that is not read from is read by nobody, until it is again.
        """
        self.wire.read(False)
        self.socket.incoming.append(b"a")
        self.reactor.advance(0.1)
        self.assertEqual(self.taken, [])
        self.assertNotIn(self.line, self.reactor.getReaders())
        self.wire.read(True)
        self.reactor.advance(0.01)
        self.assertEqual(self.taken, [b"a"])

    def test_close(self) -> None:
        """
        A wire that is closed in a beat sends what waited, and is read no more.
        """
        self.wires.begin_beat()
        self.wire.write(b"last")
        self.wire.close()
        self.assertEqual(self.socket.sent, b"last")
        self.wires.end_beat()
        self.assertEqual(self.poller.watched, [])
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_broken_reader(self) -> None:
        """
        Whoever cannot take its bytes loses its connection, and no other does.
        """
        self.wire.close()
        ShortWire(self.line, self.wires, lambda data: 1 / 0)  # type: ignore[arg-type]
        self.socket.incoming.append(b"a")
        self.wires.take()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(self.poller.watched, [])


class Peer:
    """
    Keeps what a stream was told.
    """

    def __init__(self) -> None:
        self.told: list[object] = []
        self.link: Any = None

    def opened(self, link: Any) -> None:
        self.link = link

    def received(self, payload: bytes, is_binary: bool) -> None:
        self.told.append((payload, is_binary))

    def closed(self, reason: str) -> None:
        self.told.append(reason)


def frame(opcode: int, payload: bytes, fin: bool = True) -> bytes:
    """
    @return: a server's frame.
    """
    head = bytes([(0x80 if fin else 0) | opcode])
    size = len(payload)
    if size < 126:
        return head + bytes([size]) + payload
    return head + b"\x7e" + size.to_bytes(2, "big") + payload


_TEXTS = st.text(max_size=300).map(lambda text: frame(1, text.encode("utf-8")))
_OTHERS = st.sampled_from(
    [
        frame(9, b"ping"),
        frame(2, b"\x00\xff"),
        frame(1, b"one ", fin=False) + frame(9, b"") + frame(0, b"two"),
        frame(1, b"x" * 700),
        frame(8, b"\x03\xe8"),
        b"\x81\xff" + bytes(12),
        b"\xc1\x01a",
    ]
)


class MediaClientTests(WireTestCase):
    """
    Tests for the protocol of L{MediaConnector} on a L{ShortWire}.
    """

    def connect(self, wires: Wires | None) -> tuple[Any, Peer, Any]:
        """
        @return: protocol, peer, attempt; the handshake is over.
        """
        peer = Peer()
        connector = MediaConnector(self.reactor, None, wires)  # type: ignore[arg-type]
        attempt = connector.connect("ws://app.example:81/media", {}, peer)
        factory = self.reactor.tcpClients[-1][2]
        protocol = factory.buildProtocol(None)
        self.socket = FakeSocket()
        transport = self.transport(protocol)
        protocol.makeConnection(transport)
        self.reactor.advance(0)
        transport.doWrite()
        asked = re.search(rb"Sec-WebSocket-Key: (\S+)", self.socket.sent, re.I)
        assert asked is not None
        key = asked.group(1).decode("ascii")
        accept = b64encode(sha1((key + _GUID).encode("ascii")).digest())
        protocol.dataReceived(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self.socket.sent = b""
        return protocol, peer, attempt

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.one_of(_TEXTS, _OTHERS), max_size=8), st.data())
    def test_same_messages(self, frames: list[bytes], data: st.DataObject) -> None:
        """
        However the bytes are cut, the stream hears what it would of Autobahn alone.
        """
        stream = b"".join(frames)
        cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=6).map(sorted))
        edges = [0, *cuts, len(stream)]
        told = []
        for short in (True, False):
            protocol, peer, _ = self.connect(self.wires if short else None)
            for begin, end in pairwise(edges):
                chunk = stream[begin:end]
                if short and chunk:
                    self.socket.incoming.append(chunk)
                    self.wires.take()
                elif chunk:
                    WebSocketClientProtocol.dataReceived(protocol, chunk)
            protocol.dropConnection(abort=True)
            self.reactor.advance(0)
            told.append(peer.told)
        self.assertEqual(told[0], told[1])

    def test_close_comes_last(self) -> None:
        """
        A stream that is closed in a beat sends its close behind its last frame.
        """
        protocol, peer, attempt = self.connect(self.wires)
        self.wires.begin_beat()
        peer.link.send(b"last")
        attempt.close()
        protocol.transport.doWrite()
        self.wires.end_beat()
        self.assertEqual(self.socket.sent[:10], b"\x81\x84\0\0\0\0last")
        self.assertEqual(self.socket.sent[10] & 0x0F, 8)


_AUDIO = st.binary(max_size=40).map(lambda pcm: b64encode(pcm).decode("ascii"))
_DATA = st.one_of(_AUDIO, st.text("AB=/+ \\é", max_size=9), st.none(), st.integers())
_KIND = st.sampled_from(["AudioData", "audioData", "AUDIODATA", "StopAudio", "", None])


class UsualAudioTests(SynchronousTestCase):
    """
    Tests for L{usual_audio}.
    """

    @settings(max_examples=300, deadline=None)
    @given(
        st.permutations(["Kind", "AudioData", "StopAudio", "kind", "audioData"]),
        st.integers(1, 5),
        _KIND,
        st.sampled_from(["Data", "data", "DATA", "IsSilent", "isSilent"]),
        _DATA,
        st.booleans(),
        st.integers(0, 200),
    )
    def test_same_audio(
        self,
        names: list[str],
        count: int,
        kind: str | None,
        data_name: str,
        data: object,
        escaped: bool,
        cut: int,
    ) -> None:
        """
        It finds what the long way finds, or leaves it to that.
        """
        values: dict[str, object] = {
            "kind": kind,
            "audiodata": {data_name: data},
            "stopaudio": None,
        }
        message = {name: values[name.lower()] for name in names[:count]}
        text = json.dumps(message)
        if escaped:
            text = text.replace("/", "\\/").replace("+", "\\u002B")
        payload = text.encode("ascii")
        if cut < 20:
            payload = payload[:-cut]
        found = usual_audio(payload)
        if found is not None:
            self.assertEqual(parse_received(payload, False), [AudioReceived(found)])

    def test_usual(self) -> None:
        """
        The usual ones it does read, escapes and all.
        """
        for text in (
            '{"Kind":"AudioData","AudioData":{"Data":"\\/\\u002B8AAA=="},"StopAudio":null}',
            '{"kind":"AudioData","audioData":{"data":"//8AAA==","isSilent":false}}',
        ):
            self.assertIsNotNone(usual_audio(text.encode("ascii")))
            # An odd number of bytes is for the long way to complain of.
            odd = text.replace("AA==", "")
            self.assertIsNone(usual_audio(odd.encode("ascii")))

    @given(st.binary(max_size=64), st.booleans(), st.sampled_from([None, "4:+1425"]))
    def test_written(self, pcm: bytes, silent: bool, who: str | None) -> None:
        """
        What is sent holds the same bytes, whether they are silence or not.
        """
        message = audio_data(pcm, timestamp="now", silent=silent, participant=who)
        body = json.loads(message)["audioData"]
        self.assertEqual(body["data"], b64encode(pcm).decode("ascii"))
        self.assertEqual(body["silent"], silent)
        self.assertEqual(body.get("participantRawID"), who)


class PlainQueue:
    """
    A playout's queue in its simplest form.
    """

    def __init__(self) -> None:
        self.queue = b""

    def pull(self) -> bytes:
        frame, self.queue = self.queue[:640], self.queue[640:]
        return frame.ljust(640, b"\0")


class PlayoutQueueTests(SynchronousTestCase):
    """
    Tests for the queue of L{Playout}.
    """

    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(
            st.one_of(
                st.sampled_from(["pull", "pull", "stop"]),
                st.one_of(st.just(320), st.integers(0, 2000)),
            ),
            max_size=30,
        )
    )
    def test_same_sound(self, steps: list[str | int]) -> None:
        """
        However audio comes in pieces, the same comes out, 20 ms at a time.
        """
        playout, plain, number = Playout(16000), PlainQueue(), 0
        for step in steps:
            if step == "pull":
                self.assertEqual(playout.pull(), plain.pull())
            elif step == "stop":
                self.assertEqual(playout.stop(), len(plain.queue) // 32)
                plain.queue = b""
            else:
                number += 1
                piece = bytes([number, 1]) * int(step)
                playout.push(piece)
                plain.queue += piece
            self.assertEqual(playout.lead_ms, len(plain.queue) // 32)
