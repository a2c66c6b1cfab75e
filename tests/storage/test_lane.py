"""
Tests for L{acsgw.storage.lane}: tries, back-off, and the end.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import get_ident
from typing import Any

from acsgw.errors import StoreFailed
from acsgw.interfaces import Parcel
from acsgw.storage.backoff import MOST_SECONDS, wait_seconds
from acsgw.storage.lane import MOST_UPLOADS, STOP_SECONDS
from acsgw.storage.threads import UploadThreads

from .world import UploadsTestCase

BUSY = StoreFailed("memory: 503 SlowDown", lasting=False)
REFUSED = StoreFailed("memory: 403 AccessDenied: is the key right?", lasting=True)


class BackoffTests(UploadsTestCase):
    """
    When it is tried again.
    """

    def test_grows(self) -> None:
        """
        It doubles up to ten minutes; what somebody must put right begins slower.
        """

        def waits(lasting: bool, chance: float) -> list[float]:
            return [
                wait_seconds(failures, lasting, lambda: chance)
                for failures in (1, 2, 3, 8, 9, 10, 10**9)
            ]

        self.assertEqual(waits(False, 1), [2, 4, 8, 256, 512, 600, 600])
        self.assertEqual(waits(False, 0), [1, 2, 4, 128, 256, 300, 300])
        self.assertEqual(waits(True, 1), [60, 120, 240, 600, 600, 600, 600])


class TriesTests(UploadsTestCase):
    """
    A store that fails.
    """

    def tries(self) -> float:
        return self.number("acsgw_upload_failures_total") or 0

    def test_for_ever(self) -> None:
        """
        It is tried for as long as it takes, with one recording; when the store works
        again all are uploaded at once.
        """
        for number in range(5):
            self.record(f"c{number}")
        self.store.problem = BUSY
        self.start()
        self.assertEqual(self.tries(), 1)
        self.clock.pump([1] * 7200)
        # At most every ten minutes; 2 + 4 + ... s at first.
        self.assertGreaterEqual(self.tries(), 2 * 3600 / MOST_SECONDS + 5)
        self.assertLess(self.tries(), 2 * 3600 / MOST_SECONDS * 2 + 20)
        self.assertEqual(self.number("acsgw_recordings_waiting"), 5)
        self.store.problem = None
        self.clock.pump([1] * int(MOST_SECONDS))
        self.assertEqual(len(self.urls), 5)
        self.assertEqual(self.number("acsgw_recordings_waiting"), 0)
        # The next trouble begins from the start.
        self.store.problem, before = BUSY, self.tries()
        self.uploads.recording_finished(self.record("c9"))
        self.clock.advance(2)
        self.assertEqual(self.tries() - before, 2)

    def test_said_once(self) -> None:
        """
        A reason is told when it changes, and that uploads go on again.
        """
        self.record("c1")
        for problem in (BUSY, REFUSED, BUSY, None):
            self.store.problem = problem
            if not self.uploads.running:
                self.start()
            self.clock.pump([10] * 600)
        self.assertEqual(len(self.told("503 SlowDown; 1 waiting")), 2)
        self.assertEqual(len(self.told("is the key right?")), 1)
        self.assertEqual(len(self.told("are uploaded again: storage.archive")), 1)
        self.assertEqual(len(self.lines), 5)

    def test_lasting(self) -> None:
        """
        What somebody must put right is not tried every second.
        """
        self.record("c1")
        self.store.problem = REFUSED
        self.start()
        self.clock.pump([1] * 29)
        self.assertEqual(self.tries(), 1)
        self.clock.pump([1] * 32)
        self.assertEqual(self.tries(), 2)

    def test_new_ones_wait_too(self) -> None:
        """
        A new recording does not disturb a store that is in trouble.
        """
        self.record("c1")
        self.store.problem = REFUSED
        self.start()
        for number in range(10):
            self.uploads.recording_finished(self.record(f"n{number}"))
        self.assertEqual(self.tries(), 1)

    def test_turns(self) -> None:
        """
        One recording that the store does not take does not keep the others waiting.
        """
        poison = self.record("c0")
        put, tried = self.store.put, []

        def fussy(parcel: Parcel) -> str:
            tried.append(parcel.name[-6:])
            if "c0" in parcel.name:
                raise StoreFailed("400 BadName", lasting=True)
            return put(parcel)

        self.patch(self.store, "put", fussy)
        self.start()
        for number in range(1, 6):
            self.uploads.recording_finished(self.record(f"c{number}"))
        self.clock.advance(60)
        self.assertEqual(tried[:2], ["c0.wav", "c1.wav"])
        self.assertEqual(len(self.urls), 5)
        self.assertTrue(self.uploads.keeps(poison))
        self.assertLess(self.tries(), 10)

    def test_bug(self) -> None:
        """
        A mistake of ours is told with where it happened, and the recording is kept.
        """
        path = self.record("c1")

        def bug() -> None:
            raise ZeroDivisionError

        self.store.half_way = bug
        self.start()
        self.clock.pump([60] * 30)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertTrue(self.uploads.keeps(path))


class LimitTests(UploadsTestCase):
    """
    How much is done at a time, and when the process stops.
    """

    def begin(self) -> None:
        """
        Five recordings wait; uploads are asked for, and wait to be run.
        """
        for number in range(5):
            self.record(f"c{number}")
        self.threads.at_once = False
        self.start()
        self.threads.step()  # the look into the folder

    def test_two_at_a_time(self) -> None:
        """
        So many are uploaded at a time, and then the next.
        """
        self.begin()
        self.assertEqual(len(self.threads.works), MOST_UPLOADS)
        self.threads.step()
        self.assertEqual(len(self.threads.works), MOST_UPLOADS)
        while self.threads.works:
            self.threads.step()
        self.assertEqual(len(self.store.puts), 10)

    def test_failed_together(self) -> None:
        """
        Two that fail together are one failure of the store; then one is tried.
        """
        self.begin()
        self.store.problem = BUSY
        self.threads.step()
        self.threads.step()
        self.assertEqual(self.threads.works, [])
        self.clock.advance(2)
        self.assertEqual(len(self.threads.works), 1)

    def test_stop_waits(self) -> None:
        """
        At the end uploads that run may be finished, and nothing new is begun.
        """
        self.begin()
        stopped = self.uploads.stopService()
        self.assertNoResult(stopped)
        self.threads.step()
        self.assertNoResult(stopped)
        self.threads.step()
        self.assertIsNone(self.successResultOf(stopped))
        self.assertEqual(self.threads.works, [])
        self.assertEqual(len(self.store.puts), 4)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_stop_does_not_wait_long(self) -> None:
        """
        But not for long: what runs then breaks off, and is left for the next start.
        """
        self.begin()
        stopped = self.uploads.stopService()
        self.clock.advance(STOP_SECONDS)
        self.assertIsNone(self.successResultOf(stopped))
        self.assertEqual(len(self.told("is left for the next start")), MOST_UPLOADS)
        while self.threads.works:
            self.threads.step()
        self.assertEqual(self.store.puts, [])
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.uploads = self.make()
        self.begin()
        while self.threads.works:
            self.threads.step()
        self.assertEqual(len(self.store.puts), 10)


class ThreadsTests(UploadsTestCase):
    """
    Tests for L{UploadThreads}.
    """

    def test_result_and_failure(self) -> None:
        """
        What came of the work is told in the reactor's thread.
        """
        calls: SimpleQueue[Callable[[], None]] = SimpleQueue()

        class Reactor:
            def callFromThread(self, call: Callable[[Any], None], result: Any) -> None:
                calls.put(lambda: call(result))

        threads = UploadThreads(Reactor())
        done = threads.run(get_ident)
        tell = calls.get(timeout=10)
        self.assertNoResult(done)
        tell()
        self.assertNotEqual(self.successResultOf(done), get_ident())
        failed = threads.run(lambda: 1 // 0)
        calls.get(timeout=10)()
        self.failureResultOf(failed, ZeroDivisionError)
