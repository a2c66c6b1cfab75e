"""
Tests for L{acsgw.recording.wav}.
"""

from __future__ import annotations

import io
import wave

from twisted.trial.unittest import SynchronousTestCase

from acsgw.recording.wav import MAX_DATA, WavEncoder, WavShape, header, shape


def corrected(written: bytes, corrections: list[tuple[int, bytes]]) -> bytes:
    """
    @return: the file, when that has been written over it.
    """
    file = bytearray(written)
    for at, data in corrections:
        file[at : at + len(data)] = data
    return bytes(file)


class WavEncoderTests(SynchronousTestCase):
    """
    Tests for L{WavEncoder}.
    """

    def read(self, file: bytes) -> tuple[int, int, int, bytes]:
        """
        @return: rate, channels, sample width and samples, as the standard library
            sees them.
        """
        with wave.open(io.BytesIO(file)) as heard:
            return (
                heard.getframerate(),
                heard.getnchannels(),
                heard.getsampwidth(),
                heard.readframes(heard.getnframes()),
            )

    def test_readable_at_any_moment(self) -> None:
        """
        While it is written others can read it, from the first sample on.
        """
        encoder, file = WavEncoder(16000, 2), b""
        for samples in (b"\1\2\3\4", b"\5\6\7\10" * 1000):
            file += encoder.append(samples)
            file = corrected(file, encoder.corrections())
            self.assertEqual(self.read(file)[:3], (16000, 2, 2))
        self.assertEqual(encoder.finish(), b"")
        self.assertEqual(self.read(file)[3], b"\1\2\3\4" + b"\5\6\7\10" * 1000)

    def test_size_of_the_whole(self) -> None:
        """
        The outer size in the header is true too.
        """
        encoder = WavEncoder(24000, 1)
        file = corrected(encoder.append(bytes(100)), encoder.corrections())
        self.assertEqual(len(file), 144)
        self.assertEqual(int.from_bytes(file[4:8], "little"), len(file) - 8)
        self.assertEqual(file[:44], header(24000, 1, 100))

    def test_nothing_said(self) -> None:
        """
        A file without samples is one.
        """
        encoder = WavEncoder(8000, 1)
        file = corrected(encoder.finish(), encoder.corrections())
        self.assertEqual(self.read(file), (8000, 1, 2, b""))

    def test_front_to_back(self) -> None:
        """
        Where nothing can be corrected the sizes say that they are not known; sox and
        ffmpeg read on to the end then.
        """
        file = WavEncoder(8000, 1).append(b"\1\2")
        self.assertEqual(file[4:8] + file[40:44], b"\xff" * 8)

    def test_shape(self) -> None:
        """
        What a header says; others than ours say nothing.
        """
        self.assertEqual(shape(header(24000, 2, None) + b"x"), WavShape(24000, 2))
        for start in (b"", b"RIFF", bytes(44), header(0, 2, 0)):
            self.assertIsNone(shape(start))

    def test_limit(self) -> None:
        """
        A file that would grow beyond what its header can say is an error.
        """
        encoder = WavEncoder(8000, 1)
        file = encoder.append(b"\1\2")

        class Long(bytes):
            def __len__(self) -> int:
                return MAX_DATA

        self.assertRaises(OSError, encoder.append, Long())
        self.assertEqual(self.read(corrected(file, encoder.corrections()))[3], b"\1\2")
