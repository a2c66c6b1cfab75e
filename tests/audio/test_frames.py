"""
Tests for L{acsgw.audio.frames}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acsgw.audio.frames import (
    FrameCutter,
    duration_ms,
    frame_bytes,
    frame_samples,
    split,
)


class FramesTests(SynchronousTestCase):
    """
    Tests for the sizes of frames.
    """

    def test_sizes(self) -> None:
        """
        A frame is 20 ms: 640 bytes at 16 kHz and 960 at 24 kHz, as on the wire.
        """
        self.assertEqual(frame_samples(16000), 320)
        self.assertEqual(frame_bytes(16000), 640)
        self.assertEqual(frame_bytes(24000), 960)

    def test_duration(self) -> None:
        """
        The duration of audio is told in whole milliseconds, rounded down.
        """
        self.assertEqual(duration_ms(bytes(640), 16000), 20)
        self.assertEqual(duration_ms(bytes(638), 16000), 19)
        self.assertEqual(duration_ms(b"", 8000), 0)


class FrameCutterTests(SynchronousTestCase):
    """
    Tests for L{FrameCutter}.
    """

    def test_any_pieces(self) -> None:
        """
        Pieces of any size are cut to whole frames; what is left over is kept.
        """
        cutter = FrameCutter(4)
        self.assertEqual(cutter.cut(b"abc"), [])
        self.assertEqual(cutter.cut(b""), [])
        self.assertEqual(cutter.cut(b"defghi"), [b"abcd", b"efgh"])
        self.assertEqual(cutter.cut(b"jkl"), [b"ijkl"])
        self.assertEqual(cutter.cut(b"mnop"), [b"mnop"])
        self.assertEqual(cutter.whole(b"12345678q"), b"12345678")
        self.assertEqual(cutter.rest(), b"q")
        self.assertEqual(cutter.rest(), b"")

    def test_no_size(self) -> None:
        """
        A frame of nothing is refused.
        """
        self.assertRaises(ValueError, FrameCutter, 0)

    def test_split(self) -> None:
        """
        The last piece is as long as it is.
        """
        self.assertEqual(split(b"abcdefg", 3), [b"abc", b"def", b"g"])
        self.assertEqual(split(b"", 3), [])
