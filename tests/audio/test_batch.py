"""
Tests for L{acsgw.audio.batch}.
"""

from __future__ import annotations

import numpy as np
from twisted.trial.unittest import SynchronousTestCase

from acsgw.audio.batch import Batch
from acsgw.audio.conversion import Conversion
from acsgw.audio.formats import Encoding, Format

from .measures import RATES

ALL = tuple(Format(encoding, rate) for encoding in Encoding for rate in RATES)
NETWORK = Format(Encoding.PCM16, 16000)
TELEPHONE = Format(Encoding.MULAW, 8000)

#: As many as fill several portions of a product.
CALLS = 70


class BatchTests(SynchronousTestCase):
    """
    Tests for L{Batch}.
    """

    def setUp(self) -> None:
        self.noise = np.random.default_rng(5)
        self.batch = Batch()

    def test_same_bits(self) -> None:
        """
        Frames of many calls, of all formats mixed, come out as each would alone,
        frame after frame, in the order in which they were given.
        """
        kinds = [(source, target) for source in ALL for target in ALL] * 2
        together = [Conversion(*kind) for kind in kinds]
        alone = [Conversion(*kind) for kind in kinds]
        for _ in range(3):
            frames = [self.noise.bytes(source.frame_bytes) for source, _ in kinds]
            said = self.batch.convert(zip(together, frames, strict=True))
            expected = [
                one.feed(frame) for one, frame in zip(alone, frames, strict=True)
            ]
            self.assertEqual([[frame] for frame in said], expected)

    def test_many_of_a_kind(self) -> None:
        """
        However many calls share a product, each gets the bits that it gets alone.
        """
        for source, target in ((NETWORK, TELEPHONE), (TELEPHONE, NETWORK)):
            together = [Conversion(source, target) for _ in range(CALLS)]
            alone = [Conversion(source, target) for _ in range(CALLS)]
            for count in (CALLS, 1, 13, CALLS):
                given = [
                    (one, self.noise.bytes(source.frame_bytes))
                    for one in together[:count]
                ]
                expected = [
                    one.feed(frame)
                    for one, (_, frame) in zip(alone, given, strict=False)
                ]
                said = self.batch.convert(given)
                self.assertEqual([[frame] for frame in said], expected)

    def test_several_of_one_call(self) -> None:
        """
        Several frames of one call are one after the other, and single frames before
        and after them fit.
        """
        frames = [self.noise.bytes(640) for _ in range(6)]
        mixed, alone = Conversion(NETWORK, TELEPHONE), Conversion(NETWORK, TELEPHONE)
        other = Conversion(NETWORK, TELEPHONE)
        said = mixed.feed(frames[0])
        given = [(mixed, frames[1]), (other, frames[5]), (mixed, frames[2])]
        first, _, second = self.batch.convert(given)
        said += [first, second, *mixed.feed(frames[3])]
        said += self.batch.convert([(mixed, frames[4])])
        self.assertEqual(said, alone.feed(b"".join(frames[:5])))

    def test_cut(self) -> None:
        """
        What a socket gives in pieces is cut to the frames that a batch takes.
        """
        data = self.noise.bytes(640 * 3 + 1)
        stream, alone = Conversion(NETWORK, TELEPHONE), Conversion(NETWORK, TELEPHONE)
        frames = stream.cut(data[:999]) + stream.cut(data[999:])
        said = self.batch.convert([(stream, frame) for frame in frames])
        self.assertEqual(said, alone.feed(data))

    def test_nothing(self) -> None:
        """
        No frames, no audio.
        """
        self.assertEqual(self.batch.convert([]), [])

    def test_not_a_frame(self) -> None:
        """
        A piece that is not a frame is refused, and no call has lost anything.
        """
        stream, alone = Conversion(NETWORK, TELEPHONE), Conversion(NETWORK, TELEPHONE)
        frame = self.noise.bytes(640)
        given = [(stream, frame), (Conversion(TELEPHONE, NETWORK), frame)]
        error = self.assertRaises(ValueError, self.batch.convert, given)
        self.assertIn("640 bytes instead of 160", str(error))
        self.assertEqual(self.batch.convert([(stream, frame)]), alone.feed(frame))
