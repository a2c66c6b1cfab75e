"""
Tests for L{acsgw.recording.pause_keys}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acsgw.recording.pause_keys import PauseKeys, Wish


def states(pause: str, resume: str, keys: str) -> str:
    """
    @return: a dot for each key after which it records, C{p} where it is paused.
    """
    wanted, paused, told = PauseKeys(pause, resume), False, ""
    for key in keys:
        wish = wanted.pressed(key, paused)
        paused = paused if wish is None else wish is Wish.PAUSE
        told += "p" if paused else "."
    return told


class PauseKeysTests(SynchronousTestCase):
    """
    Tests for L{PauseKeys}.
    """

    def test_sequences(self) -> None:
        """
        One sequence pauses, the other resumes; the rest does nothing.
        """
        self.assertEqual(states("*7", "*8", "1*8*71*71*82*8"), "....pppppp....")

    def test_same(self) -> None:
        """
        If they are the same it pauses and resumes in turn; no key counts twice.
        """
        self.assertEqual(states("##", "##", "###" + "1##"), ".ppp" + "p.")

    def test_none(self) -> None:
        """
        Without sequences keys do nothing.
        """
        self.assertEqual(states("", "", "*7*8#"), ".....")
