"""
Tests for L{acsgw.bridge.wheel}.
"""

from __future__ import annotations

from hypothesis import given, strategies as st

from acsgw.bridge.wheel import SLOT_SECONDS, Wheel

from ..support import ClockTestCase


class WheelTests(ClockTestCase):
    """
    Tests for L{Wheel}.
    """

    def setUp(self) -> None:
        super().setUp()
        self.wheel = Wheel(self.reactor)
        self.begin = self.reactor.seconds()
        self.woken: list[tuple[str, float]] = []

    def wake(self, key: str, after: float) -> None:
        def woken() -> None:
            self.woken.append((key, round(self.reactor.seconds() - self.begin, 3)))

        self.wheel.wake_at(self.begin + after, key, woken)

    def pass_time(self, seconds: float) -> None:
        self.reactor.pump([0.001] * round(seconds * 1000))

    def test_once(self) -> None:
        """
        Everybody is woken once, in order of time, not before it and at most a slot
        after it.
        """
        for key, after in (("c", 0.0402), ("a", 0.01), ("b", 0.0131)):
            self.wake(key, after)
        self.pass_time(1)
        self.assertEqual([key for key, _ in self.woken], ["a", "b", "c"])
        for (_, at), after in zip(self.woken, (0.01, 0.0131, 0.0402), strict=True):
            self.assertTrue(after <= at <= after + SLOT_SECONDS + 0.001)

    def test_rests(self) -> None:
        """
        No timer runs while nobody is to be woken.
        """
        self.assertNoTimers()
        self.wake("a", 0.1)
        self.wake("b", 0.2)
        self.wheel.remove("a")
        self.wheel.remove("b")
        self.wheel.remove("b")
        self.assertNoTimers()
        self.wake("c", 0.01)
        self.pass_time(0.02)
        self.assertEqual([key for key, _ in self.woken], ["c"])
        self.assertNoTimers()

    def test_earlier(self) -> None:
        """
        Of two times for one the earlier holds, whichever was said first.
        """
        self.wake("a", 0.1)
        self.wake("a", 0.05)
        self.wake("a", 0.08)
        self.pass_time(1)
        self.assertEqual(self.woken, [("a", 0.05)])

    def test_past(self) -> None:
        """
        A time that is past is the next turn, also for somebody who always asks for
        one: time goes on for the others.
        """

        def again() -> None:
            self.woken.append(("again", 0))
            self.wheel.wake_at(self.begin - 1, "again", again)

        again()
        self.wake("a", 0.02)
        self.pass_time(0.05)
        self.assertIn(("a", 0.02), self.woken)
        self.assertLess(len(self.woken), 20)
        self.wheel.remove("again")
        self.assertNoTimers()

    def test_removed_by_another(self) -> None:
        """
        Who is removed by somebody of the same slot is not woken.
        """
        self.wheel.wake_at(self.begin, "a", lambda: self.wheel.remove("b"))
        self.wake("b", 0)
        self.pass_time(0.02)
        self.assertEqual(self.woken, [])
        self.assertNoTimers()

    def test_bug_of_one(self) -> None:
        """
        One whose work fails is logged and does not silence the others.
        """
        bug = lambda: 1 // 0  # noqa: E731
        self.wheel.wake_at(self.begin, "bad", bug)  # type: ignore[arg-type]
        self.wake("good", 0)
        self.pass_time(0.02)
        self.assertEqual([key for key, _ in self.woken], ["good"])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    @given(
        st.lists(
            st.tuples(st.sampled_from("abcd"), st.integers(0, 60), st.integers(0, 2)),
            max_size=30,
        )
    )
    def test_rules(self, asked: list[tuple[str, int, int]]) -> None:
        """
        Whoever asks, removes and waits in any order: nobody is early, nobody is later
        than a slot, nobody is forgotten, and no timer is left.
        """
        self.setUp()
        wanted: dict[str, float] = {}
        for key, after_ms, kind in asked:
            now = self.reactor.seconds() - self.begin
            if kind == 2:
                self.wheel.remove(key)
                wanted.pop(key, None)
            else:
                at = now + after_ms / 1000
                self.wake(key, at)
                wanted[key] = min(at, wanted.get(key, at))
            self.pass_time(0.003)
            for woken, at in self.woken:
                self.assertGreaterEqual(at, wanted.pop(woken) - 0.0005)
            self.woken.clear()
            late = self.reactor.seconds() - self.begin - SLOT_SECONDS - 0.002
            self.assertFalse([at for at in wanted.values() if at < late])
        self.pass_time(0.1)
        self.assertEqual({key for key, _ in self.woken}, set(wanted))
        self.assertNoTimers()
