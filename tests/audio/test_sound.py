"""
How good the sound is after a change of format, for every pair of rates, measured.

The streams are fed in chunks of odd sizes, half samples among them.
"""

from __future__ import annotations

import numpy as np
from twisted.trial.unittest import SynchronousTestCase

from acsgw.audio.conversion import Conversion
from acsgw.audio.formats import Encoding, Format
from acsgw.audio.resample import Resampler

from .measures import (
    PAIRS,
    Samples,
    db,
    fed,
    pcm,
    residue,
    rms,
    samples_of,
    sweep,
    tone,
)

DOWN = tuple((a, b) for a, b in PAIRS if a > b)
UP = tuple((a, b) for a, b in PAIRS if a < b)

#: What the wire of a telephone has.
TELEPHONE = Format(Encoding.MULAW, 8000)


def converted(samples: Samples, from_rate: int, to_rate: int) -> Samples:
    """
    Without the beginning and the end.
    """
    out = samples_of(fed(Resampler(from_rate, to_rate), pcm(samples)))
    return out[to_rate // 10 : -to_rate // 10]


def faded(samples: Samples, rate: int) -> Samples:
    """
    Begun and ended softly: a hard edge has all frequencies.
    """
    slope = np.sin(np.linspace(0, np.pi / 2, rate // 20)) ** 2
    samples[: len(slope)] *= slope
    samples[-len(slope) :] *= slope[::-1]
    return samples


class QualityTests(SynchronousTestCase):
    """
    Tests for what passes and what does not.
    """

    def test_passband(self) -> None:
        """
        Speech passes within half a dB, to 3.4 kHz if one side has 8 kHz, to 6.8 kHz
        if one has 16 kHz, and with less noise and fewer images than -75 dB.
        """
        for from_rate, to_rate in PAIRS:
            top = 0.425 * min(from_rate, to_rate)
            for hz in (100.0, 1000.0, 0.6 * top, 0.9 * top, top):
                given = tone(hz, from_rate)
                out = converted(given, from_rate, to_rate)
                level, noise = residue(out, hz, to_rate)
                about = f"{hz} Hz, {from_rate} to {to_rate}"
                self.assertLess(abs(db(level / rms(given))), 0.5, about)
                self.assertGreater(db(level / noise), 75, about)

    def test_tones_beyond(self) -> None:
        """
        A tone from the lower rate's Nyquist frequency on is at least 75 dB down.
        """
        for from_rate, to_rate in DOWN:
            for hz in np.linspace(to_rate / 2 + 1, from_rate / 2 - 50, 17):
                given = tone(float(hz), from_rate, level=0.9)
                down = db(rms(converted(given, from_rate, to_rate)) / rms(given))
                self.assertLess(down, -75, f"{hz} Hz, {from_rate} to {to_rate}")

    def test_sweep_beyond(self) -> None:
        """
        A sweep through all that the lower rate cannot hold is at least 75 dB down
        in each 20 ms of it.
        """
        for from_rate, to_rate in DOWN:
            given = sweep(to_rate / 2 + 100, from_rate / 2 - 50, from_rate)
            out = samples_of(
                fed(Resampler(from_rate, to_rate), pcm(faded(given, from_rate)))
            )
            frames = out.reshape(50, -1)
            loudest = max(rms(frame) for frame in frames)
            down = db(loudest / (0.9 * 32767 / np.sqrt(2)))
            self.assertLess(down, -75, f"{from_rate} to {to_rate}")

    def test_images(self) -> None:
        """
        A higher rate brings no mirror above the old Nyquist frequency, not even of
        what lies next to it.
        """
        for from_rate, to_rate in UP:
            for part in (0.1, 0.3, 0.44, 0.48, 0.499):
                given = tone(part * from_rate, from_rate, level=0.9)
                out = converted(given, from_rate, to_rate)
                _, mirror = residue(out, part * from_rate, to_rate)
                about = f"{part} of {from_rate}, to {to_rate}"
                self.assertLess(db(mirror / rms(given)), -75, about)

    def test_tone_pairs(self) -> None:
        """
        A tone that the lower rate cannot hold leaves no trace beside one that it
        can.
        """
        for from_rate, to_rate in DOWN:
            low = tone(1000, from_rate, level=0.45)
            for hz in np.linspace(to_rate / 2 + 100, from_rate / 2 - 100, 5):
                high = tone(float(hz), from_rate, level=0.45)
                out = converted(low + high, from_rate, to_rate)
                level, noise = residue(out, 1000, to_rate)
                about = f"{hz} Hz, {from_rate} to {to_rate}"
                self.assertGreater(db(level / noise), 75, about)

    def test_through_mulaw(self) -> None:
        """
        To a telephone and back speech keeps more than 35 dB over the noise.
        """
        for rate in (8000, 16000, 24000, 48000):
            wide = Format(Encoding.PCM16, rate)
            there, back = Conversion(wide, TELEPHONE), Conversion(TELEPHONE, wide)
            # Not a whole part of 8 kHz: else the noise would fall on the tone.
            given = pcm(tone(1003.7, rate))
            out = b"".join(back.feed(b"".join(there.feed(given))))
            level, noise = residue(samples_of(out)[rate // 10 :], 1003.7, rate)
            self.assertGreater(db(level / noise), 35, f"{rate} Hz")

    def test_loud(self) -> None:
        """
        What would overshoot is held at full scale, and does not wrap around.
        """
        for from_rate, to_rate in PAIRS:
            turns = np.arange(from_rate) // (from_rate // 400) % 2
            square = np.where(turns, 32767.0, -32768.0)
            out = converted(square, from_rate, to_rate)
            about = f"{from_rate} to {to_rate}"
            self.assertEqual((out.max(), out.min()), (32767, -32768), about)
            # In the middle of each half wave the sign is the square's.
            self.assertLess(np.abs(np.diff(out)).max(), 65535, about)
            self.assertGreater(rms(out), 30000, about)


class TimeTests(SynchronousTestCase):
    """
    Tests for delay and for the edges of chunks.
    """

    def test_chunks_do_not_matter(self) -> None:
        """
        Whatever sizes the pieces have, the output is the same to the bit: no click
        where they meet.
        """
        noise = pcm(np.random.default_rng(1).normal(0, 9000, 4000).clip(-32768, 32767))
        for from_rate, to_rate in PAIRS:
            whole = Resampler(from_rate, to_rate).feed(noise)
            for sizes in ((1,), (7, 320, 13), (641,), (1280, 3), (4000, 1)):
                pieces = fed(Resampler(from_rate, to_rate), noise, sizes)
                self.assertEqual(pieces, whole, f"{from_rate} to {to_rate}, {sizes}")

    def test_frame_for_frame(self) -> None:
        """
        For each 20 ms that come in, 20 ms go out, from the first frame on.
        """
        for from_rate, to_rate in PAIRS:
            resampler = Resampler(from_rate, to_rate)
            for _ in range(50):
                out = resampler.feed(bytes(from_rate // 50 * 2))
                self.assertEqual(len(out), to_rate // 50 * 2)

    def test_delay(self) -> None:
        """
        The delay is the same wherever in a frame something happens, the one that is
        told, and less than 5 ms.
        """
        for from_rate, to_rate in PAIRS:
            told = Resampler(from_rate, to_rate).delay_ms
            self.assertLess(told, 5)
            for at in (from_rate // 10, from_rate // 10 + 1, from_rate // 10 + 137):
                measured = _delay_ms(from_rate, to_rate, at)
                about = f"{from_rate} to {to_rate}, sample {at}"
                self.assertLess(abs(measured - told), 0.01, about)


def _delay_ms(from_rate: int, to_rate: int, at: int) -> float:
    """
    @param at: sample where something happens: a bell of 4 ms.
    """
    width = from_rate / 1000
    bell = 30000 * np.exp(-0.5 * ((np.arange(from_rate // 5) - at) / width) ** 2)
    out = samples_of(fed(Resampler(from_rate, to_rate), pcm(bell)))
    center = float((out * np.arange(len(out))).sum() / out.sum())
    return (center / to_rate - at / from_rate) * 1000
