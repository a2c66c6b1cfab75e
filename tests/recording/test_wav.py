"""
Tests for L{acsgw.recording.wav}.
"""

from __future__ import annotations

import wave
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acsgw.recording.wav import MAX_DATA, WavFile, header


class WavFileTests(SynchronousTestCase):
    """
    Tests for L{WavFile}.
    """

    def setUp(self) -> None:
        self.path = Path(self.mktemp())

    def read(self) -> tuple[int, int, int, bytes]:
        """
        @return: rate, channels, sample width and samples, as the standard library
            sees them.
        """
        with wave.open(str(self.path)) as file:
            return (
                file.getframerate(),
                file.getnchannels(),
                file.getsampwidth(),
                file.readframes(file.getnframes()),
            )

    def test_readable_at_any_moment(self) -> None:
        """
        While it is written others can read it, from the first moment on.
        """
        file = WavFile(self.path, 16000, 2)
        self.assertEqual(self.read(), (16000, 2, 2, b""))
        file.append(b"\1\2\3\4")
        self.assertEqual(self.read(), (16000, 2, 2, b"\1\2\3\4"))
        file.append(b"\5\6\7\10" * 1000)
        self.assertEqual(self.read()[3], b"\1\2\3\4" + b"\5\6\7\10" * 1000)
        file.close()
        self.assertEqual(self.read()[3], b"\1\2\3\4" + b"\5\6\7\10" * 1000)

    def test_size_of_the_whole(self) -> None:
        """
        The outer size in the header is true too.
        """
        file = WavFile(self.path, 24000, 1)
        file.append(bytes(100))
        file.close()
        data = self.path.read_bytes()
        self.assertEqual(len(data), 144)
        self.assertEqual(int.from_bytes(data[4:8], "little"), len(data) - 8)
        self.assertEqual(data[:44], header(24000, 1, 100))

    def test_private(self) -> None:
        """
        What people say on the telephone is for the owner of the file alone.
        """
        WavFile(self.path, 8000, 1).close()
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o600)

    def test_not_overwritten(self) -> None:
        """
        A recording that is there already is not touched.
        """
        self.path.write_bytes(b"precious")
        self.assertRaises(FileExistsError, WavFile, self.path, 8000, 1)
        self.assertEqual(self.path.read_bytes(), b"precious")

    def test_limit(self) -> None:
        """
        A file that would grow beyond what its header can say is an error, and
        stays readable.
        """
        file = WavFile(self.path, 8000, 1)
        file.append(b"\1\2")

        class Long(bytes):
            def __len__(self) -> int:
                return MAX_DATA

        self.assertRaises(OSError, file.append, Long())
        file.close()
        self.assertEqual(self.read()[3], b"\1\2")
