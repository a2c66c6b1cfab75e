"""
Tests for L{acsgw.audio.g711}.
"""

from __future__ import annotations

import warnings

import numpy as np
from twisted.trial.unittest import SynchronousTestCase

from acsgw.audio.g711 import (
    ALAW_SILENCE,
    MULAW_SILENCE,
    alaw_to_pcm,
    mulaw_to_pcm,
    pcm_to_alaw,
    pcm_to_mulaw,
)

from .measures import Samples, db, pcm, residue, samples_of, tone

with warnings.catch_warnings():
    # Python's own until 3.12; later the package audioop-lts.
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

ALL_SAMPLES = np.arange(-32768, 32768).astype("<i2").tobytes()
ALL_BYTES = bytes(range(256))


class TablesTests(SynchronousTestCase):
    """
    Tests for the four tables, against Python's C code and the standard's numbers.
    """

    def test_mulaw_of_all_samples(self) -> None:
        """
        Each of the 65,536 samples has the mu-law byte that telephones give it.
        """
        self.assertEqual(pcm_to_mulaw(ALL_SAMPLES), audioop.lin2ulaw(ALL_SAMPLES, 2))

    def test_alaw_of_all_samples(self) -> None:
        """
        Each of the 65,536 samples has the A-law byte that telephones give it.
        """
        self.assertEqual(pcm_to_alaw(ALL_SAMPLES), audioop.lin2alaw(ALL_SAMPLES, 2))

    def test_samples_of_all_mulaw(self) -> None:
        """
        Each of the 256 bytes of mu-law is the sample that telephones play.
        """
        self.assertEqual(mulaw_to_pcm(ALL_BYTES), audioop.ulaw2lin(ALL_BYTES, 2))

    def test_samples_of_all_alaw(self) -> None:
        """
        Each of the 256 bytes of A-law is the sample that telephones play.
        """
        self.assertEqual(alaw_to_pcm(ALL_BYTES), audioop.alaw2lin(ALL_BYTES, 2))

    def test_numbers_of_the_standard(self) -> None:
        """
        The ends of the segments are those of G.711: tables 2a (mu-law, 14 bits, the
        largest output 8031) and 1a (A-law, 13 bits, the largest output 4032).
        """
        ends = [0, 30, 93, 219, 471, 975, 1983, 3999, 8031]
        codes = bytes(255 - max(0, 16 * i - 1) for i in range(9))
        said = samples_of(mulaw_to_pcm(codes)) / 4
        self.assertEqual(said.tolist(), ends)
        self.assertEqual(samples_of(alaw_to_pcm(b"\xaa"))[0] / 8, 4032)
        self.assertEqual(samples_of(alaw_to_pcm(ALAW_SILENCE))[0] / 8, 1)

    def test_there_and_back(self) -> None:
        """
        What was encoded once is not changed by further rounds; mu-law's two zeros
        become one.
        """
        again = pcm_to_mulaw(mulaw_to_pcm(ALL_BYTES))
        self.assertEqual(again, ALL_BYTES.replace(b"\x7f", b"\xff"))
        self.assertEqual(pcm_to_alaw(alaw_to_pcm(ALL_BYTES)), ALL_BYTES)

    def test_silence(self) -> None:
        """
        Silence is what a sample of nothing gives.
        """
        self.assertEqual(pcm_to_mulaw(b"\0\0"), MULAW_SILENCE)
        self.assertEqual(pcm_to_alaw(b"\0\0"), ALAW_SILENCE)
        self.assertEqual(mulaw_to_pcm(b""), b"")
        self.assertEqual(pcm_to_alaw(b""), b"")

    def test_noise(self) -> None:
        """
        A tone keeps more than 35 dB over the noise of either encoding.
        """
        given = tone(1003.7, 8000)
        self.assertGreater(_snr(samples_of(mulaw_to_pcm(pcm_to_mulaw(pcm(given))))), 35)
        self.assertGreater(_snr(samples_of(alaw_to_pcm(pcm_to_alaw(pcm(given))))), 35)


def _snr(samples: Samples) -> float:
    level, noise = residue(samples, 1003.7, 8000)
    return db(level / noise)
