"""
Tests for L{acsgw.audio.resample}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acsgw.audio.resample import Resampler

from .measures import db, fed, pcm, residue, rms, samples_of, tone

#: Rates that voices and files have besides those of telephony.
ODD_PAIRS = ((22050, 16000), (44100, 16000), (16000, 44100), (11025, 8000))


class ResamplerTests(SynchronousTestCase):
    """
    Tests for L{Resampler}; its sound is measured in L{tests.audio.test_sound}.
    """

    def test_odd_rates(self) -> None:
        """
        Rates that divide badly sound as good, and chunks do not matter either.
        """
        for from_rate, to_rate in ODD_PAIRS:
            hz = 0.4 * min(from_rate, to_rate)
            given = tone(hz, from_rate)
            pieces = fed(Resampler(from_rate, to_rate), pcm(given))
            whole = Resampler(from_rate, to_rate).feed(pcm(given))
            about = f"{from_rate} to {to_rate}"
            self.assertEqual(pieces, whole, about)
            out = samples_of(whole)[to_rate // 10 :]
            level, noise = residue(out, hz, to_rate)
            self.assertLess(abs(db(level / rms(given))), 0.5, about)
            self.assertGreater(db(level / noise), 75, about)

    def test_half_samples(self) -> None:
        """
        Half a sample waits for its other half, also where no rate changes.
        """
        for to_rate in (16000, 8000):
            resampler, whole = Resampler(16000, to_rate), Resampler(16000, to_rate)
            data = pcm(tone(440, 16000, 0.1))
            out = b"".join(resampler.feed(data[at : at + 1]) for at in range(len(data)))
            self.assertEqual(out, whole.feed(data))

    def test_half_a_sample_at_the_end(self) -> None:
        """
        Half a sample that nothing follows is not heard, and leaves no trace.
        """
        used, clean = Resampler(16000, 8000), Resampler(16000, 8000)
        data = pcm(tone(440, 16000, 0.03))
        self.assertEqual(used.feed(data + b"\x7f"), clean.feed(data))
        self.assertEqual(used.finish(), clean.finish())
        self.assertEqual(used.feed(data), clean.feed(data))

    def test_as_soon_as_possible(self) -> None:
        """
        An output sample is said with the input sample in whose time it begins.
        """
        down, up = Resampler(16000, 8000), Resampler(16000, 24000)
        said = [len(down.feed(bytes(2))) // 2 for _ in range(6)]
        self.assertEqual(said, [1, 0, 1, 0, 1, 0])
        said = [len(up.feed(bytes(2))) // 2 for _ in range(6)]
        self.assertEqual(said, [2, 1, 2, 1, 2, 1])

    def test_nothing(self) -> None:
        """
        Of nothing comes nothing.
        """
        for to_rate in (16000, 8000, 24000):
            self.assertEqual(Resampler(16000, to_rate).feed(b""), b"")

    def test_no_drift(self) -> None:
        """
        With rates that divide badly nothing is gained or lost over a minute.
        """
        resampler, out = Resampler(44100, 16000), 0
        for _ in range(60 * 50):
            out += len(resampler.feed(bytes(882 * 2))) // 2
        self.assertEqual(out, 60 * 16000)

    def test_same_rate(self) -> None:
        """
        Between equal rates audio passes as it is, with no delay.
        """
        resampler = Resampler(16000, 16000)
        self.assertEqual(resampler.feed(b"\1\2\3\4"), b"\1\2\3\4")
        self.assertEqual(resampler.delay_ms, 0)
        resampler.reset()

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
        rest = samples_of(used.finish())
        self.assertGreater(abs(rest).max(), 15000)
        self.assertEqual(used.feed(bytes(320)), bytes(640))
        self.assertEqual(Resampler(16000, 16000).finish(), b"")

    def test_nonsense(self) -> None:
        """
        Rates that are not positive are refused.
        """
        self.assertRaises(ValueError, Resampler, 0, 16000)
        self.assertRaises(ValueError, Resampler, 16000, -8000)
