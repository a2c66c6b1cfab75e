"""
What the audio of one call costs the gateway: CPU time for each second of a call, in one
process, with real sockets at both ends and everything between them.

The gateway's part is measured, with the kernel's work for it; not that of the network
and of the agent, whose frames are written and read outside of what is timed.  Time is
made: it passes as fast as the machine can.

Usage: python -m benchmarks.call_path [--calls CALLS] [--agent twilio|pcm] [--profile]
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import re
import socket
import time
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha1
from typing import Any

from twisted.internet.epollreactor import EPollReactor
from twisted.web.resource import Resource
from twisted.web.server import Site

from acsgw.acs.media_protocol import media_resource
from acsgw.agent.kinds import build_agent
from acsgw.agent.options import StreamOptions, TwilioStreamOptions
from acsgw.audio.batch import Batch
from acsgw.audio.g711 import pcm_to_mulaw
from acsgw.bridge.bridge import Bridge
from acsgw.bridge.parts import BridgeParts
from acsgw.bridge.wheel import Wheel
from acsgw.interfaces import CallInfo, IAgentConnector
from acsgw.wire.media_hub import MediaHub
from tests.wire.raw_peers import frame, frames

from .cpu_time import machine
from .frame_shortcut import audio_data, media
from .media.pcm_agent import PcmConnector

#: Frames are spread over so many steps of the 20 ms.
STEPS = 10
SECONDS = 3.0
_REQUEST = (
    b"GET /media/%d HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_METADATA = b'{"kind":"AudioMetadata","audioMetadata":{"sampleRate":16000}}'


class Listener:
    """
    The call, which nothing happens to.
    """

    ready = False

    def agent_ready(self) -> None:
        self.ready = True

    def agent_lost(self, reason: str) -> None:
        raise RuntimeError(reason)

    def __getattr__(self, name: str) -> Any:
        return lambda *told: None


class House:
    """
    A reactor whose time is made, a gateway's ports on it, and the other ends.
    """

    def __init__(self, agent: str, frame_shortcut: bool, ticks: str) -> None:
        self.now = 1000.0
        self.reactor: Any = EPollReactor()
        self.reactor.seconds = lambda: self.now
        self.reactor.startRunning(installSignalHandlers=False)
        self.hub = MediaHub(self.reactor, frame_shortcut, ticks)
        self.agents = socket.create_server(("127.0.0.1", 0), backlog=1000)
        self.agents.setblocking(False)
        url = f"ws://127.0.0.1:{self.agents.getsockname()[1]}/"
        self.connector = self._connector(agent, url)
        self.bridges: list[Bridge] = []
        self.wheel = Wheel(self.reactor)
        self.batch = Batch(self.hub)
        self.hub.at_turn_end(self.batch.finish)
        root = Resource()
        resource: Any = media_resource(self._claim, lambda kind: None, self.hub)
        root.putChild(b"media", resource)
        port = self.reactor.listenTCP(0, Site(root, reactor=self.reactor))
        self.port = port.getHost().port
        self.spent = 0.0

    def _connector(self, agent: str, url: str) -> IAgentConnector:
        if agent == "pcm":
            return PcmConnector(self.hub, url)
        options = TwilioStreamOptions(name="a", url=url, stream=StreamOptions())
        http: Any = None
        return build_agent(options, self.hub, http)

    def _claim(self, uri: str, headers: Mapping[str, str]) -> Any:
        return self.bridges[int(uri.rpartition("/")[2])]

    def close(self) -> None:
        """
        No thread of it goes on.
        """
        if self.reactor.threadpool is not None:
            self.reactor.threadpool.stop()

    def turn(self) -> None:
        """
        Everything that is to be done now.
        """
        self.reactor.runUntilCurrent()
        self.reactor.doIteration(0)

    def until(self, sock: socket.socket, end: bytes) -> bytes:
        """
        @return: what comes, up to C{end}.
        """
        got = b""
        while end not in got:
            self.turn()
            try:
                got += sock.recv(65536)
            except BlockingIOError:
                continue
        return got

    def place(self, number: int) -> tuple[socket.socket, socket.socket]:
        """
        @return: the network's socket and the agent's, ready for audio.
        """
        listener: Any = Listener()
        info = CallInfo(
            call_id=f"c{number}",
            correlation_id="",
            account="a",
            caller="+1",
            callee="+2",
        )
        parts = BridgeParts(
            connector=self.connector,
            wheel=self.wheel,
            batch=self.batch,
            monotonic=self.reactor.seconds,
            lead_ms=100,
            new_recorder=None,
        )
        bridge = Bridge(info, parts, listener)
        self.bridges.append(bridge)
        bridge.open_agent()
        network = socket.create_connection(("127.0.0.1", self.port))
        network.setblocking(False)
        network.send(_REQUEST % number)
        self.until(network, b"\r\n\r\n")
        network.send(frame(_METADATA, key=b"abcd"))
        while True:
            self.turn()
            try:
                agent, _ = self.agents.accept()
                break
            except BlockingIOError:
                self.now += 0.001
        agent.setblocking(False)
        asked = self.until(agent, b"\r\n\r\n")
        key = re.search(rb"Sec-WebSocket-Key: (\S+)", asked)
        assert key is not None
        accept = b64encode(sha1(key[1] + _GUID).digest())
        agent.send(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        while not listener.ready:
            self.turn()
        return network, agent

    def run(
        self,
        ends: list[tuple[socket.socket, socket.socket]],
        said: list[tuple[bytes, bytes]],
        seconds: float,
    ) -> int:
        """
        @param said: for each call a frame of the network's and one of the agent's.

        @return: bytes that came.
        """
        came = 0
        for step in range(round(seconds * 50 * STEPS)):
            self.now += 0.02 / STEPS
            mine = range(step % STEPS, len(ends), STEPS)
            for number in mine:
                ends[number][0].send(said[number][0])
                ends[number][1].send(said[number][1])
            before = time.thread_time()
            self.turn()
            self.spent += time.thread_time() - before
            for number in mine:
                for end in ends[number]:
                    came += _drain(end)
        return came


def _drain(sock: socket.socket) -> int:
    try:
        return len(sock.recv(1 << 16))
    except BlockingIOError:
        return 0


def _agent_says(agent: str, start: bytes) -> bytes:
    """
    @param start: what the agent was told first.
    """
    if agent == "pcm":
        return frame(os.urandom(640), first=0x82)
    told = b"".join(payload for _, payload in frames(start))
    sid = re.search(rb'"streamSid":"(MZ\w+)"', told)
    assert sid is not None
    message = media(pcm_to_mulaw(os.urandom(320)))
    return frame(message.replace(b"MZ" + b"0" * 32, sid[1]))


def main() -> None:
    """
    Measure and print.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--agent", choices=("twilio", "pcm"), default="pcm")
    parser.add_argument("--ticks", choices=("auto", "always", "never"), default="auto")
    parser.add_argument("--no-shortcut", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    house = House(given.agent, not given.no_shortcut, given.ticks)
    ends = [house.place(number) for number in range(given.calls)]
    said = []
    for _, agent in ends:
        house.turn()
        start = b"" if given.agent == "pcm" else house.until(agent, b"\x81\xfe")
        key = os.urandom(4)
        said.append((frame(audio_data(), key=key), _agent_says(given.agent, start)))
    house.run(ends, said, 1)
    profile = cProfile.Profile(time.thread_time)
    best = float("inf")
    for _ in range(given.rounds):
        house.spent = 0.0
        if given.profile:
            profile.enable()
        came = house.run(ends, said, SECONDS)
        profile.disable()
        best = min(best, house.spent)
    each = best / given.calls / SECONDS
    size = came / given.calls / SECONDS / 50
    print(machine())
    print(
        f"{given.calls} calls, agent {given.agent}: {each * 1000:.2f} ms of CPU for a "
        f"second of a call, {each / 50 * 1e6:.1f} us for a frame each way "
        f"({size:.0f} bytes out for each)"
    )
    house.close()
    if given.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(40)


if __name__ == "__main__":
    main()
