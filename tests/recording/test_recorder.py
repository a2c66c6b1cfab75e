"""
Tests for L{acsgw.recording.recorder}.
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
from twisted.internet.defer import Deferred, fail, maybeDeferred
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from acsgw.interfaces import IRecorder, RecordingResult
from acsgw.recording.recorder import MAX_WAITING, WavRecorder

T = TypeVar("T")

RATE = 16000
FRAME = 320


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


class WavRecorderTests(SynchronousTestCase):
    """
    Tests for L{WavRecorder}.
    """

    def setUp(self) -> None:
        self.path = Path(self.mktemp()) / "deep" / "c1.wav"
        self.disk = FakeDisk()

    def record(self) -> WavRecorder:
        recorder = WavRecorder("c1", self.path, RATE, self.disk.run)
        self.assertTrue(verifyObject(IRecorder, recorder))
        return recorder

    def talk(self, recorder: WavRecorder, begin: int, end: int) -> None:
        """
        Both speak, a frame at a time; the stream is settled a second behind.
        """
        for number in range(begin, end):
            recorder.caller_heard(said(number), number * FRAME)
            recorder.agent_heard(said(-number), number * FRAME)
            recorder.settled(max(0, number * FRAME - RATE))

    def read(self) -> tuple[list[int], list[int]]:
        """
        @return: caller and agent, a value for each frame.
        """
        with wave.open(str(self.path)) as file:
            self.assertEqual((file.getframerate(), file.getnchannels()), (RATE, 2))
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        frames = samples.reshape(-1, FRAME, 2)
        self.assertTrue((frames == frames[:, :1, :]).all(), "not aligned to a frame")
        return frames[:, 0, 0].tolist(), frames[:, 0, 1].tolist()

    def test_whole(self) -> None:
        """
        Caller left, agent right, aligned to a frame, from beginning to end.
        """
        recorder = self.record()
        self.talk(recorder, 0, 200)
        result = self.successResultOf(recorder.finish(200 * FRAME))
        self.assertEqual(result, RecordingResult(str(self.path), 4.0, None))
        left, right = self.read()
        # Not assertEqual, whose differences of long lists take minutes.
        self.assertTrue(left == list(range(200)))
        self.assertTrue(right == [-number for number in range(200)])

    def test_readable_during_the_call(self) -> None:
        """
        In the middle of the call all but the last two seconds are on disk.
        """
        recorder = self.record()
        self.talk(recorder, 0, 500)
        left, _ = self.read()
        self.assertGreaterEqual(len(left), 400)
        self.assertTrue(left == list(range(len(left))))

    def test_silence_to_the_end(self) -> None:
        """
        The recording is as long as the call, though nobody speaks at the end.
        """
        recorder = self.record()
        self.talk(recorder, 0, 2)
        self.successResultOf(recorder.finish(100 * FRAME))
        left, right = self.read()
        self.assertEqual(left, [0, 1] + [0] * 98)
        self.assertEqual(right, [0, -1] + [0] * 98)

    def test_blocks(self) -> None:
        """
        The disk is asked about once a second, not for each frame.
        """
        self.disk.slow = True
        recorder = self.record()
        self.talk(recorder, 0, 300)
        self.assertIn(len(self.disk.waiting), range(5, 7))

    def test_disk_full(self) -> None:
        """
        A full disk ends the recording with the reason; what was written stays
        readable, and nothing is written after the hole.
        """
        self.disk.full_after = 3
        recorder = self.record()
        self.talk(recorder, 0, 500)
        self.disk.full_after = None
        self.talk(recorder, 500, 600)
        result = self.successResultOf(recorder.finish(600 * FRAME))
        assert result.problem is not None
        self.assertIn("No space left on device", result.problem)
        self.assertIn(str(self.path), result.problem)
        left, _ = self.read()
        self.assertTrue(left == list(range(len(left))))
        self.assertEqual(len(left), 100)
        self.assertEqual(result.seconds, 2.0)

    def test_full_while_blocks_wait(self) -> None:
        """
        If the disk fails under one block, those that wait already are not written
        behind the hole.
        """
        recorder = self.record()
        self.talk(recorder, 0, 50)
        self.disk.slow = True
        self.talk(recorder, 50, 300)
        work, done = self.disk.waiting[0]
        size = self.path.stat().st_size
        with file_size_limited(size + 1000):
            result = maybeDeferred(work)
        result.chainDeferred(done)
        del self.disk.waiting[0]
        self.disk.catch_up()
        finishing = recorder.finish(300 * FRAME)
        self.disk.catch_up()
        self.assertIsNotNone(self.successResultOf(finishing).problem)
        self.assertEqual(self.read(), ([], []))

    def test_no_folder(self) -> None:
        """
        A recording that cannot even begin says why, and the call goes on.
        """
        self.path.parent.parent.write_text("a file in the way")
        recorder = self.record()
        self.talk(recorder, 0, 200)
        result = self.successResultOf(recorder.finish(200 * FRAME))
        self.assertIsNotNone(result.problem)

    def test_slow_disk(self) -> None:
        """
        A disk that does not keep up ends the recording; what waits for it, and so
        the memory, is bounded.
        """
        self.disk.slow = True
        recorder = self.record()
        self.talk(recorder, 0, 3000)
        self.assertLessEqual(len(self.disk.waiting), MAX_WAITING)
        finishing = recorder.finish(3000 * FRAME)
        self.assertNoResult(finishing)
        self.disk.catch_up()
        result = self.successResultOf(finishing)
        self.assertEqual(result.problem, "the disk is too slow")
        left, _ = self.read()
        self.assertTrue(left == list(range(len(left))))
        self.assertEqual(result.seconds, len(left) / 50)

    def test_bug(self) -> None:
        """
        An error that is not the disk's is logged, and the call hears no details.
        """

        def broken(work: Callable[[], T], /) -> Deferred[T]:
            return fail(ZeroDivisionError())

        recorder = WavRecorder("c1", self.path, RATE, broken)
        self.talk(recorder, 0, 100)
        result = self.successResultOf(recorder.finish(100 * FRAME))
        self.assertEqual(result.problem, "internal error")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 2)
