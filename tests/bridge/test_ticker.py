"""
Tests for L{acsgw.bridge.ticker}.
"""

from __future__ import annotations

from acsgw.bridge.ticker import Ticker

from ..support import ClockTestCase


class TickerTests(ClockTestCase):
    """
    Tests for L{Ticker}.
    """

    def setUp(self) -> None:
        super().setUp()
        self.ticker = Ticker(self.reactor)
        self.ticks: list[str] = []

    def join(self, key: str) -> None:
        self.ticker.add(key, lambda: self.ticks.append(key))

    def pump(self, times: int) -> None:
        self.reactor.pump([0.02] * times)

    def test_fifty_a_second(self) -> None:
        """
        Everybody is called 50 times a second, and only once each time.
        """
        self.join("a")
        self.join("b")
        self.pump(50)
        self.assertEqual(self.ticks, ["a", "b"] * 50)

    def test_rests(self) -> None:
        """
        Nothing ticks while nobody listens, and it begins again with the next.
        """
        self.assertNoTimers()
        self.join("a")
        self.ticker.remove("a")
        self.assertNoTimers()
        self.join("b")
        self.pump(3)
        self.assertEqual(self.ticks, ["b"] * 3)
        self.ticker.remove("b")
        self.ticker.remove("b")
        self.assertNoTimers()

    def test_bug_of_one(self) -> None:
        """
        One whose tick fails is logged and does not silence the others.
        """
        self.ticker.add("bad", lambda: 1 // 0)  # type: ignore[arg-type]
        self.join("good")
        self.pump(2)
        self.assertEqual(self.ticks, ["good"] * 2)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 2)

    def test_leave_within_a_tick(self) -> None:
        """
        Who leaves during a tick is not called any more, nor is whom he takes along.
        """

        def leave() -> None:
            self.ticks.append("a")
            self.ticker.remove("a")
            self.ticker.remove("b")

        self.ticker.add("a", leave)
        self.join("b")
        self.pump(3)
        self.assertEqual(self.ticks, ["a"])
        self.assertNoTimers()

    def test_swap_within_a_tick(self) -> None:
        """
        One who leaves and one who comes in the same tick leave the speed as it is.
        """

        def swap() -> None:
            self.ticker.remove("a")
            self.join("b")

        self.ticker.add("a", swap)
        self.pump(11)
        self.assertEqual(self.ticks, ["b"] * 10)
        self.assertEqual(len(self.reactor.getDelayedCalls()), 1)

    def test_late(self) -> None:
        """
        After a pause of the process it ticks once, and not once for each tick that
        was missed.
        """
        self.join("a")
        self.reactor.advance(1.0)
        self.assertEqual(self.ticks, ["a"])
