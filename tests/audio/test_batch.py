"""
Tests for L{acsgw.audio.batch}.
"""

from __future__ import annotations

from collections.abc import Callable

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


class _InTurn:
    in_turn = True


class _Uncut(Conversion):
    """
    One whose pieces are no frames.
    """

    def cut(self, data: bytes) -> list[bytes]:
        return [data]


class BadStreamTests(SynchronousTestCase):
    """
    Tests for L{Batch.finish} when one stream of several cannot be converted.
    """

    def setUp(self) -> None:
        self.noise = np.random.default_rng(6)
        self.batch = Batch(_InTurn())
        self.said: dict[str, list[bytes]] = {}
        self.failures: list[tuple[str, Exception]] = []

    def give(self, name: str, stream: Conversion, data: bytes) -> None:
        def failed(error: Exception) -> None:
            self.failures.append((name, error))

        said = self.said.setdefault(name, [])
        self.batch.later(stream, data, said.extend, failed)

    def check(self, bad: Callable[[], Conversion], kind: type[Exception]) -> None:
        """
        A bad stream is between others, of its kind and of another.
        """
        kinds = {
            "to": (NETWORK, TELEPHONE),
            "from": (TELEPHONE, NETWORK),
            "after": (NETWORK, TELEPHONE),
        }
        streams = {name: Conversion(*formats) for name, formats in kinds.items()}
        alone = {name: Conversion(*formats) for name, formats in kinds.items()}
        expected: dict[str, list[bytes]] = {name: [] for name in kinds}
        for turn in range(2):
            for name, stream in streams.items():
                frames = 2 if name == "after" else 1
                data = self.noise.bytes(kinds[name][0].frame_bytes * frames)
                if name == "after" and not turn:
                    self.give("bad", bad(), bytes(640))
                self.give(name, stream, data)
                expected[name] += alone[name].feed(data)
            self.batch.finish()
        self.assertEqual([name for name, _ in self.failures], ["bad"])
        self.assertIsInstance(self.failures[0][1], kind)
        self.assertEqual(self.said.pop("bad"), [])
        self.assertEqual(self.said, expected)

    def test_before(self) -> None:
        """
        One piece is no frame: only its own call is told, the others get the bits
        that they get alone, now and later.
        """
        self.check(lambda: _Uncut(TELEPHONE, NETWORK), ValueError)

    def test_in_the_middle(self) -> None:
        """
        It is the same if streams before it have moved on already.
        """

        def broken() -> Conversion:
            stream = Conversion(NETWORK, TELEPHONE)
            stream.history = None  # type: ignore[assignment]
            return stream

        self.check(broken, TypeError)
