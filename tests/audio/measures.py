"""
Signals, and how much of them came through: what tests and benchmarks of sound share.
"""

from __future__ import annotations

from itertools import cycle
from typing import Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]

#: The rates that streams have, in Hz.
RATES = (8000, 16000, 24000, 48000)

#: Every change of rate between them.
PAIRS = tuple((a, b) for a in RATES for b in RATES if a != b)

#: Bytes in a chunk: half samples, one sample, odd numbers, more than a frame.
ODD_SIZES = (1, 2, 7, 320, 13, 441, 3, 160, 997, 1281, 5)


class Feeds(Protocol):
    """
    Takes pieces of PCM16, gives what can be said by now.
    """

    def feed(self, pcm: bytes, /) -> bytes:
        """
        One piece more.
        """


def tone(hz: float, rate: int, seconds: float = 1.0, level: float = 0.5) -> Samples:
    """
    @param level: of the peak, as a part of full scale.
    """
    times = np.arange(int(rate * seconds)) / rate
    return np.asarray(level * 32767 * np.sin(2 * np.pi * hz * times))


def sweep(
    low_hz: float, high_hz: float, rate: int, seconds: float = 1.0, level: float = 0.9
) -> Samples:
    """
    A sine whose frequency rises evenly.
    """
    times = np.arange(int(rate * seconds)) / rate
    phase = low_hz * times + (high_hz - low_hz) / seconds / 2 * times**2
    return np.asarray(level * 32767 * np.sin(2 * np.pi * phase))


def pcm(samples: Samples) -> bytes:
    """
    @return: PCM16, rounded.
    """
    return np.rint(samples).astype("<i2").tobytes()


def samples_of(data: bytes) -> Samples:
    """
    @param data: PCM16.
    """
    return np.frombuffer(data, "<i2").astype(np.float64)


def fed(stream: Feeds, data: bytes, sizes: tuple[int, ...] = ODD_SIZES) -> bytes:
    """
    @return: what comes of the data in chunks of those sizes, in bytes.
    """
    out, at, turns = bytearray(), 0, cycle(sizes)
    while at < len(data):
        size = next(turns)
        out += stream.feed(data[at : at + size])
        at += size
    return bytes(out)


def residue(samples: Samples, hz: float, rate: int) -> tuple[float, float]:
    """
    @return: rms of the tone of that frequency, and rms of all else.
    """
    angles = 2 * np.pi * hz * np.arange(len(samples)) / rate
    waves = np.column_stack((np.sin(angles), np.cos(angles), np.ones(len(samples))))
    fit, *_ = np.linalg.lstsq(waves, samples, rcond=None)
    return rms(waves @ fit), rms(samples - waves @ fit)


def rms(samples: Samples) -> float:
    """
    Root of the mean square.
    """
    return float(np.sqrt(np.mean(samples**2)))


def db(ratio: float) -> float:
    """
    @param ratio: of amplitudes.
    """
    return float(20 * np.log10(max(ratio, 1e-12)))
