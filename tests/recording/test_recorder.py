"""
Tests for L{acsgw.recording.recorder}.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable
from typing import TypeVar

from twisted.internet.defer import Deferred, fail, maybeDeferred
from zope.interface.verify import verifyObject

from acsgw.interfaces import IRecorder
from acsgw.recording.recorder import MAX_WAITING

from .world import FRAME, RATE, RecordingTestCase, file_size_limited

T = TypeVar("T")


class RecorderTests(RecordingTestCase):
    """
    Tests for L{Recorder}.
    """

    def test_whole(self) -> None:
        """
        Caller left, agent right, aligned to a frame, from beginning to end.
        """
        recorder = self.record()
        self.talk(recorder, 0, 200)
        result = self.successResultOf(recorder.finish(200 * FRAME))
        data = self.path.read_bytes()
        self.assertEqual((result.path, result.seconds), (str(self.path), 4.0))
        self.assertEqual((result.problem, result.pauses), (None, ()))
        self.assertEqual(result.bytes, len(data))
        self.assertEqual(result.sha256, hashlib.sha256(data).hexdigest())
        self.assertEqual(self.became, ["finished"])
        self.assertEqual(self.published, [self.path])
        left, right = self.read()
        # Not assertEqual, whose differences of long lists take minutes.
        self.assertTrue(left == list(range(200)))
        self.assertTrue(right == [-number for number in range(200)])

    def test_known_from_the_start(self) -> None:
        """
        What says whose it is, and the names of both files, are on the disk itself
        before the first sound is; the writer thread waits for that, and nobody else.
        """
        synced: list[tuple[str, str]] = []

        def sync(fd: int) -> None:
            inode, files = os.fstat(fd).st_ino, sorted(self.folder.iterdir())
            if inode == self.folder.stat().st_ino:
                synced.append((".", " ".join(file.name for file in files)))
            found = [file for file in files if file.stat().st_ino == inode]
            synced.extend((file.name, file.read_text("latin-1")) for file in found)

        self.patch(os, "fsync", sync)
        self.disk.slow = True
        recorder = self.record()
        self.talk(recorder, 0, 110)
        self.assertEqual(synced, [])
        self.disk.catch_up()
        [(beside, text), folder] = synced
        self.assertEqual(beside, "c1.json.part")
        self.assertEqual(json.loads(text)["account"], "main")
        self.assertEqual(folder, (".", "c1.json.part c1.wav.part"))
        self.assertEqual((self.folder / beside).stat().st_mode & 0o777, 0o600)
        finished = recorder.finish(110 * FRAME)
        while self.disk.waiting:
            self.disk.catch_up()
        self.successResultOf(finished)

    def test_beside_it(self) -> None:
        """
        A finished recording has beside it what is known of it; nothing else is left.
        """
        recorder = self.record()
        self.assertTrue(verifyObject(IRecorder, recorder))
        self.talk(recorder, 0, 60)
        result = self.successResultOf(recorder.finish(60 * FRAME))
        names = sorted(path.name for path in self.folder.iterdir())
        self.assertEqual(names, ["c1.json", "c1.wav"])
        self.assertEqual(
            json.loads((self.folder / "c1.json").read_text("utf-8")),
            {
                "call": "c1",
                "account": "main",
                "started": "2026-01-02T03:04:05.000Z",
                "file": "c1.wav",
                "format": "wav",
                "sealed": False,
                "rate": RATE,
                "seconds": 1.2,
                "sha256": result.sha256,
                "bytes": result.bytes,
                "problem": None,
                "pauses": [],
                "repaired": False,
            },
        )

    def test_private(self) -> None:
        """
        What people say on the telephone is for the owner of the files alone.
        """
        recorder = self.record()
        self.talk(recorder, 0, 150)
        during = list(self.folder.iterdir())
        modes = {path.stat().st_mode & 0o777 for path in during}
        self.successResultOf(recorder.finish(150 * FRAME))
        modes |= {path.stat().st_mode & 0o777 for path in self.folder.iterdir()}
        self.assertEqual((len(during), modes), (2, {0o600}))

    def test_not_overwritten(self) -> None:
        """
        A recording that is there already is not touched.
        """
        self.folder.mkdir(parents=True)
        self.path.write_bytes(b"precious")
        recorder = self.record()
        self.talk(recorder, 0, 100)
        result = self.successResultOf(recorder.finish(100 * FRAME))
        assert result.problem is not None
        self.assertIn("File exists", result.problem)
        self.assertEqual(self.path.read_bytes(), b"precious")
        self.assertEqual(self.became, ["stopped"])
        self.assertEqual(self.published, [])

    def test_readable_during_the_call(self) -> None:
        """
        In the middle of the call all but the last two seconds are on disk.
        """
        recorder = self.record()
        self.talk(recorder, 0, 500)
        self.assertFalse(self.path.exists())  # that would say that it is finished
        left, _ = self.read(self.folder / "c1.wav.part")
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

    def test_cannot_be_read_again(self) -> None:
        """
        If what was written cannot be read again there is no SHA-256 of it, rather than
        that of a part.
        """

        def thread(work: Callable[[], T], /) -> Deferred[T]:
            if getattr(work, "__name__", "") == "hash_some":
                return fail(OSError(errno.EIO, "Input/output error"))
            return self.disk.run(work)

        recorder = self.record(thread=thread)
        self.talk(recorder, 0, 101)
        result = self.successResultOf(recorder.finish(100 * FRAME))
        self.assertIn("Input/output error", result.problem or "")
        self.assertEqual(result.sha256, "")
        self.assertEqual(
            json.loads((self.folder / "c1.json").read_text())["sha256"], ""
        )

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
        size = (self.folder / "c1.wav.part").stat().st_size
        with file_size_limited(size + 1000):
            written = maybeDeferred(work)
        written.chainDeferred(done)
        del self.disk.waiting[0]
        self.disk.catch_up()
        finishing = recorder.finish(300 * FRAME)
        self.disk.catch_up()
        for _ in range(5):
            self.disk.catch_up()
        result = self.successResultOf(finishing)
        self.assertIsNotNone(result.problem)
        self.assertEqual((result.seconds, result.bytes, result.sha256), (0, 0, ""))
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_no_folder(self) -> None:
        """
        A recording that cannot even begin says why, and the call goes on.
        """
        self.folder.parent.write_text("a file in the way")
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
        for _ in range(5):
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

        recorder = self.record(thread=broken)
        self.talk(recorder, 0, 100)
        result = self.successResultOf(recorder.finish(100 * FRAME))
        self.assertEqual(result.problem, "internal error")
        self.assertTrue(self.flushLoggedErrors(ZeroDivisionError))

    def test_paused(self) -> None:
        """
        While it is paused both sides are silent, a little longer than asked for, and
        what follows is where it belongs.
        """
        recorder = self.record()
        self.talk(recorder, 1, 101)
        recorder.pause(100 * FRAME)
        self.assertTrue(recorder.paused)
        recorder.pause(110 * FRAME)
        self.talk(recorder, 101, 301)
        recorder.resume(300 * FRAME)
        recorder.resume(310 * FRAME)
        self.talk(recorder, 301, 401)
        result = self.successResultOf(recorder.finish(401 * FRAME))
        left, right = self.read()
        silent = range(95, 305)
        self.assertTrue(left == [0 if n in silent else n for n in range(401)])
        self.assertTrue(right == [-n for n in left])
        self.assertEqual(result.pauses, ((1.9, 6.1),))
        told = json.loads((self.folder / "c1.json").read_text("utf-8"))
        self.assertEqual(told["pauses"], [[1.9, 6.1]])

    def test_paused_at_the_end(self) -> None:
        """
        A recording that is paused when the call ends ends silently with it.
        """
        recorder = self.record()
        self.talk(recorder, 1, 51)
        recorder.pause(50 * FRAME)
        self.talk(recorder, 51, 201)
        result = self.successResultOf(recorder.finish(201 * FRAME))
        left, _ = self.read()
        self.assertTrue(left == [n if n < 45 else 0 for n in range(201)])
        self.assertEqual(result.pauses, ((0.9, 4.02),))

    def test_paused_by_keys(self) -> None:
        """
        The account's keys pause and resume, among others.
        """
        recorder = self.record("*7", "*8")
        states = []
        for position, digit in enumerate("7*5*77*8*84*7"):
            recorder.key_pressed(digit, position * RATE)
            states.append(recorder.paused)
        told = "".join("p" if paused else "." for paused in states)
        self.assertEqual(told, "....ppp.....p")

    def test_paused_after_it_stopped(self) -> None:
        """
        A recording that the disk has ended can be paused all the same: what is keyed
        must not be kept elsewhere either.
        """
        self.disk.full_after = 0
        recorder = self.record("*", "#")
        self.talk(recorder, 0, 100)
        recorder.key_pressed("*", 100 * FRAME)
        self.assertTrue(recorder.paused)
        self.successResultOf(recorder.finish(200 * FRAME))
