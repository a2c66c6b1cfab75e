"""
Both audio sockets, with a peer that sends whatever bytes it likes.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha1
from typing import Any

from twisted.test.iosim import FakeTransport
from twisted.web.resource import Resource
from twisted.web.server import Site

from acsgw.acs.media_protocol import MediaPeer, MediaStream, media_resource
from acsgw.agent.twilio.protocol import AgentLine, Closed, LineFactory
from acsgw.wire.media_hub import MediaHub

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
_REQUEST = b"\r\n".join(
    (
        b"GET /media/c1/token HTTP/1.1",
        b"Host: localhost",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: " + _KEY,
        b"\r\n",
    )
)

PING, PONG = 9, 10


def frame(
    payload: bytes,
    *,
    first: int = 0x81,
    key: bytes | None = None,
    length_bytes: int | None = None,
) -> bytes:
    """
    @param first: the first byte: FIN, reserved bits, opcode.
    @param key: to mask with.
    @param length_bytes: beside the second byte: 0, 2 or 8; left out: as few as do.
    """
    size = len(payload)
    if length_bytes is None:
        length_bytes = 0 if size < 126 else 2 if size < 0x10000 else 8
    short = {0: size & 127, 2: 126, 8: 127}[length_bytes]
    length = size.to_bytes(8, "big")[8 - length_bytes :] if length_bytes else b""
    if key is None:
        return bytes((first, short)) + length + payload
    masked = _masked(payload, key)
    return bytes((first, 0x80 | short)) + length + key + masked


def frames(data: bytes) -> list[tuple[int, bytes]]:
    """
    @return: the first byte and the unmasked payload of each.
    """
    found = []
    while data:
        first, size, at = data[0], data[1] & 127, 2
        if size >= 126:
            more = 2 if size == 126 else 8
            size, at = int.from_bytes(data[2 : 2 + more], "big"), 2 + more
        key = bytes(4)
        if data[1] & 0x80:
            key, at = data[at : at + 4], at + 4
        payload = data[at : at + size]
        found.append((first, _masked(payload, key)))
        data = data[at + size :]
    return found


def _masked(payload: bytes, key: bytes) -> bytes:
    size = len(payload)
    keys = int.from_bytes((key * (size // 4 + 1))[:size], "big")
    return (int.from_bytes(payload, "big") ^ keys).to_bytes(size, "big")


class RawPeer:
    """
    The other end of one of the gateway's sockets.

    @ivar told: what the socket told the gateway.
    @ivar answers: does the gateway's side say something to each message?
    @ivar hangs_up_at: the number of the message at which it closes the socket.
    """

    masks = False

    def __init__(self, reactor: Any, frame_shortcut: bool) -> None:
        self.told: list[Any] = []
        self.messages = 0
        self.hangs_up_at = 0
        self.socket: Any = None
        self.transport = FakeTransport(None, isServer=self.masks)
        self.reactor = reactor
        self.sent: list[tuple[int, bytes]] = []
        self.bytes_sent = 0
        self._lost = False
        self._open(frame_shortcut)

    def _open(self, frame_shortcut: bool) -> None:
        raise NotImplementedError

    def say(self, data: bytes) -> None:
        """
        Let the socket receive these bytes, all at once.
        """
        if not self._lost:
            self.transport.protocol.dataReceived(data)
            self.carry()

    def carry(self) -> None:
        """
        Take what was sent; close if that is wanted.
        """
        out = self.transport.getOutBuffer() or b""
        self.bytes_sent += len(out)
        self.sent += frames(out)
        if self.transport.disconnecting and not self._lost:
            self._lost = True
            self.transport.reportDisconnect()

    def pass_time(self, seconds: float) -> None:
        self.reactor.advance(seconds)
        self.carry()

    def answer_ping(self, key: bytes | None) -> None:
        """
        If there was one.
        """
        pings = [payload for first, payload in self.sent if first == 0x80 | PING]
        if pings:
            self.say(frame(pings[-1], first=0x80 | PONG, key=key))

    def message(self, *told: Any) -> None:
        self.told.append(told)
        self.messages += 1
        if self.messages == self.hangs_up_at:
            self.hang_up()

    def hang_up(self) -> None:
        raise NotImplementedError

    def seen(self) -> dict[str, Any]:
        """
        @return: all that anybody could see of it from outside.
        """
        return {
            "told": list(self.told),
            "sent": list(self.sent),
            "counters": self.transport.protocol.trafficStats.__json__(),
            "state": self.transport.protocol.state,
            "lost": self._lost,
            "timers": sorted(c.getTime() for c in self.reactor.getDelayedCalls()),
        }


class RawNetwork(RawPeer):
    """
    In Azure's place: a client of the gateway's media socket.
    """

    masks = True

    def _open(self, frame_shortcut: bool) -> None:
        root = Resource()
        resource: Any = media_resource(
            self._claim,
            lambda kind: self.message("?", kind),
            MediaHub(self.reactor, frame_shortcut),
        )
        root.putChild(b"media", resource)
        protocol: Any = Site(root, reactor=self.reactor).buildProtocol(None)
        self.transport.protocol = protocol
        protocol.makeConnection(self.transport)
        protocol.dataReceived(_REQUEST)
        answer = self.transport.getOutBuffer()
        assert answer.startswith(b"HTTP/1.1 101"), answer

    def _claim(self, uri: str, headers: Mapping[str, str]) -> MediaPeer:
        return self

    def hang_up(self) -> None:
        if self.socket is not None:
            self.socket.close()

    def media_opened(
        self, line: MediaStream, sample_rate: int, connection_id: str
    ) -> None:
        self.socket = line
        self.message("opened", sample_rate)

    def caller_audio(self, pcm: bytes) -> None:
        self.message("audio", pcm)
        self.socket.speak(pcm[:20])

    def caller_pressed(self, digit: str) -> None:
        self.message("key", digit)
        self.socket.stop_speaking()

    def media_closed(self, reason: str) -> None:
        self.told.append(("closed", reason))


class RawAgent(RawPeer):
    """
    In an agent's place: a server that the gateway is the client of.
    """

    def _open(self, frame_shortcut: bool) -> None:
        factory = LineFactory(
            MediaHub(self.reactor, frame_shortcut), self, url="ws://localhost:9/"
        )
        factory.setProtocolOptions(
            maxMessagePayloadSize=5000,
            maxFramePayloadSize=4000,
            closeHandshakeTimeout=1,
            failByDrop=False,
            autoPingInterval=15,
            autoPingTimeout=10,
            autoPingRestartOnAnyTraffic=True,
        )
        protocol: Any = factory.buildProtocol(None)
        self.transport.protocol = protocol
        protocol.makeConnection(self.transport)
        request = self.transport.getOutBuffer()
        key = re.search(rb"Sec-WebSocket-Key: (\S+)", request)
        assert key is not None
        accept = b64encode(sha1(key[1] + _GUID).digest())
        protocol.dataReceived(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        assert self.socket is not None

    def hang_up(self) -> None:
        self.socket.hang_up()

    def line_opened(self, line: AgentLine) -> None:
        self.socket = line

    def line_received(self, message: bytes, is_binary: bool) -> None:
        self.message(message, is_binary)
        if is_binary:
            self.socket.send_binary(message[:200], is_audio=True)
        else:
            self.socket.send_text(message[:30], is_audio=True)

    def line_closed(self, closed: Closed) -> None:
        self.told.append(closed)
