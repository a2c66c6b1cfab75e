"""
Tests for L{benchmarks.media.figures} and what shows them.
"""

from __future__ import annotations

import json

import numpy as np
from twisted.trial.unittest import SynchronousTestCase

from benchmarks.media.figures import Result, late_frames, percentile, percentiles
from benchmarks.media.table import markdown, notes, rows, text

from .results import result


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


class LateTests(SynchronousTestCase):
    """
    Tests for L{late_frames}.
    """

    def test_against_the_fastest(self) -> None:
        """
        What is always held back is no lateness; more than 20 ms beyond it is.
        """
        self.assertEqual(late_frames(np.array([100.0, 101.0, 120.0, 120.1, 300.0])), 2)

    def test_nothing(self) -> None:
        """
        Where nothing came back, nothing came late.
        """
        self.assertEqual(late_frames(np.array([])), 0)


class ResultTests(SynchronousTestCase):
    """
    Tests for L{Result}.
    """

    def test_cost(self) -> None:
        """
        CPU time is told for a second of a call, memory for a call after the first few.
        """
        found = result()
        self.assertEqual(found.cpu_ms, 5.0)
        self.assertEqual(found.core, 0.05)
        self.assertEqual(found.kb_a_call, 40.0)

    def test_carried(self) -> None:
        """
        Calls are carried if all have audio, and at most one frame of a hundred is lost
        or takes too long.
        """
        self.assertTrue(result(over=25).carried)
        self.assertFalse(result(over=26).carried)
        self.assertFalse(result(up=9).carried)

    def test_full(self) -> None:
        """
        A core is full if the program used it or waited for it nearly all the time.
        """
        self.assertFalse(result(cpu_seconds=4.6, waited_seconds=0.1).full)
        self.assertTrue(result(cpu_seconds=4.6, waited_seconds=0.2).full)
        self.assertFalse(result(cpu_seconds=9.0, worker_seconds=[4.5, 4.5]).full)

    def test_held_back(self) -> None:
        """
        The load generator is the limit if it was busy; if it was late without that,
        others had its core.
        """
        self.assertTrue(result(generator_cpu=0.85).held_back)
        late = result(generator_skipped=1, generator_late_ms={"p99": 21.0})
        self.assertFalse(late.held_back)

    def test_disturbed(self) -> None:
        """
        Others that had more than a twentieth of a core are told of.
        """
        self.assertFalse(result(waited_seconds=0.2).disturbed)
        self.assertTrue(result(waited_seconds=0.3).disturbed)
        self.assertTrue(result(generator_waited=0.06).disturbed)

    def test_file(self) -> None:
        """
        The file of a run gives back what was written.
        """
        text = json.dumps(result().as_json())
        self.assertEqual(Result.from_json(json.loads(text)), result())


class TableTests(SynchronousTestCase):
    """
    Tests for L{rows}, L{text}, L{markdown} and L{notes}.
    """

    def test_columns(self) -> None:
        """
        Each result has a line, its figures below what they are.
        """
        head, ours, theirs = text(
            rows([result(), result(program="quart", cpu_seconds=2.5, lost=25, late=5)])
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
        self.assertIn("only 0 calls had audio", text(rows([dead])))

    def test_markdown(self) -> None:
        """
        A document's table has as many columns in all lines.
        """
        lines = markdown(rows([result()])).splitlines()
        self.assertEqual({line.count("|") for line in lines}, {13})

    def test_notes(self) -> None:
        """
        What makes figures worth less is told; nothing of a clean run.
        """
        self.assertEqual(notes(result()), [])
        wrong = result(
            up=9, damaged=3, repeated=2, silent=1, generator_cpu=0.9, waited_seconds=2.5
        )
        self.assertEqual(
            notes(wrong),
            [
                "only 9 calls had audio",
                "3 damaged",
                "2 twice",
                "1 silent",
                "the generator was the limit",
                "core taken by others 50%, generator's 0%",
            ],
        )
        full = result(cpu_seconds=4.7, waited_seconds=0.1)
        self.assertEqual(notes(full), ["core full, CPU ms too low"])
        self.assertEqual(notes(result(cpu_seconds=4.6, waited_seconds=0.1)), [])
        late = result(generator_late_ms={"p99": 7.6}, generator_skipped=3)
        self.assertEqual(
            notes(late), ["sent late (p99 8 ms)", "the generator left out 3 a call"]
        )
        self.assertEqual(notes(result(generator="Python")), ["generator in Python"])

    def test_workers(self) -> None:
        """
        What each of several processes costs is told for its own calls.
        """
        two = result(cpu_seconds=0.35, worker_seconds=[0.2, 0.15], crowded=True)
        self.assertEqual(
            notes(two),
            ["8.00 + 6.00 ms each", "a worker and the generator share a core"],
        )
