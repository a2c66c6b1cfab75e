"""
Tests for L{acsgw.audio.playout}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acsgw.audio.playout import Playout
from acsgw.audio.utterance import Heard, Played

FRAME = 640


def frame(number: int) -> bytes:
    return bytes([number]) * FRAME


class PlayoutTests(SynchronousTestCase):
    """
    Tests for L{Playout}, with 16 kHz and a lead of 40 ms: two frames ahead.
    """

    def setUp(self) -> None:
        self.playout = Playout(16000, 40)

    def speak(self, frames: int, utterance: str = "u", first: int = 0) -> None:
        for number in range(first, first + frames):
            self.playout.put(frame(number), utterance)

    def test_lead(self) -> None:
        """
        A frame is sent no earlier than the lead before its time.
        """
        self.speak(10)
        self.assertEqual(self.playout.due(0.0), [frame(0), frame(1), frame(2)])
        self.assertEqual(self.playout.due(0.019), [])
        self.assertEqual(self.playout.due(0.021), [frame(3)])
        self.assertEqual(self.playout.due(0.041), [frame(4)])

    def test_late_tick(self) -> None:
        """
        A tick that is late by less than the lead is made good: nobody has waited.
        """
        self.speak(10)
        self.playout.due(0.0)
        self.assertEqual(self.playout.due(0.055), [frame(3), frame(4)])
        self.assertEqual(self.playout.underruns, 0)

    def test_very_late_tick(self) -> None:
        """
        A tick that is later than the lead has made the caller wait, though there
        was enough to say: it is counted, and time is not caught up.
        """
        self.speak(20)
        self.playout.due(0.0)
        self.assertEqual(len(self.playout.due(1.0)), 3)
        self.assertEqual(self.playout.underruns, 1)

    def test_underrun(self) -> None:
        """
        An agent that is late in the middle of an utterance is counted once a gap.
        """
        self.speak(2)
        self.playout.due(0.0)
        self.playout.due(0.1)
        self.assertEqual(self.playout.underruns, 0)
        self.speak(2, first=2)
        self.assertEqual(self.playout.due(0.2), [frame(2), frame(3)])
        self.assertEqual(self.playout.due(0.25), [])
        self.assertEqual(self.playout.underruns, 1)

    def test_in_time_is_no_underrun(self) -> None:
        """
        An empty queue is no underrun if more comes before the caller has to wait.
        """
        self.speak(2)
        self.playout.due(0.0)
        self.playout.due(0.03)
        self.speak(1, first=2)
        self.assertEqual(self.playout.due(0.035), [frame(2)])
        self.assertEqual(self.playout.underruns, 0)

    def test_pause_between_utterances(self) -> None:
        """
        Silence between two utterances is no underrun.
        """
        self.speak(2)
        self.playout.end("u")
        self.playout.due(0.0)
        self.playout.heard(1.0)
        self.speak(2, "v")
        self.playout.due(5.0)
        self.assertEqual(self.playout.underruns, 0)

    def test_heard(self) -> None:
        """
        A frame is heard when its 20 ms are over, and its start is told.
        """
        self.speak(2)
        self.playout.due(10.0)
        self.assertEqual(self.playout.heard(10.0199), [])
        self.assertEqual(
            self.playout.heard(10.03),
            [Heard(frame(0), 10.0, "u", first=True, played_ms=20)],
        )
        [second] = self.playout.heard(10.05)
        self.assertFalse(second.first)
        self.assertAlmostEqual(second.started, 10.02)
        self.assertEqual(self.playout.heard(11.0), [])

    def test_done(self) -> None:
        """
        An utterance is done, once, when it is complete and has been heard.
        """
        self.speak(2)
        self.playout.due(0.0)
        self.playout.heard(1.0)
        self.assertEqual(self.playout.done(), [])
        self.playout.end("u")
        self.assertEqual(self.playout.done(), [Played("u", 40)])
        self.assertEqual(self.playout.done(), [])
        self.assertTrue(self.playout.idle)

    def test_not_done_before_heard(self) -> None:
        """
        What was sent but not heard yet is not done.
        """
        self.speak(2)
        self.playout.end("u")
        self.playout.due(0.0)
        self.playout.heard(0.03)
        self.assertEqual(self.playout.done(), [])
        self.assertFalse(self.playout.idle)
        self.playout.heard(0.041)
        self.assertEqual(self.playout.done(), [Played("u", 40)])

    def test_last_frame_is_filled_up(self) -> None:
        """
        The rest of a complete utterance is sent with silence to a whole frame; the
        rest of an incomplete one waits for more.
        """
        self.playout.put(b"\1" * 100, "u")
        self.assertEqual(self.playout.due(0.0), [])
        self.playout.end("u")
        self.assertEqual(self.playout.due(0.1), [b"\1" * 100 + bytes(540)])
        self.assertEqual(self.playout.due(0.2), [])

    def test_new_name_ends_the_old_one(self) -> None:
        """
        A new utterance completes the one before it, and follows without a gap.
        """
        self.playout.put(b"\1" * 700, "u")
        self.playout.put(frame(2), "v")
        self.assertEqual(
            self.playout.due(0.0), [b"\1" * 640, b"\1" * 60 + bytes(580), frame(2)]
        )
        self.assertEqual(
            [(h.utterance, h.first) for h in self.playout.heard(1.0)],
            [("u", True), ("u", False), ("v", True)],
        )
        self.assertEqual(self.playout.done(), [Played("u", 40)])

    def test_end_names_one(self) -> None:
        """
        The end of one utterance leaves others open, and one that is not known is
        passed over.
        """
        self.speak(1, "u")
        self.speak(1, "v")
        self.playout.end("u")
        self.playout.end("w")
        self.playout.due(0.0)
        self.playout.heard(1.0)
        self.assertEqual(self.playout.done(), [Played("u", 20)])
        self.assertFalse(self.playout.idle)
        self.playout.end_all()
        self.assertEqual(self.playout.done(), [Played("v", 20)])

    def test_flush(self) -> None:
        """
        A flush forgets all and tells how much of each utterance was heard.
        """
        self.speak(5, "u")
        self.speak(5, "v")
        self.playout.due(0.0)
        self.playout.heard(0.045)
        self.assertEqual(self.playout.flush(), [Played("u", 40), Played("v", 0)])
        self.assertTrue(self.playout.idle)
        self.assertEqual(self.playout.due(0.06), [])
        self.assertEqual(self.playout.heard(9.0), [])
        self.assertEqual(self.playout.done(), [])

    def test_after_flush(self) -> None:
        """
        What comes after a flush starts at once, not where the old speech would
        have ended, and is not counted as an underrun.
        """
        self.speak(5, "u")
        self.playout.due(0.0)
        self.playout.flush()
        self.speak(1, "v")
        self.playout.due(0.01)
        [heard] = self.playout.heard(0.03)
        self.assertEqual((heard.started, heard.first), (0.01, True))
        self.assertEqual(self.playout.underruns, 0)

    def test_trim(self) -> None:
        """
        Silence at the end is not waited for; silence in the middle, and a small last
        sample, are speech.
        """
        speech = bytes(FRAME) + b"\x05\x00" * 10
        self.playout.put(speech + bytes(10 * FRAME), "u")
        self.playout.end("u")
        self.playout.trim()
        sent = b"".join(self.playout.due(0.0) + self.playout.due(0.05))
        self.assertEqual(sent, speech.ljust(2 * FRAME, b"\0"))
        self.playout.trim()
        self.playout.heard(1.0)
        self.assertEqual(self.playout.done(), [Played("u", 40)])
