"""
Tests for L{acsgw.calls.kept}.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from twisted.internet.task import Clock
from twisted.logger import LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from acsgw.calls.kept import KeptVariables


class KeptVariablesTests(SynchronousTestCase):
    """
    Tests for L{KeptVariables}.
    """

    def setUp(self) -> None:
        self.clock = Clock()
        ids = count(1)
        self.kept = KeptVariables(self.clock, lambda: f"ref{next(ids)}", max_bytes=10)
        self.kept.startService()

    def keep(self, size: int = 2, seconds: float = 60) -> str | None:
        """
        @param size: in bytes, of name and value.
        """
        return self.kept.keep("c1", {"a": "x" * (size - 1)}, seconds)

    def test_fetched(self) -> None:
        """
        A set can be fetched by its reference, again if the answer got lost, until
        its time is over; others cannot.
        """
        self.assertEqual((self.keep(), self.keep(3)), ("ref1", "ref2"))
        for _ in range(2):
            self.assertEqual(self.kept.fetch("ref1"), {"a": "x"})
        self.assertEqual(self.kept.fetch("ref2"), {"a": "xx"})
        self.assertIsNone(self.kept.fetch("ref3"))
        self.clock.advance(59)
        self.assertEqual(self.kept.fetch("ref1"), {"a": "x"})
        self.clock.advance(1)
        self.assertIsNone(self.kept.fetch("ref1"))
        self.assertEqual(len(self.kept), 0)

    def test_bounded(self) -> None:
        """
        No more than so many bytes are kept (of UTF-8); the room comes back.
        """
        self.assertEqual(self.keep(10, seconds=5), "ref1")
        self.assertIsNone(self.keep(2))
        self.clock.advance(5)
        self.assertIsNone(self.kept.keep("c1", {"a": "€€€€"}, 5))
        self.assertEqual(self.kept.keep("c1", {"a": "€€€"}, 5), "ref2")

    def test_stops_at_once(self) -> None:
        """
        With nothing left to be fetched there is nothing to wait for, and nothing
        stays.
        """
        self.keep()
        self.kept.fetch("ref1")
        stopped = self.kept.stopService()
        self.clock.advance(0)
        self.successResultOf(stopped)
        self.assertEqual(len(self.kept), 0)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_waits_for_the_last(self) -> None:
        """
        Who has just got a caller can still fetch what came along.
        """
        self.keep()
        self.keep()
        stopped = self.kept.stopService()
        self.clock.advance(1)
        self.kept.fetch("ref1")
        self.clock.advance(1)
        self.assertNoResult(stopped)
        self.assertEqual(self.kept.fetch("ref2"), {"a": "x"})
        self.assertNoResult(stopped)  # the answer is on its way
        self.clock.advance(0)
        self.successResultOf(stopped)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_does_not_wait_for_ever(self) -> None:
        """
        After 10 s it stops all the same.
        """
        self.keep()
        stopped = self.kept.stopService()
        self.clock.advance(9)
        self.assertNoResult(stopped)
        self.clock.advance(1)
        self.successResultOf(stopped)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_hurry(self) -> None:
        """
        Who is told to stop now waits for nobody, before or after.
        """
        self.keep()
        stopped = self.kept.stopService()
        self.kept.hurry()
        self.successResultOf(stopped)
        self.kept.startService()
        self.keep()
        stopped = self.kept.stopService()
        self.clock.advance(0)
        self.successResultOf(stopped)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_never_fetched(self) -> None:
        """
        The log says whose variables nobody wanted; those that were fetched are not
        worth a line.
        """
        lines: list[str] = []

        def observe(event: LogEvent) -> None:
            lines.append(formatEvent(event))

        observer: Any = observe
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        self.keep()
        self.keep()
        self.kept.fetch("ref1")
        self.clock.advance(60)
        self.assertEqual(
            [line for line in lines if line.startswith("call")],
            ["call c1: variables were never fetched: their time is over"],
        )

    def test_expires_while_stopping(self) -> None:
        """
        What expires is not waited for.
        """
        self.keep(seconds=3)
        stopped = self.kept.stopService()
        self.clock.advance(3)
        self.clock.advance(0)
        self.successResultOf(stopped)
