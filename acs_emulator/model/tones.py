"""
DTMF: keys of a telephone, the words of the REST API for them, and their sound.

Words are C{DtmfTone} of the Call Automation REST reference.
"""

from __future__ import annotations

import numpy as np

_WORDS = {
    **dict(
        zip(
            "0123456789",
            (
                *("zero", "one", "two", "three", "four"),
                *("five", "six", "seven", "eight", "nine"),
            ),
            strict=True,
        )
    ),
    **{letter: letter.lower() for letter in "ABCD"},
    "#": "pound",
    "*": "asterisk",
}
_KEYS = {word: key for key, word in _WORDS.items()}
#: All words, in the order of the keys.
TONE_WORDS = tuple(_WORDS.values())

_ROWS = {697: "123A", 770: "456B", 852: "789C", 941: "*0#D"}
_COLUMNS = {1209: "147*", 1336: "2580", 1477: "369#", 1633: "ABCD"}
#: Of each of the two sines, so that both together are far from clipping.
_AMPLITUDE = 6000.0


def word_of(key: str) -> str:
    """
    @param key: one of C{0123456789*#ABCD}.
    """
    return _WORDS[key]


def key_of(word: str) -> str:
    """
    @param word: a C{DtmfTone}, in any case.
    """
    return _KEYS[word.lower()]


def tone_sound(key: str, rate: int, start: int, count: int) -> bytes:
    """
    @param rate: Hz.
    @param start: the first sample wanted, counted from the tone's beginning.
    @param count: how many samples.

    @return: the two sines of ITU-T Q.23, 16 bit little endian mono.
    """
    low = next(hz for hz, keys in _ROWS.items() if key in keys)
    high = next(hz for hz, keys in _COLUMNS.items() if key in keys)
    turns = np.arange(start, start + count) * (2 * np.pi / rate)
    both = (np.sin(turns * low) + np.sin(turns * high)) * _AMPLITUDE
    return bytes(both.astype("<i2").tobytes())
