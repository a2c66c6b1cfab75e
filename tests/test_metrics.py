"""
Tests for L{acsgw.metrics}.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import (
    generate_latest as openmetrics,
)
from twisted.trial.unittest import SynchronousTestCase

from acsgw.metrics import MAX_NAMES, AudioCounts, Counted


class CountedTests(SynchronousTestCase):
    """
    Tests for L{Counted}.
    """

    def setUp(self) -> None:
        self.registry = CollectorRegistry()
        self.counted = Counted(self.registry, "events", "Events.", "type")

    def lines(self) -> list[str]:
        text = generate_latest(self.registry).decode()
        return [line for line in text.splitlines() if "_total{" in line]

    def test_counts(self) -> None:
        """
        Each name has a number of its own.
        """
        for name in ("a", "b", "a"):
            self.counted.count(name)
        self.assertEqual(
            self.lines(), ['events_total{type="a"} 2.0', 'events_total{type="b"} 1.0']
        )

    def test_bounded(self) -> None:
        """
        Names that others make up do not fill the memory: the rest counts as one,
        and long ones are cut.
        """
        for number in range(MAX_NAMES + 50):
            self.counted.count(f"{number}-{'x' * 1000}")
        lines = self.lines()
        self.assertEqual(len(lines), MAX_NAMES + 1)
        self.assertIn('events_total{type="other"} 50.0', lines)
        self.assertLess(max(map(len, lines)), 200)

    def test_exemplars(self) -> None:
        """
        OpenMetrics shows the latest conversation of each name; the plain format, and
        an id that is too long, show none.
        """
        for conversation in ("conv-1", "conv-2"):
            self.counted.count("a", conversation)
        self.counted.count("b", "x" * 117)
        text = openmetrics(self.registry).decode()
        self.assertIn('events_total{type="a"} 2.0 # {conversation="conv-2"} 1.0', text)
        self.assertIn('events_total{type="b"} 1.0\n', text)
        self.assertNotIn("conv-", "".join(self.lines()))
        self.counted.count("b", "x" * 116)
        self.assertIn("x" * 116, openmetrics(self.registry).decode())

    def test_odd_names(self) -> None:
        """
        A name that is no proper text does not spoil the numbers of the others.
        """
        for name in ("\ud800", 'a"b', "a\nb", ""):
            self.counted.count(name)
        self.assertEqual(len(self.lines()), 4)


class AudioCountsTests(SynchronousTestCase):
    """
    Tests for L{AudioCounts}.
    """

    def setUp(self) -> None:
        self.registry = CollectorRegistry()
        self.counts = AudioCounts(self.registry)

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"acsgw_{name}_total", labels)

    def values(self) -> list[float | None]:
        return [
            self.value("underruns"),
            self.value("skipped_silence_seconds"),
            self.value("early_audio_dropped_seconds"),
            self.value("audio_frames_dropped", to="network"),
            self.value("audio_frames_dropped", to="agent"),
        ]

    def test_from_the_start(self) -> None:
        """
        Nothing is 0, not missing: so a rate has a beginning.
        """
        self.assertEqual(self.values(), [0, 0, 0, 0, 0])

    def test_sums(self) -> None:
        """
        The counters of all calls add up; a call without a media stream has none.
        """
        call = {
            "underruns": 2,
            "skipped_ms": 1500,
            "early_dropped_ms": 250,
            "dropped_to_network": 3,
            "dropped_to_agent": 4,
        }
        self.counts.count(call)
        self.counts.count({})
        self.counts.count(call)
        self.assertEqual(self.values(), [4, 3, 0.5, 6, 8])
