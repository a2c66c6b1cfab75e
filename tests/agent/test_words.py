"""
Tests for L{acsgw.agent.local.words}.
"""

from __future__ import annotations

from hypothesis import given, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acsgw.agent.local.words import (
    Pattern,
    sounds_like,
    spell_digits,
    split_words,
    spoken_digits,
)

_UNITS = split_words("zero one two three four five six seven eight nine")


def digits(text: str) -> str:
    return spoken_digits(split_words(text))


class SplitWordsTests(SynchronousTestCase):
    """
    Tests for L{split_words}.
    """

    def test_normal_form(self) -> None:
        """
        Case, punctuation and apostrophes (of both kinds) make no difference.
        """
        self.assertEqual(
            split_words(
                "Yes, that's RIGHT\N{EM DASH}it\N{RIGHT SINGLE QUOTATION MARK}s 512!"
            ),
            ("yes", "thats", "right", "its", "512"),
        )


class SpokenDigitsTests(SynchronousTestCase):
    """
    Tests for L{spoken_digits}.
    """

    def test_ways_to_say_a_number(self) -> None:
        """
        A number is understood digit by digit, in groups, as a quantity and as
        speech to text writes it.
        """
        for text, expected in {
            "five one two": "512",
            "It's five, one, two.": "512",
            "512": "512",
            "5-1-2": "512",
            "five hundred and twelve": "512",
            "five hundred twelve": "512",
            "a hundred and four": "",
            "five twelve": "512",
            "fifty one two": "512",
            "one thousand and twenty four": "1024",
            "one thousand one hundred and five": "1105",
            "ten twenty four": "1024",
            "twenty-four": "24",
            "twenty twelve": "2012",
            "double seven": "77",
            "double seven one": "771",
            "double seven 1": "771",
            "double 7": "77",
            "triple zero one": "0001",
            "two oh four": "204",
            "seventy seven": "77",
            "zero seven": "07",
            "twenty zero": "200",
        }.items():
            if expected:
                self.assertEqual(digits(text), expected, text)

    def test_sound_alikes(self) -> None:
        """
        Words that sound like digits are digits next to digits only.
        """
        self.assertEqual(digits("five one to"), "512")
        self.assertEqual(digits("five for two"), "542")
        self.assertEqual(digits("five one, do."), "512")
        self.assertEqual(digits("what do you have"), "")
        self.assertEqual(digits("I want to talk to you"), "")
        self.assertEqual(digits("five one two for me"), "512")
        self.assertEqual(digits("for five one two"), "512")

    def test_longest(self) -> None:
        """
        Of several numbers the longest is meant.
        """
        self.assertEqual(digits("one moment, it is five one two"), "512")

    def test_none(self) -> None:
        """
        Where no number is, none is found.
        """
        self.assertEqual(digits("what are your hours and"), "")
        self.assertEqual(digits(""), "")

    @given(st.text("0123456789", min_size=1, max_size=10))
    def test_any_number_digit_by_digit(self, number: str) -> None:
        """
        Every number that is read digit by digit is understood.
        """
        self.assertEqual(digits(" ".join(_UNITS[int(d)] for d in number)), number)
        self.assertEqual(digits(spell_digits(number)), number)


class SoundsLikeTests(SynchronousTestCase):
    """
    Tests for L{sounds_like}.
    """

    def test_tolerance(self) -> None:
        """
        Long words may be a little wrong, short ones may not.
        """
        for heard, wanted, expected in [
            ("order", "order", True),
            ("older", "order", True),
            ("ours", "hours", True),
            ("urgent", "agent", False),
            ("representive", "representative", True),
            ("now", "no", False),
            ("yet", "yes", False),
            ("or", "order", False),
        ]:
            self.assertEqual(sounds_like(heard, wanted), expected, heard)


class PatternTests(SynchronousTestCase):
    """
    Tests for L{Pattern}.
    """

    def matches(self, pattern: str, text: str) -> bool:
        return Pattern.parse(pattern).find(split_words(text)) is not None

    def test_anywhere(self) -> None:
        """
        Words match in their order and next to each other, wherever they are.
        """
        self.assertTrue(self.matches("opening hours", "your opening hours please"))
        self.assertFalse(self.matches("opening hours", "the hours of opening"))
        self.assertFalse(self.matches("opening hours", "opening your hours"))
        self.assertFalse(self.matches("opening hours", "opening"))

    def test_choice(self) -> None:
        """
        A bar separates words of which one is needed.
        """
        self.assertTrue(self.matches("good by|buy", "good buy"))
        self.assertFalse(self.matches("good by|buy", "good boy"))

    def test_star(self) -> None:
        """
        A star stands for any words, or none.
        """
        for text in ("where order", "where is my order", "where on earth is my order"):
            self.assertTrue(self.matches("where * order", text), text)
        self.assertFalse(self.matches("where * order", "order where"))

    def test_place(self) -> None:
        """
        The first place where a pattern occurs is found.
        """
        pattern = Pattern.parse("b|c")
        self.assertEqual(pattern.find(split_words("a c b")), 1)
        self.assertIsNone(pattern.find(split_words("a")))

    def test_apostrophes(self) -> None:
        """
        A pattern may be written with or without apostrophes.
        """
        self.assertTrue(self.matches("that's all", "thats all"))

    def test_wrong(self) -> None:
        """
        What is not a pattern is refused with the part that is wrong.
        """
        for text, part in [("", "no words"), ("*", "no words"), ("a (b", "(b")]:
            with self.assertRaises(ValueError) as caught:
                Pattern.parse(text)
            self.assertIn(part, str(caught.exception))
