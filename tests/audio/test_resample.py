"""
Tests for L{acsgw.audio.resample}.
"""

from __future__ import annotations

from itertools import cycle

import numpy as np
import numpy.typing as npt
from twisted.trial.unittest import SynchronousTestCase

from acsgw.audio.resample import Resampler

Samples = npt.NDArray[np.float64]

#: The pairs of rates that are in use, and one that divides badly.
PAIRS = ((8000, 16000), (16000, 8000), (16000, 24000), (24000, 16000), (22050, 16000))

#: Samples in a chunk: primes, one sample, more than a frame.
ODD_SIZES = (1, 7, 320, 13, 441, 3, 160, 997)


def tone(hz: float, rate: int, seconds: float = 1.0, level: float = 0.5) -> Samples:
    times = np.arange(int(rate * seconds)) / rate
    return level * 32767 * np.sin(2 * np.pi * hz * times)


def pcm(samples: Samples) -> bytes:
    return np.rint(samples).astype("<i2").tobytes()


def resampled(samples: Samples, from_rate: int, to_rate: int) -> Samples:
    """
    In chunks of odd sizes; without the beginning and the end.
    """
    out = fed(Resampler(from_rate, to_rate), pcm(samples))
    return np.frombuffer(out, "<i2").astype(np.float64)[to_rate // 10 : -to_rate // 10]


def fed(resampler: Resampler, data: bytes) -> bytes:
    out, at = bytearray(), 0
    for size in cycle(ODD_SIZES):
        if at >= len(data):
            return bytes(out)
        out += resampler.feed(data[at : at + 2 * size])
        at += 2 * size
    raise AssertionError("not reached")


def residue(samples: Samples, hz: float, rate: int) -> tuple[float, float]:
    """
    @return: rms of the tone of that frequency, and rms of all else.
    """
    angles = 2 * np.pi * hz * np.arange(len(samples)) / rate
    waves = np.column_stack((np.sin(angles), np.cos(angles), np.ones(len(samples))))
    fit, *_ = np.linalg.lstsq(waves, samples, rcond=None)
    return rms(waves @ fit), rms(samples - waves @ fit)


def rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def db(ratio: float) -> float:
    return float(20 * np.log10(max(ratio, 1e-12)))


class ResamplerTests(SynchronousTestCase):
    """
    Tests for L{Resampler}.
    """

    def test_passband(self) -> None:
        """
        What telephone (to 3.4 kHz) and wideband (to 6.8 kHz) speech hold passes
        within half a dB, and with less noise than -75 dB.
        """
        for from_rate, to_rate in PAIRS:
            top = 0.425 * min(from_rate, to_rate)
            for hz in (100.0, 440.0, 1000.0, 0.5 * top, 0.9 * top, top):
                given = tone(hz, from_rate)
                out = resampled(given, from_rate, to_rate)
                level, noise = residue(out, hz, to_rate)
                about = f"{hz} Hz, {from_rate} to {to_rate}"
                self.assertLess(abs(db(level / rms(given))), 0.5, about)
                self.assertGreater(db(level / noise), 75, about)

    def test_no_alias(self) -> None:
        """
        A tone above the lower rate's Nyquist frequency is at least 75 dB down.
        """
        for from_rate, to_rate in PAIRS:
            if from_rate < to_rate:
                continue
            for hz in np.linspace(to_rate / 2, from_rate / 2 - 50, 23):
                given = tone(float(hz), from_rate, level=0.9)
                out = resampled(given, from_rate, to_rate)
                down = db(rms(out) / rms(given))
                self.assertLess(down, -75, f"{hz} Hz, {from_rate} to {to_rate}")

    def test_no_alias_of_sweep(self) -> None:
        """
        Nothing is heard of a sweep through all that the lower rate cannot hold.
        """
        rate, seconds = 16000, 2.0
        times = np.arange(int(rate * seconds)) / rate
        hz_per_second = (7900 - 4050) / seconds
        phase = 2 * np.pi * (4050 * times + hz_per_second / 2 * times**2)
        sweep = 0.9 * 32767 * np.sin(phase)
        out = resampled(sweep, rate, 8000)
        self.assertLess(db(rms(out) / rms(sweep)), -75)

    def test_two_tones(self) -> None:
        """
        A high tone beside a low one leaves no trace below the lower rate.
        """
        low, high = tone(1000, 16000, level=0.45), tone(5000, 16000, level=0.45)
        out = resampled(low + high, 16000, 8000)
        level, noise = residue(out, 1000, 8000)
        self.assertGreater(db(level / noise), 75)

    def test_no_images(self) -> None:
        """
        A higher rate brings no mirror of the voice above the old Nyquist frequency.
        """
        given = tone(3000, 8000)
        level, noise = residue(resampled(given, 8000, 16000), 3000, 16000)
        self.assertGreater(db(level / noise), 75)

    def test_chunks_do_not_matter(self) -> None:
        """
        Whatever sizes the pieces have, the output is the same to the bit: no click
        where they meet.
        """
        noise = np.random.default_rng(1).normal(0, 5000, 24000).clip(-32768, 32767)
        for from_rate, to_rate in (*PAIRS, (44100, 16000)):
            whole = Resampler(from_rate, to_rate).feed(pcm(noise))
            pieces = fed(Resampler(from_rate, to_rate), pcm(noise))
            self.assertEqual(pieces, whole, f"{from_rate} to {to_rate}")

    def test_frame_for_frame(self) -> None:
        """
        For each 20 ms that come in, 20 ms go out, from the first frame on.
        """
        for from_rate, to_rate in PAIRS[:4]:
            resampler = Resampler(from_rate, to_rate)
            for _ in range(50):
                out = resampler.feed(bytes(from_rate // 50 * 2))
                self.assertEqual(len(out), to_rate // 50 * 2)

    def test_no_drift(self) -> None:
        """
        With rates that divide badly nothing is gained or lost over a minute.
        """
        resampler, out = Resampler(44100, 16000), 0
        for _ in range(60 * 50):
            out += len(resampler.feed(bytes(882 * 2))) // 2
        self.assertEqual(out, 60 * 16000)

    def test_delay(self) -> None:
        """
        The delay that is told is the one that is measured, and is 4 ms at most.
        """
        for from_rate, to_rate in PAIRS:
            resampler = Resampler(from_rate, to_rate)
            click = np.zeros(from_rate // 5)
            click[from_rate // 10] = 30000
            out = np.frombuffer(resampler.feed(pcm(click)), "<i2").astype(np.float64)
            weights = out**2
            center = float((weights * np.arange(len(out))).sum() / weights.sum())
            measured = (center / to_rate - 0.1) * 1000
            self.assertLess(abs(measured - resampler.delay_ms), 0.05)
            self.assertLessEqual(resampler.delay_ms, 4.1)

    def test_same_rate(self) -> None:
        """
        Between equal rates audio passes as it is, with no delay.
        """
        resampler = Resampler(16000, 16000)
        self.assertEqual(resampler.feed(b"\1\2\3\4"), b"\1\2\3\4")
        self.assertEqual(resampler.delay_ms, 0)
        resampler.reset()

    def test_loud(self) -> None:
        """
        What would overshoot is clipped, and does not wrap around.
        """
        square = np.where(np.arange(16000) // 40 % 2, 32767.0, -32768.0)
        out = resampled(square, 16000, 8000)
        flat = np.abs(np.diff(out)) < 65535
        self.assertTrue(flat.all())
        self.assertGreater(rms(out), 30000)
        self.assertEqual((out.max(), out.min()), (32767, -32768))

    def test_reset(self) -> None:
        """
        After a reset nothing is left of what came before.
        """
        used, new = Resampler(24000, 16000), Resampler(24000, 16000)
        used.feed(pcm(tone(440, 24000, 0.0333)))
        used.reset()
        given = pcm(tone(1000, 24000, 0.1))
        self.assertEqual(used.feed(given), new.feed(given))

    def test_finish(self) -> None:
        """
        At the end of an utterance what the filter holds back is given: the last
        sample in is heard, and nothing is left for the next utterance.
        """
        used = Resampler(8000, 16000)
        used.feed(bytes(2 * 799) + (20000).to_bytes(2, "little"))
        rest = np.frombuffer(used.finish(), "<i2")
        self.assertGreater(int(np.abs(rest).max()), 15000)
        self.assertEqual(used.feed(bytes(320)), bytes(640))
        self.assertEqual(Resampler(16000, 16000).finish(), b"")

    def test_nonsense(self) -> None:
        """
        Rates that are not positive are refused.
        """
        self.assertRaises(ValueError, Resampler, 0, 16000)
        self.assertRaises(ValueError, Resampler, 16000, -8000)
