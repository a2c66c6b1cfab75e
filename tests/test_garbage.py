"""
Tests for L{acsgw.garbage}.
"""

from __future__ import annotations

import gc

from acsgw.garbage import LOOK_SECONDS, OLD_LOOKS, YOUNG_OBJECTS, GarbageRounds

from .support import ClockTestCase


class Hub:
    """
    Knows how many sockets have audio.
    """

    sockets = 0


class FakeCollector:
    """
    Remembers what it was asked for.

    @ivar looks: at what is no longer young, since everything was looked through.
    """

    def __init__(self) -> None:
        self.done: list[str] = []
        self.threshold = (700, 10, 10)
        self.looks = 0

    def collect(self) -> int:
        self.done.append("collect")
        self.looks = 0
        return 0

    def freeze(self) -> None:
        self.done.append("freeze")

    def get_count(self) -> tuple[int, int, int]:
        return 0, 0, self.looks

    def get_threshold(self) -> tuple[int, int, int]:
        return self.threshold

    def set_threshold(self, young: int, middle: int, old: int, /) -> None:
        self.threshold = (young, middle, old)


class RoundsTests(ClockTestCase):
    """
    All of memory is looked through when it disturbs least.
    """

    def setUp(self) -> None:
        super().setUp()
        self.hub, self.collector = Hub(), FakeCollector()
        self.rounds = GarbageRounds(self.reactor, self.hub, self.collector)
        self.rounds.startService()
        self.reactor.advance(0)
        self.addCleanup(self.assertNoTimers)
        self.addCleanup(self.rounds.stopService)

    def look(self, looks: int) -> list[str]:
        """
        @param looks: that were taken at what is no longer young.

        @return: what was done then.
        """
        self.collector.done.clear()
        self.collector.looks = looks
        self.reactor.advance(LOOK_SECONDS)
        return self.collector.done

    def test_start(self) -> None:
        """
        What is there at the start is put aside, and nothing old is looked through by
        itself any more.
        """
        self.assertEqual(self.collector.done, ["collect", "freeze"])
        young, _, old = self.collector.threshold
        self.assertEqual(young, YOUNG_OBJECTS)
        self.assertGreater(old, 100_000)

    def test_idle(self) -> None:
        """
        While nobody speaks it is done as soon as there is anything.
        """
        self.assertEqual(self.look(0), [])
        self.assertEqual(self.look(1), ["collect"])
        self.assertEqual(self.look(0), [])

    def test_calls(self) -> None:
        """
        While calls are up it waits until it is worth it.
        """
        self.hub.sockets = 2
        self.assertEqual(self.look(OLD_LOOKS - 1), [])
        self.assertEqual(self.look(OLD_LOOKS), ["collect"])

    def test_stop(self) -> None:
        """
        Afterwards Python does as before.
        """
        self.rounds.stopService()
        self.assertEqual(self.collector.threshold, (700, 10, 10))
        self.rounds.startService()

    def test_python(self) -> None:
        """
        Python's own collector does what the fake one does.
        """
        before = gc.get_threshold()
        self.addCleanup(gc.set_threshold, *before)
        self.addCleanup(gc.unfreeze)
        rounds = GarbageRounds(self.reactor, self.hub, gc)
        rounds.startService()
        self.reactor.advance(0)
        self.assertEqual(gc.get_threshold()[0], YOUNG_OBJECTS)
        self.assertGreater(gc.get_freeze_count(), 1000)
        for _ in range(3):
            gc.collect(1)
        self.assertEqual(gc.get_count()[2], 3)
        self.reactor.advance(LOOK_SECONDS)
        self.assertEqual(gc.get_count()[2], 3 if self.hub.sockets else 0)
        rounds.stopService()
        self.assertEqual(gc.get_threshold(), before)
