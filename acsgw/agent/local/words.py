"""
What was heard -> words, patterns of words, and numbers.

Speech to text over a telephone gets about every tenth word wrong, so matching is
tolerant: a long word may differ by a letter or two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


def split_words(text: str) -> tuple[str, ...]:
    """
    @return: the words of a text, in lower case and without punctuation.
    """
    text = text.lower().replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
    return tuple(re.findall(r"[a-z]+|\d+", text))


_UNITS = split_words("zero one two three four five six seven eight nine")
_TEENS = split_words(
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
_TENS = split_words("twenty thirty forty fifty sixty seventy eighty ninety")

_VALUES = {
    **{word: value for value, word in enumerate(_UNITS)},
    **{word: value for value, word in enumerate(_TEENS, 10)},
    **{word: value * 10 for value, word in enumerate(_TENS, 2)},
}
_MULTIPLES = {"hundred": 100, "thousand": 1000}
_REPEATS = {"double": 2, "triple": 3}
# These are digits only among digits: "five one to".
_SOUND_ALIKES = {
    "oh": 0,
    "o": 0,
    "won": 1,
    "to": 2,
    "too": 2,
    "do": 2,
    "for": 4,
    "ate": 8,
}


def sounds_like(heard: str, wanted: str) -> bool:
    """
    @return: whether C{heard} can be a misheard C{wanted}: words of five letters
        may differ by one, of eight letters by two.
    """
    if heard == wanted:
        return True
    allowed = 0 if len(wanted) < 5 else 1 if len(wanted) < 8 else 2
    if abs(len(heard) - len(wanted)) > allowed:
        return False
    return _distance(heard, wanted) <= allowed


def _distance(one: str, other: str) -> int:
    """
    @return: how many letters must be changed, added or left out.
    """
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


@dataclass(frozen=True)
class Pattern:
    """
    Words that follow each other: C{"opening|open hours"} for either of two,
    C{"where * order"} for any words between.

    @ivar parts: for each place the words that fit; an empty one is the star.
    """

    parts: tuple[frozenset[str], ...]

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """
        @raise ValueError: the text is not a pattern.
        """
        parts: list[frozenset[str]] = []
        for place in text.lower().replace("'", "").split():
            choices = frozenset(place.split("|"))
            if place == "*":
                choices = frozenset()
            elif not all(re.fullmatch(r"[a-z]+|\d+", word) for word in choices):
                raise ValueError(f"{place!r} is neither a word, one|another, nor *")
            parts.append(choices)
        if not any(parts):
            raise ValueError(f"{text!r} has no words")
        return cls(tuple(parts))

    def find(self, words: Sequence[str]) -> int | None:
        """
        @return: the first place in the words where the pattern occurs.
        """
        places = range(len(words))
        return next((start for start in places if self._at(words, start, 0)), None)

    def _at(self, words: Sequence[str], start: int, part: int) -> bool:
        if part == len(self.parts):
            return True
        choices = self.parts[part]
        if not choices:
            rest = range(start, len(words) + 1)
            return any(self._at(words, later, part + 1) for later in rest)
        if start == len(words):
            return False
        fits = any(sounds_like(words[start], choice) for choice in choices)
        return fits and self._at(words, start + 1, part + 1)


def spoken_digits(words: Sequence[str]) -> str:
    """
    @return: the digits of the longest number in the words, empty if there is
        none: "five one two", "five hundred and twelve", "five twelve" and "512"
        are all C{"512"}.
    """
    return max(_runs(words), key=len, default="")


def _runs(words: Sequence[str]) -> list[str]:
    runs: list[str] = []
    i = 0
    while i < len(words):
        if not _is_number(words[i]):
            i += 1
            continue
        end = i
        while end < len(words) and _continues(words, end):
            end += 1
        runs.append(_digits_of(words[i:end]))
        i = end
    return runs


def _is_number(word: str) -> bool:
    return word.isdigit() or word in _VALUES or word in _REPEATS


def _continues(words: Sequence[str], i: int) -> bool:
    """
    @return: whether the word belongs to the number that the word before it is in.
    """
    word = words[i]
    if _is_number(word) or word in _MULTIPLES:
        return True
    number_follows = i + 1 < len(words) and _is_number(words[i + 1])
    if word == "and":
        return words[i - 1] in _MULTIPLES
    if word in {"for", "o"}:
        return number_follows
    return word in _SOUND_ALIKES


def _digits_of(words: Sequence[str]) -> str:
    quantity = _Quantity()
    digits = ""
    times = 1
    for word in words:
        if word == "and":
            continue
        if word in _MULTIPLES:
            quantity.multiply(_MULTIPLES[word])
            continue
        if word in _REPEATS or word.isdigit() or times > 1:
            digits += quantity.take()
        if word in _REPEATS:
            times = _REPEATS[word]
            continue
        number = _VALUES.get(word, _SOUND_ALIKES.get(word, 0))
        if word.isdigit() or times > 1:
            digits += (word if word.isdigit() else str(number)) * times
            times = 1
        elif not quantity.add(number):
            digits += quantity.take()
            quantity.add(number)
    return digits + quantity.take()


@dataclass
class _Quantity:
    """
    A number in the making, like "five hundred and twenty".

    @ivar thousands: what was said up to "thousand".
    @ivar rest: what was said after it, less than zero if nothing.
    @ivar room: the next number may be added if it is less than this.
    """

    thousands: int = 0
    rest: int = -1
    room: int = 0

    def multiply(self, multiple: int) -> None:
        value = max(self.rest, 1) * multiple
        if multiple == 1000:
            self.thousands, self.rest = self.thousands + value, -1
        else:
            self.rest, self.room = value, multiple

    def add(self, number: int) -> bool:
        """
        @return: whether the number belongs to this quantity.
        """
        if self.rest < 0:
            self.rest = number
        elif 0 < number < self.room:
            self.rest += number
        else:
            return False
        self.room = 10 if number >= 20 else 0
        return True

    def take(self) -> str:
        """
        @return: the quantity in digits, empty if nothing was said.
        """
        text = str(self.thousands + max(self.rest, 0))
        said = self.thousands > 0 or self.rest >= 0
        self.thousands, self.rest, self.room = 0, -1, 0
        return text if said else ""


def spell_digits(number: str) -> str:
    """
    @return: C{"5 1 2"} for C{"512"}: read digit by digit, not as a quantity.
    """
    return " ".join(number)
