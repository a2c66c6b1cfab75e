"""
Tests for L{acsgw.audio.prompt}.
"""

from __future__ import annotations

import wave
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acsgw.audio.prompt import MAX_SECONDS, Prompt, read_prompt
from acsgw.errors import AcsgwError


def write_wav(
    path: Path, pcm: bytes, *, rate: int = 16000, channels: int = 1, width: int = 2
) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(pcm)


class PromptTests(SynchronousTestCase):
    """
    Tests for L{read_prompt} and L{Prompt}.
    """

    def setUp(self) -> None:
        self.path = Path(self.mktemp())

    def problem(self) -> str:
        error = self.assertRaises(AcsgwError, read_prompt, self.path)
        self.assertIn(str(self.path), str(error))
        self.assertNotIn("\n", str(error))
        return str(error)

    def test_read(self) -> None:
        """
        A file of each rate is read.
        """
        for rate in (8000, 16000, 24000):
            write_wav(self.path, b"\1\2" * 100, rate=rate)
            self.assertEqual(read_prompt(self.path), Prompt(b"\1\2" * 100, rate))

    def test_converted(self) -> None:
        """
        It lasts as long at another rate, but for the converter's tail.
        """
        prompt = Prompt(bytes(2 * 8000), 8000).at(16000)
        self.assertEqual(prompt.rate, 16000)
        self.assertLess(abs(len(prompt.pcm) / 2 / 16000 - 1.0), 0.01)
        self.assertEqual(Prompt(b"\1\2", 16000).at(16000), Prompt(b"\1\2", 16000))

    def test_missing(self) -> None:
        """
        A file that is not there is told.
        """
        self.assertIn("No such file", self.problem())

    def test_not_wav(self) -> None:
        """
        So is what is no WAV file, or the beginning of one; the way out is told.
        """
        write_wav(self.path, b"\1\2" * 100)
        begun = self.path.read_bytes()[:30]
        for text in (b"", b"ID3 this is something else altogether", begun):
            self.path.write_bytes(text)
            self.assertIn("16 bit PCM, mono", self.problem())

    def test_other_shape(self) -> None:
        """
        Stereo, 8 bit and other rates are told as what they are.
        """
        for told, shape in (
            ("2 channels of 16 bit at 16000 Hz", {"channels": 2}),
            ("1 channels of 8 bit at 16000 Hz", {"width": 1}),
            ("1 channels of 16 bit at 44100 Hz", {"rate": 44100}),
        ):
            write_wav(self.path, bytes(400), **shape)
            self.assertIn(told, self.problem())

    def test_empty(self) -> None:
        """
        A file without sound is told.
        """
        write_wav(self.path, b"")
        self.assertIn("no sound", self.problem())

    def test_long(self) -> None:
        """
        A file that is longer than anybody would listen is told.
        """
        write_wav(self.path, bytes(2 * 8000 * MAX_SECONDS), rate=8000)
        read_prompt(self.path)
        write_wav(self.path, bytes(2 * 8000 * MAX_SECONDS + 2), rate=8000)
        self.assertIn("longer than 60 s", self.problem())
