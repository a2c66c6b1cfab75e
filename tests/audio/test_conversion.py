"""
Tests for L{acsgw.audio.conversion}.
"""

from __future__ import annotations

import sys

import numpy as np
from twisted.trial.unittest import SynchronousTestCase

from acsgw.audio.conversion import Conversion
from acsgw.audio.formats import Encoding, Format

from .measures import RATES, fed, pcm, tone

ALL = tuple(Format(encoding, rate) for encoding in Encoding for rate in RATES)

NETWORK = Format(Encoding.PCM16, 16000)
TELEPHONE = Format(Encoding.MULAW, 8000)
EUROPE = Format(Encoding.ALAW, 8000)


def noise(size: int) -> bytes:
    return np.random.default_rng(4).bytes(size)


class Joined:
    """
    A conversion whose frames are laid end to end.
    """

    def __init__(self, conversion: Conversion) -> None:
        self._conversion = conversion

    def feed(self, data: bytes) -> bytes:
        return b"".join(self._conversion.feed(data))


class ConversionTests(SynchronousTestCase):
    """
    Tests for L{Conversion}.
    """

    def test_frames(self) -> None:
        """
        Between any two formats, chunks of any size give whole frames, as many as
        came in, and the same bits as if they had come at once.
        """
        for source in ALL:
            given = noise(source.frame_bytes * 6 + 5)
            for target in ALL:
                whole = Conversion(source, target).feed(given)
                self.assertEqual(
                    [len(frame) for frame in whole], [target.frame_bytes] * 6
                )
                pieces = fed(Joined(Conversion(source, target)), given)
                self.assertEqual(pieces, b"".join(whole), f"{source} to {target}")

    def test_too_little(self) -> None:
        """
        Until there is a whole frame nothing is said.
        """
        conversion = Conversion(NETWORK, TELEPHONE)
        self.assertEqual(conversion.feed(bytes(639)), [])
        self.assertEqual(conversion.feed(b""), [])
        self.assertEqual(conversion.feed(b"\0"), [TELEPHONE.silent_frame])

    def test_same_format(self) -> None:
        """
        Between equal formats frames pass as they are, with no delay.
        """
        for one in ALL:
            conversion = Conversion(one, one)
            given = noise(one.frame_bytes)
            self.assertEqual(conversion.feed(given), [given])
            self.assertEqual(conversion.delay_ms, 0)

    def test_same_rate(self) -> None:
        """
        Between encodings of one rate nothing is filtered: mu-law comes back from
        A-law's side as near as A-law can say it, in the same place.
        """
        conversion = Conversion(TELEPHONE, EUROPE)
        self.assertEqual(
            conversion.feed(b"\xff" * 159 + b"\x80"), [b"\xd5" * 159 + b"\xaa"]
        )
        self.assertEqual(conversion.delay_ms, 0)

    def test_delay_is_told(self) -> None:
        """
        The delay is that of the filter.
        """
        self.assertEqual(Conversion(NETWORK, TELEPHONE).delay_ms, 3.25)
        self.assertEqual(
            Conversion(NETWORK, Format(Encoding.PCM16, 24000)).delay_ms, 1.625
        )

    def test_finish(self) -> None:
        """
        At the end the part of a frame and what the filter holds back are said, then
        silence to the end of the frame, and nothing is left for what follows.
        """
        conversion = Conversion(TELEPHONE, NETWORK)
        self.assertEqual(conversion.feed(b"\xff" * 130 + b"\x80"), [])
        (last,) = conversion.finish()
        self.assertEqual(len(last), NETWORK.frame_bytes)
        # Sample 130 of 8 kHz, 3.25 ms later, of 16 kHz.
        self.assertEqual(int(np.frombuffer(last, "<i2").argmax()), 312)
        self.assertEqual(conversion.feed(b"\xff" * 160), [NETWORK.silent_frame])

    def test_finish_spills(self) -> None:
        """
        What does not fit into the last frame gets one more.
        """
        conversion = Conversion(NETWORK, TELEPHONE)
        (_,) = conversion.feed(pcm(tone(700, 16000, 0.02)))
        (second,) = conversion.finish()
        self.assertNotEqual(second, TELEPHONE.silent_frame)
        self.assertEqual(second[60:], TELEPHONE.silent_frame[60:])
        self.assertEqual(conversion.finish(), [])
        conversion.feed(b"\1\1\1")
        self.assertEqual(len(conversion.finish()), 1)
        self.assertEqual(Conversion(NETWORK, NETWORK).finish(), [])

    def test_reset(self) -> None:
        """
        After a reset nothing is left of what came before.
        """
        conversion = Conversion(NETWORK, TELEPHONE)
        conversion.feed(noise(1001))
        conversion.reset()
        self.assertEqual(conversion.feed(bytes(640)), [TELEPHONE.silent_frame])

    def test_memory(self) -> None:
        """
        A stream needs less than 3 KB of its own: the rest is shared.
        """
        for source in ALL:
            for target in ALL:
                conversion = Conversion(source, target)
                size = sys.getsizeof(conversion) + sys.getsizeof(conversion.history)
                self.assertLess(size + source.frame_bytes, 3000)
                self.assertIs(conversion.change, Conversion(source, target).change)


class FormatTests(SynchronousTestCase):
    """
    Tests for L{Format}.
    """

    def test_frame(self) -> None:
        """
        A frame is 160 bytes on a telephone's wire and 640 on the network's.
        """
        self.assertEqual(TELEPHONE.frame_bytes, 160)
        self.assertEqual(NETWORK.frame_bytes, 640)
        self.assertEqual(TELEPHONE.silent_frame, b"\xff" * 160)
        self.assertEqual(EUROPE.silent_frame, b"\xd5" * 160)
        self.assertEqual(NETWORK.silent_frame, bytes(640))

    def test_no_whole_frames(self) -> None:
        """
        A rate that has no whole number of samples in 20 ms is refused.
        """
        for rate in (0, -8000, 11025):
            self.assertRaises(ValueError, Format, Encoding.PCM16, rate)
