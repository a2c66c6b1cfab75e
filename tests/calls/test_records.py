"""
Tests for L{acsgw.calls.records}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acsgw.calls.actions import Ended, Outcome
from acsgw.calls.records import MAX_MILESTONES, CallBook, CallRecord
from acsgw.interfaces import RecordingResult

from .world import ringing


class CallBookTests(SynchronousTestCase):
    """
    Tests for L{CallBook} and L{CallRecord}.
    """

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1000)
        self.outcomes: list[tuple[str, str]] = []
        self.counted: list[Mapping[str, int]] = []
        self.book = CallBook(
            self.clock.seconds,
            2,
            lambda outcome, conversation: self.outcomes.append((outcome, conversation)),
            self.counted.append,
        )

    def open(self, call_id: str, keep_words: bool = True) -> CallRecord:
        self.clock.advance(1)
        return self.book.open(call_id, ringing(), keep_words)

    def ids(self) -> list[str]:
        return [record.call_id for record in self.book.all()]

    def close(self, record: CallRecord) -> None:
        self.book.close(record, Ended(Outcome.COMPLETED, ""))

    def test_in_progress(self) -> None:
        """
        A call in progress has no end and no outcome; it can be found.
        """
        record = self.open("a")
        self.assertIs(self.book.find("a"), record)
        self.assertIsNone(self.book.find("b"))
        summary = record.summary()
        self.assertEqual((summary["ended_at"], summary["outcome"]), (None, None))
        self.assertIsNone(summary["recording"])

    def test_ended(self) -> None:
        """
        An ended call tells when and how.
        """
        record = self.open("a")
        self.clock.advance(60)
        self.book.close(record, Ended(Outcome.MEDIA_LOST, "1006"))
        record.recording = RecordingResult(
            "/r/a.wav", 59.98765, "disk full", "ab", 100, ((1.0, 2.5),)
        )
        summary = record.summary()
        self.assertEqual(summary["started_at"], 1001)
        self.assertEqual(summary["ended_at"], 1061)
        self.assertEqual(summary["outcome"], "media lost")
        self.assertEqual(summary["reason"], "1006")
        self.assertEqual(
            summary["recording"],
            {
                "path": "/r/a.wav",
                "seconds": 59.988,
                "problem": "disk full",
                "sha256": "ab",
                "bytes": 100,
                "pauses": [[1.0, 2.5]],
                "uploaded_to": None,
            },
        )

    def test_own_milestones_are_kept(self) -> None:
        """
        However much is said and keyed, the call's own milestones are there.
        """
        record = self.open("a")
        for _ in range(MAX_MILESTONES + 5):
            record.note(0, "key", "1")
        record.note(0, "ended", "completed by agent")
        self.assertEqual(record.milestones[-1].what, "ended")
        self.assertEqual(record.milestones_dropped, 5)

    def test_outcomes_are_counted(self) -> None:
        """
        Each end is counted under its outcome, with its conversation.
        """
        record = self.open("a")
        record.conversation_id = "conv-1"
        self.close(record)
        self.assertEqual(self.outcomes, [("completed by agent", "conv-1")])

    def test_audio_is_counted(self) -> None:
        """
        What went less than perfect is counted when the call ends, once.
        """
        record = self.open("a")
        record.counters["underruns"] = 2
        self.assertEqual(self.counted, [])
        self.close(record)
        self.assertEqual(self.counted, [{"underruns": 2}])

    def test_output_variables(self) -> None:
        """
        Output variables are shown, their values only where words may be kept.
        """
        for keep_words, shown in ((True, "refund"), (False, "(not kept)")):
            record = self.open("a", keep_words)
            record.variables["intent"] = "refund"
            self.assertEqual(record.to_json()["variables"], {"intent": shown})

    def test_only_the_last_are_kept(self) -> None:
        """
        Of the ended calls the last are kept, by the order of their ends; calls in
        progress all are.
        """
        first, second, third = (self.open(name) for name in "abc")
        self.close(third)
        self.close(first)
        self.assertEqual(self.ids(), ["a", "b", "c"])
        self.close(second)
        self.assertEqual(self.ids(), ["a", "b"])
        self.open("d")
        self.assertEqual(self.ids(), ["a", "b", "d"])

    def test_numbers_are_masked(self) -> None:
        """
        Onlookers see the last digits of a number, and nothing of the variables or
        of the context.
        """
        shown = json.dumps(self.open("a").to_json())
        self.assertIn('"from": "...0123"', shown)
        for secret in ("4255550123", "8005550100", "12345", "ctx"):
            self.assertNotIn(secret, shown)

    def test_timeline(self) -> None:
        """
        Milestones have their time since the call rang.
        """
        record = self.open("a")
        record.note(1002.5, "answered", "")
        self.assertEqual(
            record.to_json()["timeline"],
            [{"at": 1002.5, "seconds": 1.5, "what": "answered", "text": ""}],
        )

    def test_words(self) -> None:
        """
        What was said and keyed is kept only where the account allows it; that it
        was said is kept always.
        """
        for keep in (True, False):
            record = self.open("a", keep_words=keep)
            for what in ("agent_said", "caller_said", "key", "agent_ended"):
                record.note(1002, what, "5")
            texts = [m["text"] for m in record.to_json()["timeline"]]
            self.assertEqual(texts, ["5"] * 4 if keep else ["", "", "", "5"])

    def test_bounded(self) -> None:
        """
        A call of hours does not grow without bound; what is left out is counted.
        """
        record = self.open("a")
        for _ in range(MAX_MILESTONES + 5):
            record.note(1002, "key", "1")
        shown = record.to_json()
        self.assertEqual(len(shown["timeline"]), MAX_MILESTONES)
        self.assertEqual(shown["milestones_dropped"], 5)
