"""
What the recording of a call costs: CPU time on the call's side, a frame at a time, and
in the writer thread for a second of the call; bytes on disk.

Usage: python -m benchmarks.recording [--seconds SECONDS] [--rate RATE]
"""

from __future__ import annotations

import argparse
import os
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
from twisted.internet.defer import Deferred, execute

from acsgw.audio.frames import FRAME_MS, frame_samples
from acsgw.interfaces import IRecorder, SigningKey
from acsgw.keys.file_ring import FileKeyRing
from acsgw.recording.flac import can_write_flac
from acsgw.recording.studio import Studio

from .cpu_time import machine

T = TypeVar("T")

KEY = SigningKey("k1", bytes(range(32)))
RING = FileKeyRing(KEY, {"k1": KEY})


class TimedThread:
    """
    Does at once what the writer thread would do, and adds up what it takes.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    def run(self, work: Callable[[], T], /) -> Deferred[T]:
        started = time.process_time()
        done = execute(work)
        self.seconds += time.process_time() - started
        return done


def speech(rate: int, seconds: int) -> list[bytes]:
    """
    @return: frames of somebody who speaks half of the time: noise like speech on a
        voice, and the faint noise of a line.
    """
    random = np.random.default_rng(1)
    at = np.arange(rate * seconds) / rate
    loud = (np.sin(2 * np.pi * at / 4) > 0) * (
        0.3 + 0.7 * np.sin(2 * np.pi * 3 * at) ** 2
    )
    voice = np.sin(2 * np.pi * 150 * at + np.sin(2 * np.pi * 5 * at))
    noise = np.convolve(random.normal(0, 1, len(at)), np.ones(4) / 4, "same")
    sound = (
        loud * (4000 * voice + 2000 * noise) + random.normal(0, 4, len(at))
    ).astype("<i2")
    samples = frame_samples(rate)
    return [sound[n : n + samples].tobytes() for n in range(0, len(sound), samples)]


def place(recorder: IRecorder, frames: list[bytes], rate: int, seconds: int) -> None:
    """
    A call's side: 50 times a second a frame of each, and a look.
    """
    samples, count = frame_samples(rate), len(frames)
    for number in range(seconds * 1000 // FRAME_MS):
        position = number * samples
        recorder.caller_heard(frames[number % count], position)
        recorder.agent_heard(frames[-number % count], position)
        recorder.settled(position - rate)


def measure(kind: str, sealed: bool, rate: int, seconds: int) -> str:
    """
    @return: a line of the table.
    """
    frames = speech(rate, 20)
    with TemporaryDirectory() as folder:
        thread = TimedThread()
        studio = Studio(
            folder=Path(folder),
            format=kind,
            ring=RING if sealed else None,
            wall=time.time,
            random_bytes=os.urandom,
            in_writer_thread=thread.run,
            count=lambda became: None,
            published=lambda path: None,
        )
        recorder = studio.recorder("main", "", "", "c1", rate)
        started = time.process_time()
        place(recorder, frames, rate, seconds)
        whole = time.process_time() - started
        recording = thread.seconds
        recorder.finish(seconds * rate)
        ending = thread.seconds - recording
        (file,) = Path(folder).glob("c1.[wf]*")
        size = file.stat().st_size
    side = (whole - recording) / seconds * 1e6
    name = f"{kind}{', sealed' if sealed else ''}"
    return (
        f"{name:<14}{side / 100:>12.2f}{recording / seconds * 1e3:>13.3f}"
        f"{ending / seconds * 1e3:>13.3f}{size / seconds / 1000:>10.1f}"
    )


def memory(rate: int) -> float:
    """
    @return: KB that a call's side holds at most.
    """
    frames = speech(rate, 2)
    with TemporaryDirectory() as folder:
        studio = Studio(
            folder=Path(folder),
            format="wav",
            ring=None,
            wall=time.time,
            random_bytes=os.urandom,
            in_writer_thread=execute,
            count=lambda became: None,
            published=lambda path: None,
        )
        recorder = studio.recorder("main", "", "", "c1", rate)
        tracemalloc.start()
        place(recorder, frames, rate, 20)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        recorder.finish(20 * rate)
    return most / 1000


def main() -> None:
    """
    Measure and print.
    """
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=int, default=300, help="of the call")
    options.add_argument("--rate", type=int, default=16000, help="in Hz")
    given = options.parse_args()
    if given.seconds < 1 or given.rate < 8000:
        options.error("--seconds must be at least 1, --rate 8000")
    print(machine())
    print(
        f"{'':<14}{'us a frame':>12}{'ms a second':>13}{'at the end':>13}{'KB/s':>10}"
    )
    kinds = ["wav", "flac"] if can_write_flac() else ["wav"]
    for kind in kinds:
        for sealed in (False, True):
            print(measure(kind, sealed, given.rate, given.seconds), flush=True)
    print(f"memory of a call: {memory(given.rate):.0f} KB at most")


if __name__ == "__main__":
    main()
