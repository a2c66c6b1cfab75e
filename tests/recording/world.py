"""
A recorder's surroundings: the disk and the thread before it, under the test's control.
"""

from __future__ import annotations

import errno
import resource
import signal
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

import numpy as np
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.trial.unittest import SynchronousTestCase

from acsgw.interfaces import SigningKey
from acsgw.keys.file_ring import FileKeyRing
from acsgw.recording.recorder import InThread, Recorder
from acsgw.recording.studio import Studio

T = TypeVar("T")

RATE = 16000
FRAME = 320

KEY = SigningKey("k1", b"1" * 32)
RING = FileKeyRing(KEY, {"k1": KEY})

#: 2026-01-02 03:04:05 UTC.
NOW = 1767323045.0


class FakeDisk:
    """
    The writer thread and the disk behind it, in memory of the test.

    @ivar slow: when set, work waits until L{catch_up}.
    @ivar full_after: so many pieces of work succeed, then the disk is full.
    """

    def __init__(self) -> None:
        self.slow = False
        self.full_after: int | None = None
        self.waiting: list[tuple[Callable[[], object], Deferred[object]]] = []

    def run(self, work: Callable[[], T], /) -> Deferred[T]:
        if self.full_after is not None:
            self.full_after -= 1
            if self.full_after < 0:
                work = _fail
        if not self.slow:
            return maybeDeferred(work)
        done: Deferred[T] = Deferred()
        self.waiting.append((work, done))  # type: ignore[arg-type]
        return done

    def catch_up(self) -> None:
        waiting, self.waiting = self.waiting, []
        for work, done in waiting:
            maybeDeferred(work).chainDeferred(done)

    def catch_up_within(self, size: int) -> None:
        """
        What waits is done while no file may grow beyond C{size}; told afterwards, since
        that holds for the log of the tests, too.
        """
        waiting, self.waiting = self.waiting, []
        with file_size_limited(size):
            results = [maybeDeferred(work) for work, _ in waiting]
        for result, (_, done) in zip(results, waiting, strict=True):
            result.chainDeferred(done)


def _fail() -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


@contextmanager
def file_size_limited(size: int) -> Iterator[None]:
    """
    The operating system lets no file of this process grow beyond C{size}.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def said(number: int) -> bytes:
    return np.full(FRAME, number, "<i2").tobytes()


def counted(number: int) -> bytes:
    """
    @return: the bytes that stand for random ones: 0, 1, 2...
    """
    return bytes(range(number))


class RecordingTestCase(SynchronousTestCase):
    """
    A test with a folder for recordings.

    @ivar became: what became of recordings, in words.
    @ivar published: those with their final names.
    """

    format = "wav"
    sealed = False

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()) / "deep"
        self.path = self.folder / "c1.wav"
        self.disk = FakeDisk()
        self.became: list[str] = []
        self.published: list[Path] = []

    def studio(self, thread: InThread | None = None) -> Studio:
        return Studio(
            folder=self.folder,
            format=self.format,
            ring=RING if self.sealed else None,
            wall=lambda: NOW,
            random_bytes=counted,
            in_writer_thread=thread or self.disk.run,
            count=self.became.append,
            published=self.published.append,
        )

    def record(
        self, pause: str = "", resume: str = "", thread: InThread | None = None
    ) -> Recorder:
        recorder = self.studio(thread).recorder("main", pause, resume, "c1", RATE)
        assert isinstance(recorder, Recorder)
        return recorder

    def talk(self, recorder: Recorder, begin: int, end: int) -> None:
        """
        Both speak, a frame at a time; the stream is settled a second behind.
        """
        for number in range(begin, end):
            recorder.caller_heard(said(number), number * FRAME)
            recorder.agent_heard(said(-number), number * FRAME)
            recorder.settled(max(0, number * FRAME - RATE))

    def read(
        self, path: Path | None = None, whole: bool = True
    ) -> tuple[list[int], list[int]]:
        """
        @param whole: are all frames there to their end?

        @return: caller and agent, a value for each frame.
        """
        with wave.open(str(path or self.path)) as file:
            self.assertEqual((file.getframerate(), file.getnchannels()), (RATE, 2))
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        if not whole:
            samples = samples[: len(samples) // (2 * FRAME) * 2 * FRAME]
        frames = samples.reshape(-1, FRAME, 2)
        self.assertTrue((frames == frames[:, :1, :]).all(), "not aligned to a frame")
        return frames[:, 0, 0].tolist(), frames[:, 0, 1].tolist()
