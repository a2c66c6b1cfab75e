"""
Whatever happens within a turn of the hub, what a socket has sent is in order.
"""

from __future__ import annotations

import contextlib  # trial takes a suppress in a module for its own
import socket
from collections.abc import Mapping
from typing import Any

import txaio
from hypothesis import HealthCheck, given, settings, strategies as st
from twisted.web.resource import Resource
from twisted.web.server import Site

from acsgw.acs.media_protocol import MediaPeer, MediaStream, media_resource

from ..acs.test_media import METADATA, digit
from .hub_world import EVENTS, TICKS, HubTestCase, HubWorld
from .raw_peers import _REQUEST, PING, frame, frames

_KEY = b"abcd"
_SOCKETS = 3
CLOSE, PONG = 0x88, 0x8A

#: What a key makes the gateway do: to which socket, and what.
WORDS = ("speak", "stop", "close", "abort", "broken")
DEEDS = [(word, which) for word in WORDS[:3] for which in range(_SOCKETS)]
DEEDS += [("abort", which) for which in range(_SOCKETS)] + [("broken", 0)]
KEYS = "0123456789ABCD*#"


class Caller:
    """
    Does on a key what it means.

    @ivar said: texts that the line was given while it was open, until it was closed.
    """

    def __init__(self, everyone: list[Caller]) -> None:
        self.everyone = everyone
        self.line: Any = None
        self.said: list[str] = []
        self.dropped = False
        self.over = False
        self.heard: list[str] = []
        self.does: dict[str, tuple[str, int]] = {}

    def media_opened(
        self, line: MediaStream, sample_rate: int, connection_id: str
    ) -> None:
        self.line = line

    def caller_audio(self, pcm: bytes) -> None:
        pass

    def caller_pressed(self, key: str) -> None:
        self.heard.append(key)
        word, which = self.does[key]
        other = self.everyone[which]
        if other.line is None:
            return
        if word == "speak":
            other.say("audio")
        elif word == "stop":
            other.say("stop")
        elif word == "close":
            other.over = True
            other.line.close()
        elif word == "abort":
            other.dropped = True
            other.line.abort()
        else:
            self.over = True
            raise ZeroDivisionError

    def say(self, what: str) -> None:
        text = f"{what} {len(self.said)}".encode()
        if not self.over:
            self.said.append(text.decode())
        self.line.send_text(text, is_audio=what == "audio")

    def media_closed(self, reason: str) -> None:
        self.over = True
        self.line = None


class OrderTests(HubTestCase):
    """
    Real sockets; several in a turn.
    """

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.sampled_from([EVENTS, TICKS]),
        st.lists(
            st.lists(
                st.tuples(
                    st.integers(0, _SOCKETS - 1),
                    st.sampled_from([*DEEDS, ("ping", 0), ("bye", 0), ("hang", 0)])
                    | st.sampled_from(DEEDS[:6]),
                ),
                max_size=8,
            ),
            max_size=6,
        ),
    )
    def test_order(self, way: str, turns: list[list[tuple[int, Any]]]) -> None:
        """
        Each peer gets all that was said to it, in order, up to the close frame, which
        is the last; of one that was dropped, or has left, a beginning of that.
        """
        world = HubWorld(way)
        try:
            self.run_turns(world, turns)
        finally:
            world.close()

    def run_turns(self, world: HubWorld, turns: list[list[tuple[int, Any]]]) -> None:
        self.patch(txaio.config, "loop", world.reactor)  # type: ignore[attr-defined]
        callers: list[Caller] = []
        for _ in range(_SOCKETS):
            callers.append(Caller(callers))
        waiting = list(callers)

        def claim(uri: str, headers: Mapping[str, str]) -> MediaPeer:
            return waiting.pop(0)

        root = Resource()
        resource: Any = media_resource(claim, lambda kind: None, world.hub)
        root.putChild(b"media", resource)
        site = Site(root, reactor=world.reactor)
        port = world.reactor.listenTCP(0, site, interface="127.0.0.1")
        peers = []
        for caller in callers:
            peer = socket.create_connection(("127.0.0.1", port.getHost().port))
            peers.append(peer)
            for said in (_REQUEST, frame(METADATA, key=_KEY)):
                peer.sendall(said)
                world.turn(5)
            caller.line.send_text(b"first")
            world.turn(2)
            peer.setblocking(False)
            self.assertTrue(peer.recv(10_000).endswith(b"first"))
        hung = [False] * _SOCKETS
        got_of = [b""] * _SOCKETS
        for turn in turns:
            out = [b""] * _SOCKETS
            for who, (word, which) in turn:
                if hung[who]:
                    continue
                if word == "ping":
                    out[who] += frame(b"p", first=0x80 | PING, key=_KEY)
                elif word in ("bye", "hang"):
                    out[who] += frame(b"\x03\xe8", first=CLOSE, key=_KEY)
                    hung[who] = True
                else:
                    key = KEYS[DEEDS.index((word, which))]
                    callers[who].does[key] = (word, which)
                    out[who] += frame(digit(key), key=_KEY)
            for who, said in enumerate(out):
                if said:
                    try:
                        peers[who].sendall(said)
                    except OSError:
                        hung[who] = True
            world.turn(3)
            for who, peer in enumerate(peers):
                with contextlib.suppress(OSError):
                    got_of[who] += peer.recv(100_000)
        world.turn(3)
        self.flushLoggedErrors(ZeroDivisionError)
        for who, caller in enumerate(callers):
            got = frames(got_of[who])
            firsts = [first for first, _ in got]
            self.assertNotIn(CLOSE, firsts[:-1])
            texts = [text.decode() for first, text in got if first == 0x81]
            if caller.dropped or hung[who]:
                self.assertEqual(texts, caller.said[: len(texts)])
            else:
                self.assertEqual(texts, caller.said)
                self.assertEqual(firsts[-1:] == [CLOSE], caller.over)
        for peer in peers:
            peer.close()
        port.stopListening()
