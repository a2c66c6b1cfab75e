"""
The arithmetic of a change of sample rate: one small matrix for all calls.

A polyphase FIR, written as a matrix.  Two milliseconds of output are one product
of a row (those samples and the history before them) with a matrix whose columns
are the filter at the place of each output sample; the rows of a frame, or of the
frames of many calls, are stacked and need one product.

The filter is a Kaiser windowed sinc: what lies beyond the lower rate's Nyquist
frequency is 76 dB down or more, speech up to 0.425 of the lower rate passes within
0.4 dB, and the delay is half its length (3.25 ms if the lower rate is 8 kHz).

B{Exact.}  Coefficients are whole multiples of 2**-30 and the numbers are doubles.
Samples have 16 bits, so every product and every partial sum is a double without
rounding, and the order of summation does not matter: a frame gives the same bits
alone, in pieces, or among the frames of other calls, on every processor and with
every BLAS.  Single precision would be twice as fast in the product and would leave
that to luck.
"""

from __future__ import annotations

from functools import cache
from math import ceil, gcd, pi

import numpy as np
import numpy.typing as npt

from .frames import FRAME_MS, SAMPLE_BYTES

#: Attenuation of what would alias, in dB; sets the shape of the Kaiser window.
_STOP_DB = 77.0

#: Width of the filter's slope as a part of the lower rate (744 Hz at 8 kHz: the
#: slope ends at the Nyquist frequency and has taken 0.4 dB at 3.4 kHz).
_SLOPE = 0.093

#: Coefficients are whole multiples of this: see "Exact" above.
COEFFICIENT_STEP = 2.0**-30

#: The time of one row of the product, where the rates allow it.  Shorter rows
#: multiply fewer zeros, longer ones copy less history.
_ROWS_PER_SECOND = 500

_FRAMES_PER_SECOND = 1000 // FRAME_MS

#: Rates without a large common divisor would need a matrix larger than this.
_MOST_COEFFICIENTS = 2_000_000

#: A product with more multiplications than this is cut into several: OpenBLAS
#: would wake its threads, which cost more than they give for matrices so small,
#: on cores that belong to other processes.
_MOST_PER_PRODUCT = 250_000

#: What is worked on at once, so that it stays in the processor's cache.
_ROWS_AT_ONCE = 500

_PCM = np.dtype("<i2")
_LOWEST = np.array(-32768.0)
_HIGHEST = np.array(32767.0)

_Numbers = npt.NDArray[np.float64]


class Filter:
    """
    From one rate to another; holds nothing of any stream.

    @ivar delay_ms: of what comes out behind what went in; constant.
    @ivar history_bytes: what a row needs of the audio before it.
    @ivar block_bytes: of input in one row.
    @ivar block_samples: of input in one row.
    @ivar said_samples: of output from one row.
    @ivar matrix: C{float64}, a row for each sample of history and block, a column
        for each sample of output.
    """

    def __init__(self, from_rate: int, to_rate: int) -> None:
        divisor = gcd(from_rate, to_rate)
        self.up, self.down = to_rate // divisor, from_rate // divisor
        taps = _length(self.up, self.down)
        groups = _groups_in_row(divisor)
        self.block_samples = groups * self.down
        self.said_samples = groups * self.up
        width = taps - 1 + self.block_samples
        if width * self.said_samples > _MOST_COEFFICIENTS:
            raise ValueError(
                f"cannot convert {from_rate} Hz to {to_rate} Hz: they have too small "
                "a common divisor; use 8000, 16000, 24000 or 48000 Hz"
            )
        self.delay_ms = taps / 2 * 1000 / from_rate
        self.delay_samples = taps // 2
        self.history_bytes = (taps - 1) * SAMPLE_BYTES
        self.block_bytes = self.block_samples * SAMPLE_BYTES
        self.matrix = self._matrix(taps, width)
        self._rows_at_once = max(1, _MOST_PER_PRODUCT // self.matrix.size)

    def _matrix(self, taps: int, width: int) -> _Numbers:
        bank = _filter_bank(self.up, self.down, taps)
        matrix = np.zeros((width, self.said_samples))
        for said in range(self.said_samples):
            first, phase = divmod(said * self.down, self.up)
            matrix[first : first + taps, said] = bank[phase]
        matrix.flags.writeable = False
        return matrix

    def convert(self, data: bytes, streams: int, blocks: int) -> bytes:
        """
        @param data: for each stream its history and then its C{blocks} blocks;
            PCM16.

        @return: the output of one stream after the other; PCM16, saturated.
        """
        width = len(self.matrix)
        strides = (self.block_bytes, SAMPLE_BYTES)
        if streams == 1:
            windows = np.ndarray((blocks, width), _PCM, data, 0, strides)
            if blocks <= self._rows_at_once:
                return self._said(windows)
            portion = _ROWS_AT_ONCE
        else:
            stride = self.history_bytes + blocks * self.block_bytes
            shape = (streams, blocks, width)
            windows = np.ndarray(shape, _PCM, data, 0, (stride, *strides))
            portion = max(1, _ROWS_AT_ONCE // blocks)
        portions = range(0, len(windows), portion)
        return b"".join([self._said(windows[at : at + portion]) for at in portions])

    def _said(self, windows: npt.NDArray[np.int16]) -> bytes:
        rows = windows.astype(np.float64)
        if rows.ndim > 2:
            rows = rows.reshape(-1, rows.shape[-1])
        out = self._product(rows)
        np.rint(out, out=out)
        np.maximum(out, _LOWEST, out=out)
        np.minimum(out, _HIGHEST, out=out)
        return out.astype(_PCM).tobytes()

    def _product(self, rows: _Numbers) -> _Numbers:
        step = self._rows_at_once
        if len(rows) <= step:
            # dot() starts a microsecond sooner than @ for matrices of this size.
            return np.asarray(rows.dot(self.matrix))
        out = np.empty((len(rows), self.said_samples))
        for at in range(0, len(rows), step):
            np.dot(rows[at : at + step], self.matrix, out=out[at : at + step])
        return out


@cache
def filter_between(from_rate: int, to_rate: int) -> Filter:
    """
    @param from_rate: in Hz.
    @param to_rate: in Hz.

    @return: the one filter that all streams between these rates share.

    @raise ValueError: for rates that are not positive, or whose common divisor is
        too small.
    """
    if from_rate <= 0 or to_rate <= 0:
        raise ValueError(f"cannot convert {from_rate} Hz to {to_rate} Hz")
    return Filter(from_rate, to_rate)


def _groups_in_row(divisor: int) -> int:
    """
    @param divisor: of both rates, in Hz: how many groups of samples a second has,
        each with the same phases.

    @return: groups in one row of the product: about two milliseconds, and whole
        rows in 20 ms, if there can be.
    """
    wanted = max(1, divisor // _ROWS_PER_SECOND)
    if divisor % _FRAMES_PER_SECOND:
        return wanted
    in_frame = divisor // _FRAMES_PER_SECOND
    return max(count for count in range(1, wanted + 1) if in_frame % count == 0)


def _length(up: int, down: int) -> int:
    """
    @return: taps of one phase: Kaiser's estimate for slope and attenuation.
    """
    slope = _SLOPE * min(1.0, up / down)
    taps = ceil((_STOP_DB - 8) / (2.285 * 2 * pi * slope))
    return taps + taps % 2


def _filter_bank(up: int, down: int, taps: int) -> _Numbers:
    """
    @return: one row of taps for each of the C{up} positions that an output sample
        can have between two input samples; taps are in order of time.
    """
    narrow = min(1.0, up / down)  # the lower rate, in units of the input rate
    cutoff = narrow / 2 - _SLOPE * narrow / 2
    # Position of each tap relative to the output sample, in input samples.
    offsets = np.arange(taps) - taps / 2 + 1
    positions = offsets[None, :] - np.arange(up)[:, None] / up
    beta = 0.1102 * (_STOP_DB - 8.7)
    inside = 1 - (positions / (taps / 2)) ** 2
    # Nothing at the very edge: else the filter would have one end and not the other.
    window = np.where(inside > 1e-9, np.i0(beta * np.sqrt(np.maximum(inside, 0))), 0.0)
    bank = np.sinc(2 * cutoff * positions) * window
    bank /= bank.sum(axis=1, keepdims=True)  # unity gain at every phase
    return np.asarray(np.rint(bank / COEFFICIENT_STEP) * COEFFICIENT_STEP)
