"""
Tests for L{benchmarks.media.figures} and what shows them.
"""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from benchmarks.media.figures import (
    CallLedger,
    Result,
    late_frames,
    percentile,
    percentiles,
)
from benchmarks.media.table import markdown, notes, table


def result(**what: Any) -> Result:
    """
    @return: 10 calls for 5 s, all well.
    """
    given: dict[str, Any] = {
        "program": "gateway",
        "calls": 10,
        "up": 10,
        "seconds": 5.0,
        "frames": 2500,
        "lost": 0,
        "late": 0,
        "damaged": 0,
        "repeated": 0,
        "cpu_seconds": 0.25,
        "waited_seconds": 0.0,
        "delay_ms": {"p50": 1.0, "p90": 2.0, "p99": 3.25, "p99.9": 4.0, "max": 9.0},
        "to_agent_ms": {},
        "idle_kb": 50_000,
        "loaded_kb": 50_400,
        "generator_cpu": 0.1,
        "generator_late_ms": {"p99": 1.0},
        "generator_skipped": 0,
    }
    return Result(**{**given, **what})


class PercentileTests(SynchronousTestCase):
    """
    Tests for L{percentile} and L{percentiles}.
    """

    def test_of_hundred(self) -> None:
        """
        Of 1 to 100 the 99th percentile is 99: so many are not above it.
        """
        values = [float(value) for value in range(1, 101)]
        for share, wanted in ((0.5, 50), (0.99, 99), (0.999, 100), (1, 100), (0, 1)):
            self.assertEqual(percentile(values, share), wanted)

    def test_order_does_not_matter(self) -> None:
        """
        Values may come in any order.
        """
        found = percentiles([3.0, 1.0, 2.0])
        self.assertEqual((found["p50"], found["max"]), (2.0, 3.0))

    def test_nothing(self) -> None:
        """
        Of nothing there are none.
        """
        self.assertEqual(percentiles([]), {})


class CallLedgerTests(SynchronousTestCase):
    """
    Tests for L{CallLedger}.
    """

    def test_window(self) -> None:
        """
        Only frames sent within the window count, whenever they come back.
        """
        ledger = CallLedger()
        ledger.sent.extend([1.0, 2.0, 3.0, 4.0])
        for number, back in ((0, 1.5), (1, 5.0), (3, 4.1)):
            ledger.came_back(number, back)
        self.assertEqual(ledger.window(2.0, 4.0), ([3000.0], 1))

    def test_twice(self) -> None:
        """
        A frame that comes twice keeps its first delay, and is noted.
        """
        ledger = CallLedger()
        ledger.sent.append(1.0)
        ledger.came_back(0, 1.25)
        ledger.came_back(0, 9.0)
        self.assertEqual(ledger.window(0, 2), ([250.0], 0))
        self.assertEqual(ledger.repeated, 1)


class LateTests(SynchronousTestCase):
    """
    Tests for L{late_frames}.
    """

    def test_against_the_fastest(self) -> None:
        """
        What is always held back is no lateness; more than 20 ms beyond it is.
        """
        self.assertEqual(late_frames([100.0, 101.0, 120.0, 120.1, 300.0]), 2)

    def test_nothing(self) -> None:
        """
        Where nothing came back, nothing came late.
        """
        self.assertEqual(late_frames([]), 0)


class ResultTests(SynchronousTestCase):
    """
    Tests for L{Result}.
    """

    def test_cost(self) -> None:
        """
        CPU time is told for a second of a call, memory for a call.
        """
        found = result()
        self.assertEqual(found.cpu_ms, 5.0)
        self.assertEqual(found.core, 0.05)
        self.assertEqual(found.kb_a_call, 40.0)

    def test_file(self) -> None:
        """
        The file of a run gives back what was written.
        """
        text = json.dumps(result().as_json())
        self.assertEqual(Result.from_json(json.loads(text)), result())


class TableTests(SynchronousTestCase):
    """
    Tests for L{table}, L{markdown} and L{notes}.
    """

    def test_columns(self) -> None:
        """
        Each result has a line, its figures below what they are.
        """
        head, ours, theirs = table(
            [result(), result(program="quart", cpu_seconds=2.5, lost=25, late=5)]
        ).splitlines()
        self.assertEqual(head.index("CPU ms") + 6, ours.index("5.00") + 4)
        fields = [
            "gateway",
            "10",
            "5.00",
            "5%",
            "1.0",
            "3.2",
            "9.0",
            "0.00",
            "0.00",
            "40",
            "49",
        ]
        self.assertEqual(ours.split(), fields)
        fields = [
            "quart",
            "10",
            "50.00",
            "50%",
            "1.0",
            "3.2",
            "9.0",
            "0.20",
            "1.00",
            "40",
            "49",
        ]
        self.assertEqual(theirs.split(), fields)

    def test_nothing_came_back(self) -> None:
        """
        A program that let nothing through has a line too.
        """
        dead = result(up=0, frames=0, delay_ms={})
        self.assertIn("only 0 calls had audio", table([dead]))

    def test_markdown(self) -> None:
        """
        A document's table has as many columns in all lines.
        """
        lines = markdown([result()]).splitlines()
        self.assertEqual({line.count("|") for line in lines}, {13})

    def test_notes(self) -> None:
        """
        What makes figures worth less is told; nothing of a clean run.
        """
        self.assertEqual(notes(result()), [])
        wrong = result(
            up=9, damaged=3, repeated=2, generator_cpu=0.9, waited_seconds=2.5
        )
        self.assertEqual(
            notes(wrong),
            [
                "only 9 calls had audio",
                "3 damaged",
                "2 twice",
                "the generator was the limit",
                "core taken by others 50%",
            ],
        )
        full = result(cpu_seconds=4.7, waited_seconds=0.1)
        self.assertEqual(notes(full), ["core full, CPU ms too low"])
        self.assertEqual(notes(result(cpu_seconds=4.6, waited_seconds=0.1)), [])
        late = result(generator_late_ms={"p99": 7.6}, generator_skipped=3)
        self.assertEqual(
            notes(late), ["sent late (p99 8 ms)", "the generator left out 3 a call"]
        )
