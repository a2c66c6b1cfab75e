"""
Tests for L{acsgw.audio.frames}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acsgw.audio.frames import duration_ms, frame_bytes, frame_samples


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
