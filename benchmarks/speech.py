"""
What the embedded agent costs: CPU per second of speech for each library, and what
conversations do to the reactor's punctuality.

Usage: python benchmarks/speech.py [CONVERSATIONS [SECONDS]]
"""

from __future__ import annotations

import sys
import time
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soxr
from twisted.internet import reactor, task
from twisted.internet.defer import Deferred
from twisted.logger import globalLogBeginner, textFileLogObserver

from acsgw.agent.local.connector import build_local_agent
from acsgw.agent.local.detectors import SileroDetectors
from acsgw.agent.local.ears import MoonshineEars
from acsgw.agent.local.script import Voice
from acsgw.agent.local.speech import FRAME_BYTES, RATE
from acsgw.agent.local.voice import EspeakVoice
from acsgw.interfaces import CallInfo, IVoiceAgent
from acsgw.testing.agent_events import RecordingEvents

RECORDINGS = Path(__file__).parent.parent / "demo" / "recordings"
FRAME_20_MS = 640


def recording(name: str) -> bytes:
    with wave.open(str(RECORDINGS / f"{name}.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        pcm: bytes = soxr.resample(samples, file.getframerate(), RATE).tobytes()
        return pcm


def measure(what: str, audio_seconds: float, work: Callable[[], object]) -> None:
    work()
    times = 5
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        work()
    wall = (time.perf_counter() - wall) / times
    cpu = (time.process_time() - cpu) / times
    print(
        f"{what}: {1000 * cpu / audio_seconds:.1f} ms CPU per second of audio; "
        f"{1000 * wall:.0f} ms for {audio_seconds:.1f} s"
    )


def libraries() -> None:
    text = "The parcel service expects to deliver it on Friday between 9 and 12."
    voice = EspeakVoice(Voice())
    measure(
        "text to speech", len(voice.speak(text)) / 2 / RATE, lambda: voice.speak(text)
    )
    pcm = recording("order-status")
    seconds = len(pcm) / 2 / RATE
    ears = MoonshineEars(1)
    ears.load()
    measure("speech to text", seconds, lambda: ears.understand(pcm))
    ears.unload()
    detector = SileroDetectors(1).take()
    frames = [
        pcm[start : start + FRAME_BYTES]
        for start in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)
    ]
    measure(
        "voice detection",
        seconds,
        lambda: [detector.probability(frame) for frame in frames],
    )
    each: list[float] = []
    for frame in frames * 10:
        start = time.perf_counter()
        detector.probability(frame)
        each.append(time.perf_counter() - start)
    print(f"voice detection, a frame of 32 ms: {quantiles(each, 1e6)} us")


def quantiles(values: list[float], factor: float) -> str:
    values = sorted(values)
    p50, p99 = (values[int(len(values) * part)] for part in (0.5, 0.99))
    return (
        f"p50 {p50 * factor:.1f}, p99 {p99 * factor:.1f}, "
        f"greatest {values[-1] * factor:.1f}"
    )


async def conversations(count: int, seconds: float) -> None:
    """
    Callers who ask for the opening hours every 6 s, at different times.
    """
    connector = build_local_agent(reactor)
    start = time.perf_counter()
    connector.startService()
    await connector.warm()
    print(f"loading: {time.perf_counter() - start:.1f} s")
    question = recording("opening-hours")
    loop = question + bytes(RATE * 2 * 6 - len(question))
    agents: list[tuple[IVoiceAgent, RecordingEvents, int]] = []
    for i in range(count):
        events = RecordingEvents()
        info = CallInfo(
            call_id=str(i), correlation_id="", account="", caller="", callee=""
        )
        offset = len(loop) * i // count // FRAME_20_MS * FRAME_20_MS
        agents.append((connector.open(info, events), events, offset))
    late: list[float] = []
    due = time.monotonic() + 0.5
    position = 0

    def tick() -> None:
        nonlocal due, position
        late.append(time.monotonic() - due)
        for agent, _, offset in agents:
            at = (position + offset) % len(loop)
            agent.caller_audio(loop[at : at + FRAME_20_MS], 0)
        position += FRAME_20_MS
        due += 0.02
        if len(late) < seconds * 50:
            reactor.callLater(max(0, due - time.monotonic()), tick)
        else:
            done.callback(None)

    done: Deferred[None] = Deferred()
    cpu = time.process_time()
    reactor.callLater(0.5, tick)
    await done
    cpu = time.process_time() - cpu
    heard = sum(len(events.said("caller")) for _, events, _ in agents)
    print(
        f"{count} conversations for {seconds:.0f} s: {heard} utterances understood, "
        f"{100 * cpu / seconds / count:.1f} % of a core each; "
        f"a timer of 20 ms is late by {quantiles(late, 1e3)} ms"
    )
    await connector.stopService()


def main() -> None:
    globalLogBeginner.beginLoggingTo(
        [textFileLogObserver(sys.stderr)], redirectStandardIO=False
    )
    libraries()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 20
    task.react(lambda _: Deferred.fromCoroutine(conversations(count, seconds)))


if __name__ == "__main__":
    main()
