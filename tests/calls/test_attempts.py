"""
Tests for L{acsgw.calls.attempts}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acsgw.calls.attempts import Attempts


class AttemptsTests(SynchronousTestCase):
    """
    Tests for L{Attempts}.
    """

    def setUp(self) -> None:
        self.attempts = Attempts("c1")

    def test_contexts(self) -> None:
        """
        Every transfer of every call has a context of its own.
        """
        contexts = [self.attempts.begin({}), self.attempts.begin({})]
        contexts.append(Attempts("c2").begin({}))
        self.assertEqual(len(set(contexts)), 3)

    def test_latest(self) -> None:
        """
        Only the last is the latest; a verdict without context is taken for its.
        """
        first = self.attempts.begin({})
        second = self.attempts.begin({})
        self.assertFalse(self.attempts.is_latest(first))
        self.assertTrue(self.attempts.is_latest(second))
        self.assertTrue(self.attempts.is_latest(""))
        self.assertFalse(self.attempts.is_latest("other"))

    def test_none(self) -> None:
        """
        Without transfer there is none to judge.
        """
        self.assertFalse(self.attempts.is_latest(""))
        self.assertFalse(self.attempts.accepted(""))

    def test_accepted(self) -> None:
        """
        The variables of the transfer that was accepted went with the caller.
        """
        first = self.attempts.begin({"a": "1"})
        self.attempts.begin({"a": "2"})
        self.assertFalse(self.attempts.accepted("other"))
        self.assertEqual(self.attempts.handed_over, {})
        self.assertTrue(self.attempts.accepted(first))
        self.assertEqual(self.attempts.handed_over, {"a": "1"})
        self.assertTrue(self.attempts.accepted(""))
        self.assertEqual(self.attempts.handed_over, {"a": "2"})
