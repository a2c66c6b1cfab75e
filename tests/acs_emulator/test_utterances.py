"""
Tests for cutting speech into phrases, and phrases into words.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.model.transcription import words
from acs_emulator.model.utterances import Phrase, Speaker


class SpeakerTests(SynchronousTestCase):
    """
    Tests for L{Speaker}.
    """

    def hear(self, loud: list[bool]) -> list[Phrase]:
        """
        @return: phrases of sound in which each frame tells its number.
        """
        speaker = Speaker("who", 0, partial=False)
        found = [
            speaker.hear(bytes([number % 250, 0]), is_loud)
            for number, is_loud in enumerate(loud)
        ]
        return [phrase for phrase in found if phrase is not None]

    def test_cut(self) -> None:
        """
        A phrase begins a tenth of a second before it is loud, ends a fifth after,
        and is complete after half a second of quiet.
        """
        phrases = self.hear([False] * 50 + [True] * 30 + [False] * 40)
        (phrase,) = phrases
        self.assertTrue(phrase.final)
        self.assertEqual(phrase.frames, len(phrase.pcm) // 2)
        self.assertApproximates(phrase.begin, 45, 1)
        self.assertApproximates(phrase.begin + phrase.frames, 90, 1)
        self.assertEqual(phrase.pcm[0], phrase.begin)

    def test_two(self) -> None:
        """
        What follows is a phrase of its own.
        """
        once = [True] * 30 + [False] * 40
        first, second = self.hear(once * 2)
        self.assertEqual((first.begin, second.begin - 70), (0, -5))

    def test_endless(self) -> None:
        """
        Who talks without end is cut after 15 seconds, and nothing is lost.
        """
        first, second, third = self.hear([True] * 1600 + [False] * 40)
        self.assertEqual((first.frames, second.frames), (750, 750))
        self.assertEqual(second.begin, first.begin + 750)
        self.assertEqual(third.begin, second.begin + 750)
        self.assertApproximates(third.begin + third.frames, 1610, 1)


class WordTests(SynchronousTestCase):
    """
    Tests for L{words}.
    """

    def test_shares(self) -> None:
        """
        Words share the time of their phrase by their length, without a gap.
        """
        found = words("I'd, like it!", 100, 90)
        self.assertEqual(
            found,
            [
                {"text": "i'd", "offset": 100, "duration": 30},
                {"text": "like", "offset": 130, "duration": 40},
                {"text": "it", "offset": 170, "duration": 20},
            ],
        )
        self.assertEqual(words("...", 0, 5), [])
