"""
Tests for L{acsgw.recording.flac} and L{acsgw.recording.flac_frames}.
"""

from __future__ import annotations

from io import BytesIO

import numpy as np
from hypothesis import given, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acsgw.recording.flac import FlacEncoder, can_write_flac
from acsgw.recording.flac_frames import crc8, crc16, last_whole_frame, stream_info

from .test_wav import corrected


class FlacEncoderTests(SynchronousTestCase):
    """
    Tests for L{FlacEncoder}.
    """

    if not can_write_flac():
        skip = "soundfile is not installed"

    def decoded(self, file: bytes) -> tuple[int, bytes]:
        import soundfile

        with soundfile.SoundFile(BytesIO(file)) as heard:
            samples = heard.read(dtype="int16")
            return heard.samplerate, samples.tobytes()

    def test_lossless(self) -> None:
        """
        What comes out is what went in; it is read again by libFLAC, and its length and
        MD5 sum are in the header.
        """
        noise = np.random.default_rng(1).integers(-9000, 9000, (24000, 2), "<i2")
        for rate in (16000, 24000):
            encoder, file = FlacEncoder(rate, 2), b""
            for part in np.array_split(noise, 3):
                file += encoder.append(part.tobytes())
                self.assertEqual(encoder.corrections(), [])
            file += encoder.finish()
            file = corrected(file, encoder.corrections())
            self.assertTrue(self.decoded(file) == (rate, noise.tobytes()))
            info = stream_info(file)
            assert info is not None
            self.assertEqual((info.rate, info.samples), (rate, 24000))
            self.assertNotEqual(file[26:42], bytes(16))
            self.assertEqual(
                last_whole_frame(file[info.audio_at :], info.block),
                (len(file) - info.audio_at, 24000),
            )

    def test_nothing_said(self) -> None:
        """
        A file without samples is no error.
        """
        FlacEncoder(16000, 2).finish()

    def test_long(self) -> None:
        """
        Numbers of frames that take several bytes are understood.
        """
        encoder = FlacEncoder(16000, 2)
        file = encoder.append(bytes(4 * 16000 * 60 * 5)) + encoder.finish()
        info = stream_info(file)
        assert info is not None
        found = last_whole_frame(file[-2000:], info.block)
        self.assertEqual(found, (2000, 16000 * 60 * 5))


class FlacFramesTests(SynchronousTestCase):
    """
    Tests for what reads FLAC.
    """

    def test_sums(self) -> None:
        """
        The check values of the catalogue of CRC algorithms: CRC-8/SMBUS and
        CRC-16/UMTS.
        """
        self.assertEqual(crc8(b"123456789"), 0xF4)
        self.assertEqual(crc16(b"123456789"), 0xFEE8)

    @given(st.binary(max_size=200))
    def test_nonsense(self, data: bytes) -> None:
        """
        Whatever stands there, nothing is raised.
        """
        stream_info(data)
        stream_info(b"fLaC" + data)
        for start in (b"", b"\xff\xf8\xc9", b"\xff\xf8\x79\x18\xff"):
            last_whole_frame(start + data, 4096)
