"""
What L{benchmarks.sound_plots} draws beside single tones: a swept sine on its way, and
how much noise a tone of any level has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from acsgw.audio.g711 import mulaw_to_pcm, pcm_to_mulaw
from tests.audio.measures import db, pcm, residue, samples_of, sweep, tone

from .rivals import Stream

Build = Callable[[int, int], Stream]

#: The network's rate, and that of an agent with the sound of a telephone, in Hz.
WIDE, NARROW = 16000, 8000

SWEEP_SECONDS = 2.0
SWEEP_LEVEL = 0.9

#: No whole part of a rate: else what rounding makes would fall on the tone.
TONE_HZ = 1003.7

#: Of peaks, below full scale.
LEVELS_DB = (*range(-60, 0, 3), -1)

_WINDOW_MS, _HOP_MS = 32, 8


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """
    What came out for a sine that rises evenly from 0 to half of C{from_rate}.

    @ivar levels: in dB below the sine: a row for each frequency from 0 to half of
        C{to_rate}, a column for each moment.
    """

    name: str
    from_rate: int
    to_rate: int
    levels: npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Noise:
    """
    A tone went from the network to an agent and back.

    @ivar kept: level of the tone in dB below full scale, and by how many dB it is
        above all else that came back.
    """

    name: str
    mulaw: bool
    kept: Sequence[tuple[float, float]]


def swept(name: str, build: Build, from_rate: int, to_rate: int) -> Sweep:
    """
    @param build: of the two rates.
    """
    given = pcm(sweep(0, from_rate / 2, from_rate, SWEEP_SECONDS, SWEEP_LEVEL))
    out = samples_of(in_frames(build(from_rate, to_rate), given, from_rate))
    size, hop = to_rate * _WINDOW_MS // 1000, to_rate * _HOP_MS // 1000
    window = np.blackman(size)
    pieces = np.lib.stride_tricks.sliding_window_view(out, size)[::hop] * window
    full = SWEEP_LEVEL * 32767 * window.sum() / 2
    spectrum = np.abs(np.fft.rfft(pieces, axis=1)) / full
    levels = 20 * np.log10(np.maximum(spectrum.T, 1e-7))
    return Sweep(name=name, from_rate=from_rate, to_rate=to_rate, levels=levels)


def noise(name: str, build: Build, *, mulaw: bool) -> Noise:
    """
    @param mulaw: does the agent speak mu-law, or PCM16?
    """
    kept = []
    for level in LEVELS_DB:
        given = tone(TONE_HZ, WIDE, level=10 ** (level / 20))
        there = in_frames(build(WIDE, NARROW), pcm(given), WIDE)
        if mulaw:
            there = mulaw_to_pcm(pcm_to_mulaw(there))
        back = samples_of(in_frames(build(NARROW, WIDE), there, NARROW))
        wanted, rest = residue(back[WIDE // 5 : -WIDE // 50], TONE_HZ, WIDE)
        kept.append((float(level), db(wanted / rest)))
    return Noise(name=name, mulaw=mulaw, kept=kept)


def in_frames(stream: Stream, data: bytes, rate: int) -> bytes:
    """
    @return: what comes of the data in frames of 20 ms.
    """
    size = rate // 50 * 2
    return b"".join(
        stream.feed(data[at : at + size]) for at in range(0, len(data), size)
    )
