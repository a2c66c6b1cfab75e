"""
Tests for L{acsgw.agent.local.playout} and L{acsgw.agent.local.keypad}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acsgw.agent.local.keypad import Keypad
from acsgw.agent.local.playout import Playout
from acsgw.interfaces import PlayState


class PlayoutTests(SynchronousTestCase):
    """
    Tests for L{Playout}.
    """

    def setUp(self) -> None:
        self.playout = Playout()
        self.playout.given("s1", 2.0, 10.0)
        self.playout.given("s2", 3.0, 10.5)

    def test_guess(self) -> None:
        """
        Without reports, audio is taken to play at once and in order.
        """
        self.assertEqual(self.playout.remaining(10.5), 4.5)
        self.assertEqual(self.playout.remaining(16.0), 0.0)

    def test_idle_before(self) -> None:
        """
        Audio that comes after silence starts now, not when the last one ended.
        """
        self.playout.given("s3", 1.0, 20.0)
        self.assertEqual(self.playout.remaining(20.0), 1.0)

    def test_started_late(self) -> None:
        """
        A report of a start replaces the guess, for what follows, too.
        """
        self.playout.reported("s1", 0, PlayState.STARTED, 11.0)
        self.assertEqual(self.playout.remaining(11.0), 5.0)
        self.playout.reported("s2", 0, PlayState.STARTED, 13.5)
        self.assertEqual(self.playout.remaining(13.5), 3.0)

    def test_done(self) -> None:
        """
        After an utterance is done, those that follow remain.
        """
        self.playout.reported("s1", 2000, PlayState.DONE, 11.0)
        self.assertEqual(self.playout.remaining(11.0), 3.0)
        self.playout.reported("s2", 3000, PlayState.DONE, 13.0)
        self.assertEqual(self.playout.remaining(13.0), 0.0)

    def test_skipped_report(self) -> None:
        """
        They play in order: what is before a reported one is over.
        """
        self.playout.reported("s2", 500, PlayState.STARTED, 11.0)
        self.assertEqual(self.playout.remaining(11.0), 2.5)
        self.playout.reported("s1", 2000, PlayState.DONE, 11.1)
        self.assertAlmostEqual(self.playout.remaining(11.1), 2.4)

    def test_cut(self) -> None:
        """
        After an interruption nothing plays, and late reports change nothing.
        """
        self.playout.cut()
        self.playout.reported("s1", 700, PlayState.FLUSHED, 11.0)
        self.playout.reported("s2", 0, PlayState.STARTED, 11.0)
        self.assertEqual(self.playout.remaining(11.0), 0.0)


class KeypadTests(SynchronousTestCase):
    """
    Tests for L{Keypad}.
    """

    def press(self, keys: str) -> list[str]:
        return [self.keypad.press(key) for key in keys]

    def setUp(self) -> None:
        self.keypad = Keypad()

    def test_hash(self) -> None:
        """
        Digits are complete with the hash key.
        """
        self.assertEqual(self.press("512#"), ["", "", "", "512"])
        self.assertFalse(self.keypad.pending)

    def test_pause(self) -> None:
        """
        Digits can be taken without it.
        """
        self.press("51")
        self.assertTrue(self.keypad.pending)
        self.assertEqual(self.keypad.take(), "51")
        self.assertEqual(self.keypad.take(), "")

    def test_star(self) -> None:
        """
        The star key starts again; letters are nothing.
        """
        self.assertEqual(self.press("99*5A#")[-1], "5")

    def test_only_hash(self) -> None:
        """
        A hash key alone is nothing.
        """
        self.assertEqual(self.press("#"), [""])
