"""
Tests for L{acsgw.audio.filters}.
"""

from __future__ import annotations

import numpy as np
from twisted.trial.unittest import SynchronousTestCase

from acsgw.audio.filters import COEFFICIENT_STEP, Filter, filter_between

from .measures import PAIRS


def exactly(shared: Filter, data: bytes) -> bytes:
    """
    @return: one block, computed with whole numbers alone.
    """
    steps = np.rint(shared.matrix / COEFFICIENT_STEP).astype(np.int64)
    samples = np.frombuffer(data, "<i2").astype(np.int64)
    total = (samples[:, None] * steps).sum(axis=0)
    rounded = [round(int(one) * COEFFICIENT_STEP) for one in total]
    return np.clip(rounded, -32768, 32767).astype("<i2").tobytes()


class FilterTests(SynchronousTestCase):
    """
    Tests for L{Filter}.
    """

    def test_nothing_is_rounded(self) -> None:
        """
        No sum of samples and coefficients needs more than the 53 bits of a double,
        in whatever order it is made.
        """
        for from_rate, to_rate in (*PAIRS, (44100, 16000)):
            steps = filter_between(from_rate, to_rate).matrix / COEFFICIENT_STEP
            self.assertTrue((steps == np.rint(steps)).all())
            largest = np.abs(steps).sum(axis=0).max() * 32768
            self.assertLess(largest, 2.0**53)

    def test_as_with_whole_numbers(self) -> None:
        """
        The output is what whole numbers give.
        """
        noise = np.random.default_rng(2)
        for from_rate, to_rate in PAIRS:
            shared = filter_between(from_rate, to_rate)
            size = len(shared.matrix)
            for _ in range(5):
                data = noise.integers(-32768, 32768, size).astype("<i2").tobytes()
                self.assertEqual(shared.convert(data, 1, 1), exactly(shared, data))

    def test_long_pieces(self) -> None:
        """
        A burst, which is worked on in portions, gives what its blocks give.
        """
        shared = filter_between(16000, 8000)
        blocks = 1203
        size = shared.history_bytes + blocks * shared.block_bytes
        data = np.random.default_rng(3).bytes(size)
        each = b"".join(
            shared.convert(data[at : at + len(shared.matrix) * 2], 1, 1)
            for at in range(0, blocks * shared.block_bytes, shared.block_bytes)
        )
        self.assertEqual(shared.convert(data, 1, blocks), each)

    def test_shared(self) -> None:
        """
        All streams between two rates share one filter, which nobody can change.
        """
        shared = filter_between(24000, 16000)
        self.assertIs(shared, filter_between(24000, 16000))
        with self.assertRaises(ValueError):
            shared.matrix[0, 0] = 1

    def test_whole_frames(self) -> None:
        """
        Whatever the rates, if 20 ms are whole samples of both they are whole blocks.
        """
        for from_rate, to_rate in (*PAIRS, (44100, 16000), (8750, 10000), (50, 100)):
            shared = filter_between(from_rate, to_rate)
            self.assertEqual(from_rate // 50 % shared.block_samples, 0)

    def test_too_small_a_divisor(self) -> None:
        """
        Rates that would need a huge matrix are refused, with the way out.
        """
        error = self.assertRaises(ValueError, filter_between, 8001, 16000)
        self.assertIn("use 8000, 16000, 24000 or 48000 Hz", str(error))
