"""
From one sample rate to another, in pieces of any size, with little delay.

A polyphase FIR: for every output sample one row of a small filter bank is
multiplied with the input samples around it.  The filter is a Kaiser windowed
sinc; what lies beyond the lower rate's Nyquist frequency is 80 dB down, and the
delay is half the filter's length: 4 ms when the lower rate is 8 kHz, 2 ms when it
is 16 kHz.
"""

from __future__ import annotations

from functools import cache
from math import ceil, gcd, pi

import numpy as np
import numpy.typing as npt

from .frames import SAMPLE_BYTES

#: Attenuation of what would alias, in dB; sets the shape of the Kaiser window.
_STOP_DB = 80.0

#: Width of the filter's slope as a part of the lower rate (632 Hz at 8 kHz, so
#: that telephone speech up to 3.4 kHz passes unharmed).
_SLOPE = 0.079


@cache
def _filter_bank(up: int, down: int) -> npt.NDArray[np.float32]:
    """
    @return: one row of taps for each of the C{up} positions that an output sample
        can have between two input samples; taps are in order of time.
    """
    narrow = min(1.0, up / down)  # the lower rate, in units of the input rate
    slope = _SLOPE * narrow
    taps = ceil((_STOP_DB - 8) / (2.285 * 2 * pi * slope))
    taps += taps % 2
    cutoff = narrow / 2 - slope / 2
    # Position of each tap relative to the output sample, in input samples.
    offsets = np.arange(taps) - taps / 2 + 1
    positions = offsets[None, :] - np.arange(up)[:, None] / up
    beta = 0.1102 * (_STOP_DB - 8.7)
    inside = np.clip(1 - (positions / (taps / 2)) ** 2, 0, None)
    window = np.i0(beta * np.sqrt(inside)) / np.i0(beta)
    bank = 2 * cutoff * np.sinc(2 * cutoff * positions) * window
    bank /= bank.sum(axis=1, keepdims=True)  # unity gain at every phase
    return bank.astype(np.float32)


class Resampler:
    """
    One direction of one stream; keeps what it needs of earlier pieces.
    """

    def __init__(self, from_rate: int, to_rate: int) -> None:
        """
        @param from_rate: in Hz.
        @param to_rate: in Hz.

        @raise ValueError: for rates that are not positive.
        """
        if from_rate <= 0 or to_rate <= 0:
            raise ValueError(f"cannot convert {from_rate} Hz to {to_rate} Hz")
        divisor = gcd(from_rate, to_rate)
        self._up = to_rate // divisor
        self._down = from_rate // divisor
        self._same = self._up == self._down
        self.delay_ms = 0.0
        if not self._same:
            self._bank = _filter_bank(self._up, self._down)
            self._taps = self._bank.shape[1]
            self.delay_ms = self._taps / 2 * 1000 / from_rate
            self.reset()

    def reset(self) -> None:
        """
        Forget what came before, as at the start.
        """
        if not self._same:
            self._kept = np.zeros(self._taps - 1, np.float32)
            # Place of the next output sample, in steps of 1/up of an input sample
            # after the first sample that has not been seen yet.
            self._next = 0

    def finish(self) -> bytes:
        """
        @return: what is still inside when nothing follows: half a filter's length.
        """
        if self._same:
            return b""
        rest = self.feed(bytes(self._taps // 2 * SAMPLE_BYTES))
        self.reset()
        return rest

    def feed(self, pcm: bytes) -> bytes:
        """
        @param pcm: 16 bit mono audio, whole samples, of any length.

        @return: what can be said by now; over time as long as the input.
        """
        if self._same or not pcm:
            return pcm
        fresh = np.frombuffer(pcm, "<i2").astype(np.float32)
        samples = np.concatenate((self._kept, fresh))
        places = np.arange(self._next, len(fresh) * self._up, self._down)
        self._next = self._next + len(places) * self._down - len(fresh) * self._up
        self._kept = samples[len(samples) - self._taps + 1 :]
        if not len(places):
            return b""
        windows = np.lib.stride_tricks.sliding_window_view(samples, self._taps)
        wanted = windows[places // self._up]
        out = np.einsum("ij,ij->i", wanted, self._bank[places % self._up])
        said: bytes = np.clip(np.rint(out), -32768, 32767).astype("<i2").tobytes()
        return said
