"""
What the short cut for whole audio frames is worth: CPU time a frame, with it and
without it, in one process.

The part that is measured is the gateway's: the socket's protocol, the parser of its
messages and, for what is sent, the kernel and a turn of the reactor, over a real pair
of sockets whose other end is emptied at once.

Usage: python -m benchmarks.frame_shortcut [--frames FRAMES]
"""

from __future__ import annotations

import argparse
import os
import socket
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from twisted.internet.epollreactor import EPollReactor
from twisted.internet.tcp import Server
from twisted.internet.testing import MemoryReactorClock

from acsgw.agent.twilio.messages import StreamWriter, parse
from tests.wire.raw_peers import RawAgent, RawNetwork, RawPeer, frame

from .cpu_time import machine

ROUNDS = 7
#: 20 ms at 16 kHz, as PCM16; and at 8 kHz as mu-law.
PCM_BYTES, MULAW_BYTES = 640, 160


def audio_data() -> bytes:
    """
    @return: what the network sends, at its real size.
    """
    data = b64encode(os.urandom(PCM_BYTES)).decode()
    return (
        '{"kind":"AudioData","audioData":{"timestamp":"2024-11-15T19:16:12.925Z",'
        '"participantRawID":"8:acs:9c2d6e1a-0b7c-4a51-8d0e-1f2a3b4c5d6e",'
        f'"data":"{data}","silent":false}}}}'
    ).encode()


def media(payload: bytes) -> bytes:
    """
    @return: what an agent sends.
    """
    data = b64encode(payload).decode()
    return (
        f'{{"event":"media","streamSid":"MZ{"0" * 32}","media":{{"payload":"{data}"}}}}'
    ).encode()


class QuietNetwork(RawNetwork):
    def message(self, *told: Any) -> None:
        """Nothing is kept."""

    def caller_audio(self, pcm: bytes) -> None:
        """Nothing is said."""


class QuietAgent(RawAgent):
    def line_received(self, message: bytes, is_binary: bool) -> None:
        parse(message)


def best(work: Callable[[], object], frames: int) -> float:
    """
    @return: CPU us a frame.
    """
    work()
    least = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        least = min(least, time.process_time() - start)
    return least / frames * 1e6


def receiving(peer: RawPeer, text: bytes, frames: int) -> float:
    """
    One frame a read, as it is when the gateway keeps up.
    """
    key = os.urandom(4) if peer.masks else None
    data = frame(text, key=key)
    receive = peer.transport.protocol.dataReceived
    return best(lambda: [receive(data) for _ in range(frames)], frames)


class Wire:
    """
    A real transport on a reactor of its own, in place of the one in memory.
    """

    def __init__(self, peer: RawPeer) -> None:
        self.reactor: Any = EPollReactor()
        near, self.far = socket.socketpair()
        for end in (near, self.far):
            end.setblocking(False)
        nobody: Any = None
        self.transport: Any = Server(
            near, peer.transport.protocol, ("", 0), nobody, 0, self.reactor
        )
        line = peer.socket
        line.transport = self.transport
        self.transport.startReading()
        line.close_wire()
        line.open_wire()

    def turn(self) -> None:
        """
        Let the reactor write, and empty the other end.
        """
        self.reactor.doIteration(0)
        while True:
            try:
                if not self.far.recv(1 << 20):
                    return
            except BlockingIOError:
                return


def sending(peer: RawPeer, send: Callable[[Any], None], frames: int) -> float:
    """
    One frame a turn of the reactor, which is counted, as Twisted writes in it.
    """
    wire = Wire(peer)

    def work() -> None:
        for _ in range(frames):
            send(peer.socket)
            wire.turn()

    work()
    return best(work, frames)


def main() -> None:
    """
    Measure and print.
    """
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--frames", type=int, default=2000, help="in a round")
    given = options.parse_args()
    if given.frames < 1:
        options.error("--frames must be at least 1")
    print(machine())
    print(f"{'CPU us a frame of 20 ms':<48}{'off':>8}{'on':>8}{'saved':>8}")
    pcm, mulaw = os.urandom(PCM_BYTES), os.urandom(MULAW_BYTES)
    writer = StreamWriter("MZ" + "0" * 32, "AC" + "0" * 32, "CA" + "0" * 32)
    metadata = frame(
        b'{"kind":"AudioMetadata","audioMetadata":{"sampleRate":16000}}', key=bytes(4)
    )

    def network(short: bool) -> RawPeer:
        peer = QuietNetwork(MemoryReactorClock(), short)
        peer.say(metadata)
        return peer

    def agent(short: bool) -> RawPeer:
        return QuietAgent(MemoryReactorClock(), short)

    lines: tuple[tuple[str, Callable[[bool], float]], ...] = (
        (
            "network: receive AudioData, parse it",
            lambda short: receiving(network(short), audio_data(), given.frames),
        ),
        (
            "network: make AudioData, send (with the kernel)",
            lambda short: sending(
                network(short), lambda line: line.speak(pcm), given.frames
            ),
        ),
        (
            "agent: receive media, parse it",
            lambda short: receiving(agent(short), media(mulaw), given.frames),
        ),
        (
            "agent: make media, send (with the kernel)",
            lambda short: sending(
                agent(short),
                lambda line: line.send_text(writer.media(mulaw), is_audio=True),
                given.frames,
            ),
        ),
    )
    totals = [0.0, 0.0]
    for name, measure in lines:
        off, on = measure(False), measure(True)
        totals[0] += off
        totals[1] += on
        print(f"{name:<48}{off:>8.1f}{on:>8.1f}{off - on:>8.1f}", flush=True)
    off, on = totals
    print(
        f"{'all four: a frame each way, two sockets':<48}{off:>8.1f}{on:>8.1f}", end=""
    )
    print(f"{off - on:>8.1f}")


if __name__ == "__main__":
    main()
