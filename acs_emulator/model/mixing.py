"""
Adding up voices: what each one in a call hears of the others.

Documented in "Audio streaming": a mixed stream carries all participants, an
unmixed one each of them apart, at most the four that dominate.  That nobody
hears itself is inferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .media_messages import FRAME_MS, silence

#: In an unmixed stream.
MOST_SPEAKERS = 4


@dataclass(slots=True, eq=False)  # frozen ones take three times as long to make
class Voice:
    """
    What one participant said in 20 ms; not to be changed.

    @ivar pcm: 16 bit little endian mono.
    @ivar rate: Hz.
    @ivar silent: does it hold no speech?
    """

    raw_id: str
    pcm: bytes = field(repr=False)
    rate: int
    silent: bool


@dataclass(slots=True, eq=False)
class Prompt:
    """
    What the service itself says in 20 ms.

    @ivar to: raw ids; empty: everybody.
    """

    to: frozenset[str]
    voice: Voice

    def reaches(self, raw_id: str, cut_off: bool) -> bool:
        """
        @param cut_off: is the participant on hold?  That it then hears only
            what is meant for it by name is inferred.
        """
        return raw_id in self.to or (not self.to and not cut_off)


def at_rate(voice: Voice, rate: int) -> bytes:
    """
    @return: the audio at another rate.
    """
    if voice.rate == rate:
        return voice.pcm
    samples = np.frombuffer(voice.pcm, "<i2").astype(np.float32)
    count = len(samples) * rate // voice.rate
    places = np.arange(count) * (voice.rate / rate)
    stretched = np.interp(places, np.arange(len(samples)), samples)
    return bytes(stretched.astype("<i2").tobytes())


def mixed(voices: Sequence[Voice], rate: int) -> bytes:
    """
    @return: 20 ms; the sum, cut off at the largest value that a sample can
        have.
    """
    if len(voices) == 1:
        return at_rate(voices[0], rate)
    loud = [voice for voice in voices if not voice.silent]
    if not loud:
        return silence(_size(rate))
    if len(loud) == 1:
        return at_rate(loud[0], rate)
    total = np.zeros(_size(rate) // 2, np.int32)
    for voice in loud:
        total += np.frombuffer(at_rate(voice, rate), "<i2")
    return bytes(np.clip(total, -32768, 32767).astype("<i2").tobytes())


def _size(rate: int) -> int:
    return rate * FRAME_MS // 1000 * 2


def dominant(voices: Sequence[Voice]) -> list[Voice]:
    """
    @return: at most L{MOST_SPEAKERS}, the loudest ones, in their order.
    """
    if len(voices) <= MOST_SPEAKERS:
        return list(voices)
    ranked = sorted(voices, key=_energy, reverse=True)[:MOST_SPEAKERS]
    return [voice for voice in voices if voice in ranked]


def _energy(voice: Voice) -> float:
    if voice.silent:
        return 0.0
    samples = np.frombuffer(voice.pcm, "<i2").astype(np.float32)
    return float(np.dot(samples, samples)) / max(1, len(samples))
