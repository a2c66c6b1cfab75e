"""
Tests for L{benchmarks.media.limits} and L{benchmarks.media.goals}.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from benchmarks.media.figures import Result
from benchmarks.media.goals import goal_rows, limit_rows
from benchmarks.media.limits import Limit, Search, find_limit

from .results import result


def program(most: int, ms: float = 2.0, name: str = "gateway") -> Callable[..., Result]:
    """
    @return: measures a program that carries C{most} calls, each of which costs so
        much.
    """

    def measure(calls: int, seconds: float | None = None, **what: Any) -> Result:
        cpu = min(calls * 5 * ms / 1000, 5.0)
        over = 0 if calls <= most else 2500
        return result(program=name, calls=calls, over=over, cpu_seconds=cpu, **what)

    return measure


class SearchTests(SynchronousTestCase):
    """
    Tests for L{Search}.
    """

    def tried(self, carries: int, most: int = 1500, ms: float = 2.0) -> list[int]:
        """
        @return: what is tried with a program that carries so many.
        """
        search, found = Search(most), []
        while (calls := search.next()) is not None:
            found.append(calls)
            search.told(program(carries, ms)(calls))
        self.assertLessEqual(search.carried, carries)
        self.assertGreater(search.carried, carries / 1.1 - 2)
        return found

    def test_found(self) -> None:
        """
        The limit is found in few tries, whatever it is, and without trying much more
        than what is carried.
        """
        for carries in (12, 39, 40, 77, 310, 480, 700):
            tried = self.tried(carries)
            self.assertLess(len(tried), 13, tried)
            self.assertLess(max(tried[2:], default=0), 5.1 * carries, tried)

    def test_by_cost(self) -> None:
        """
        After the first tries the next is what the cost of a call lets expect.
        """
        self.assertEqual(self.tried(490)[:3], [10, 40, 200])
        self.assertEqual(self.tried(490)[3], 475)

    def test_nothing_is_carried(self) -> None:
        """
        If not even the first number is carried, fewer are tried.
        """
        self.assertEqual(self.tried(1)[-1], 1)
        self.assertEqual(self.tried(0)[-1], 1)

    def test_no_more_than_wanted(self) -> None:
        """
        It ends at what is tried at most.
        """
        search = Search(100)
        while (calls := search.next()) is not None:
            self.assertLessEqual(calls, 100)
            search.told(program(5000, 0.1)(calls))
        self.assertEqual((search.carried, search.over), (100, None))
        limit = find_limit("gateway", program(5000, 0.1), 100, 4.0)
        row = limit_rows([limit])[1]
        self.assertEqual((row[1], row[-1]), ("100+", "more were not tried"))


class FindLimitTests(SynchronousTestCase):
    """
    Tests for L{find_limit}.
    """

    def test_measured_for_good(self) -> None:
        """
        At the end four fifths of the limit are measured as long as is wanted.
        """
        lasted: list[float | None] = []

        def measure(calls: int, seconds: float | None) -> Result:
            lasted.append(seconds)
            return program(300)(calls)

        limit = find_limit("gateway", measure, 1500, 4.0)
        self.assertGreaterEqual(limit.calls, 280)
        assert limit.working is not None
        self.assertEqual(limit.working.calls, int(limit.calls * 0.8))
        self.assertEqual(lasted[-1], None)
        self.assertEqual({*lasted[:-1]}, {4.0})
        self.assertIsNotNone(limit.at(200))
        self.assertFalse(limit.held_back or limit.disturbed)

    def test_disturbed(self) -> None:
        """
        A try that failed while others had the core is made again.
        """
        tried: list[int] = []

        def measure(calls: int, seconds: float | None) -> Result:
            tried.append(calls)
            if calls == 40 and tried.count(40) == 1:
                return program(0)(calls, waited_seconds=1.0)
            return program(60)(calls)

        self.assertGreater(find_limit("gateway", measure, 1500, 4.0).calls, 55)
        self.assertEqual(tried.count(40), 2)

    def test_always_disturbed(self) -> None:
        """
        If others have the core each time, that is told.
        """
        limit = find_limit(
            "gateway", lambda n, _: program(60)(n, waited_seconds=1.0), 1500, 4.0
        )
        self.assertTrue(limit.disturbed)
        self.assertIn("others had the cores when more", limit_rows([limit])[1][-1])

    def test_disturbed_for_good(self) -> None:
        """
        What is measured for good is the quieter of two, if others had the core.
        """
        waited = iter((1.0, 0.25))

        def measure(calls: int, seconds: float | None) -> Result:
            if seconds is None:
                return program(60)(calls, waited_seconds=next(waited))
            return program(60)(calls)

        working = find_limit("gateway", measure, 1500, 4.0).working
        assert working is not None
        self.assertEqual(working.waited_seconds, 0.25)

    def test_generator_carries_no_more(self) -> None:
        """
        If the load generator is the limit, that is told.
        """

        def measure(calls: int, seconds: float | None) -> Result:
            return program(100)(calls, generator_cpu=0.9 if calls > 100 else 0.5)

        limit = find_limit("gateway", measure, 1500, 4.0)
        self.assertTrue(limit.held_back)
        self.assertEqual(limit_rows([limit])[1][1], f"{limit.calls}+")

    def test_file(self) -> None:
        """
        The file of a run gives back what was written.
        """
        limit = find_limit("gateway", program(50), 1500, 4.0)
        self.assertEqual(
            Limit.from_json(json.loads(json.dumps(limit.as_json()))), limit
        )


def limit(name: str, calls: int, **working: Any) -> Limit:
    """
    @return: it was tried with 10, 200 and as many as it carries.
    """
    tried = [program(calls, name=name)(n) for n in (10, 200, calls, calls + 5)]
    at_work = result(program=name, calls=int(calls * 0.8), **working)
    return Limit(name, calls, calls + 5, tried, at_work)


class GoalTests(SynchronousTestCase):
    """
    Tests for L{limit_rows} and L{goal_rows}.
    """

    def test_times_others(self) -> None:
        """
        How many times as many calls a program carries as others stands in its row.
        """
        head, ours, quart = limit_rows([limit("gateway-pcm", 500), limit("quart", 125)])
        self.assertEqual(len({len(row) for row in (head, ours, quart)}), 1)
        self.assertEqual(ours[:3], ("gateway-pcm", "500", "4.0"))
        self.assertEqual(quart[:3], ("quart", "125", "-"))

    def test_met(self) -> None:
        """
        Each goal of which something was measured is told to be met or not.
        """
        memory = 50_000 + 395 * 40
        ours = limit("gateway-pcm", 500, loaded_kb=memory, cpu_seconds=4.0)
        _, *goals = goal_rows([ours, limit("quart", 125), limit("cpp", 900)])
        told = {what: met for what, _, _, met in goals}
        self.assertEqual(
            told,
            {
                "calls of gateway-pcm": "yes",
                "p99 of gateway-pcm at 400 calls, ms": "yes",
                "KB a call of gateway-pcm": "yes",
                "calls of gateway-pcm, times quart's": "no",
                "CPU of gateway-pcm at 200 calls, times cpp's": "yes",
                "CPU ms of gateway-pcm, few calls to many": "yes",
            },
        )

    def test_rising_cost(self) -> None:
        """
        A call that costs more when there are more of them does not meet the goal.
        """
        probes = [program(500, ms)(n) for n, ms in ((10, 2.0), (40, 1.8), (200, 1.95))]
        *_, row = goal_rows([Limit("gateway", 200, 210, probes, None)])
        self.assertEqual(row[1:], ("falling", "2.00, 1.80, 1.95", "no"))

    def test_cost_when_disturbed(self) -> None:
        """
        What was measured while others had the core says nothing of the cost.
        """
        probes = [program(500, ms)(n) for n, ms in ((10, 2.0), (40, 1.8))]
        probes.append(program(500, 3.0)(200, waited_seconds=1.0))
        *_, row = goal_rows([Limit("gateway", 200, 210, probes, None)])
        self.assertEqual(row[1:], ("falling", "2.00, 1.80", "yes"))

    def test_others_have_none(self) -> None:
        """
        Goals are the gateway's.
        """
        self.assertEqual(len(goal_rows([limit("quart", 125)])), 1)
