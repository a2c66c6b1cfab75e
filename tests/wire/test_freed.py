"""
What is left of an audio socket when its connection is over.
"""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable, Mapping
from typing import Any
from weakref import ref

import txaio
from twisted.internet.protocol import Factory
from twisted.web.resource import Resource
from twisted.web.server import Site

from acsgw.acs.media_protocol import MediaPeer, MediaStream, media_resource

from ..acs.test_media import METADATA, audio
from .hub_world import EVENTS, TICKS, HubTestCase, HubWorld, reset
from .raw_peers import _REQUEST, frame

_KEY = b"abcd"
_BYE = frame(b"\x03\xe8", first=0x88, key=_KEY)


class Caller:
    """
    Answers each piece of audio.
    """

    line: MediaStream | None = None

    def media_opened(
        self, line: MediaStream, sample_rate: int, connection_id: str
    ) -> None:
        self.line = line

    def caller_audio(self, pcm: bytes) -> None:
        if self.line is not None:
            self.line.speak(pcm)

    def caller_pressed(self, digit: str) -> None:
        pass

    def media_closed(self, reason: str) -> None:
        self.line = None


def they_close(world: HubWorld, peer: socket.socket, caller: Caller) -> None:
    peer.sendall(_BYE)
    world.turn(5)


def we_close(world: HubWorld, peer: socket.socket, caller: Caller) -> None:
    assert caller.line is not None
    caller.line.close()
    world.turn(3)
    peer.sendall(_BYE)


def we_abort(world: HubWorld, peer: socket.socket, caller: Caller) -> None:
    assert caller.line is not None
    caller.line.abort()


def they_reset(world: HubWorld, peer: socket.socket, caller: Caller) -> None:
    reset(peer)


class FreedTests(HubTestCase):
    """
    The garbage collector has nothing to do.
    """

    def stream_of(self, way: str, end: Callable[..., None]) -> ref[Any]:
        """
        @return: a media stream that has been used, and is over.
        """
        world = self.world(way)
        self.patch(txaio.config, "loop", world.reactor)  # type: ignore[attr-defined]
        caller, streams = Caller(), []

        def claim(uri: str, headers: Mapping[str, str]) -> MediaPeer:
            return caller

        resource: Any = media_resource(claim, lambda kind: None, world.hub)
        made: Factory = resource._factory
        build = made.buildProtocol

        def noting(addr: Any) -> Any:
            stream = build(addr)
            streams.append(ref(stream))
            return stream

        made.buildProtocol = noting  # type: ignore[method-assign]
        root = Resource()
        root.putChild(b"media", resource)
        site = Site(root, reactor=world.reactor)
        port = world.reactor.listenTCP(0, site, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        peer = socket.socket()
        self.addCleanup(peer.close)
        peer.connect(("127.0.0.1", port.getHost().port))
        for said in (_REQUEST, frame(METADATA, key=_KEY)):
            peer.sendall(said)
            world.turn(10)
        peer.sendall(frame(audio(b"\1\2" * 320), key=_KEY))
        world.turn(10)
        peer.recv(10_000)
        end(world, peer, caller)
        world.turn(10)
        world.now += 60  # every timer
        world.turn(10)
        self.assertIsNone(caller.line)
        return streams[0]

    def test_freed(self) -> None:
        """
        However it ends, it is gone with its last reference.
        """
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        for way in (EVENTS, TICKS):
            for end in (they_close, we_close, we_abort, they_reset):
                with self.subTest(way=way, end=end.__name__):
                    self.assertIsNone(self.stream_of(way, end)())
