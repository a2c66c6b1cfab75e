"""
Tests for L{acsgw.recording.decrypting}.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from acsgw.interfaces import SigningKey
from acsgw.keys.file_ring import FileKeyRing
from acsgw.recording.decrypting import Decrypted, decrypt
from acsgw.recording.flac import can_write_flac
from acsgw.recording.flac_frames import stream_info
from acsgw.recording.sealed import (
    CHUNK_BYTES,
    TAG_BYTES,
    Sealer,
    Unsealable,
    parse_header,
)
from acsgw.recording.wav import WavEncoder

from .world import FRAME, KEY, RATE, RING, RecordingTestCase

CHUNK = CHUNK_BYTES + TAG_BYTES


class DecryptTests(RecordingTestCase):
    """
    Tests for L{decrypt}, with a recording of 6 seconds: six chunks.
    """

    sealed = True

    def setUp(self) -> None:
        super().setUp()
        recorder = self.record()
        self.talk(recorder, 0, 301)
        result = self.successResultOf(recorder.finish(300 * FRAME))
        self.source = Path(result.path)
        self.file = self.source.read_bytes()
        self.start = len(parse_header(self.file).raw)
        self.out = self.folder / "out.wav"

    def decrypt(self, file: bytes) -> Decrypted:
        self.source.write_bytes(file)
        return decrypt(self.source, self.out, RING)

    def test_whole(self) -> None:
        """
        It comes out as it would have been without a seal, readable by its owner only.
        """
        self.assertNotIn(b"RIFF", self.file)
        self.assertEqual(self.decrypt(self.file), Decrypted(6.0, ()))
        left, right = self.read(self.out)
        self.assertTrue(left == list(range(300)))
        self.assertTrue(right == [-number for number in range(300)])
        self.assertEqual(self.out.stat().st_mode & 0o777, 0o600)

    def test_cut_off(self) -> None:
        """
        If the end is missing that is said, and what is there can be heard.
        """
        for size, chunks in ((3 * CHUNK, 3), (3 * CHUNK + 500, 3), (CHUNK, 1)):
            self.out.unlink(missing_ok=True)
            told = self.decrypt(self.file[: self.start + size])
            self.assertEqual(len(told.problems), 2 if size % CHUNK else 1)
            self.assertIn("the end is missing", told.problems[0])
            self.assertAlmostEqual(told.seconds, (chunks * CHUNK_BYTES - 44) / 64000, 3)
            self.assertEqual(self.out.stat().st_size, chunks * CHUNK_BYTES)

    def test_damaged(self) -> None:
        """
        A damaged chunk is silent, and all the others are where they belong.
        """
        file = bytearray(self.file)
        file[self.start + 2 * CHUNK + 77] ^= 1
        told = self.decrypt(bytes(file))
        self.assertEqual(told.seconds, 6.0)
        (problem,) = told.problems
        self.assertIn("1 of 6 chunks is damaged, the first is number 3", problem)
        data = self.out.read_bytes()
        self.assertEqual(data[2 * CHUNK_BYTES : 3 * CHUNK_BYTES], bytes(CHUNK_BYTES))
        self.assertEqual(data[-4:], b"\x2b\x01\xd5\xfe")  # 299 and -299

    def test_swapped(self) -> None:
        """
        Chunks that were put in another order are damaged ones.
        """
        start, one = self.start, CHUNK
        body = self.file[start:]
        swapped = self.file[:start] + body[one : 2 * one] + body[:one] + body[2 * one :]
        (problem,) = self.decrypt(swapped).problems
        self.assertIn("2 of 6 chunks are damaged", problem)

    def test_more_after_it(self) -> None:
        """
        What follows after the end is not taken for a part of it.
        """
        sealer = Sealer(KEY, "wav", bytes(32))
        sound = WavEncoder(16000, 2).append(bytes(2 * CHUNK_BYTES - 44))
        whole = sealer.append(sound) + sealer.finish()
        self.assertEqual(self.decrypt(whole).problems, ())
        self.out.unlink()
        (problem,) = self.decrypt(whole + b"more").problems
        self.assertIn("follow after its end", problem)
        self.assertEqual(self.out.stat().st_size, 2 * CHUNK_BYTES)

    def test_disk_full(self) -> None:
        """
        A recording that a full disk has ended has no last chunk; all that was written
        can be heard.
        """
        shutil.rmtree(self.folder)
        recorder = self.record()
        self.talk(recorder, 0, 200)
        self.disk.slow = True
        self.talk(recorder, 200, 400)
        self.disk.catch_up_within(200_000)
        self.disk.slow = False
        result = self.successResultOf(recorder.finish(400 * FRAME))
        self.assertIn("File too large", result.problem or "")
        told = decrypt(self.source, self.out, RING)
        self.assertAlmostEqual(told.seconds, result.seconds, 3)
        self.assertIn("the end is missing", told.problems[0])
        left, _ = self.read(self.out.rename(self.folder / "c.wav"), whole=False)
        self.assertGreater(len(left), 100)
        self.assertTrue(left == list(range(len(left))))

    def test_nothing_to_save(self) -> None:
        """
        If nothing can be opened the reason is told, and there is no file.
        """
        other = FileKeyRing(SigningKey("k1", b"2" * 32), {})
        same_name = FileKeyRing(other.current(), {"k1": other.current()})
        error = self.assertRaises(Unsealable, decrypt, self.source, self.out, same_name)
        self.assertIn("nothing of it can be opened with the key 'k1'", str(error))
        error = self.assertRaises(Unsealable, decrypt, self.source, self.out, other)
        self.assertIn("sealed with the key 'k1', which is not among", str(error))
        for file, said in (
            (self.file[: self.start], "nothing in it"),
            (self.file[:20], "cut off"),
            (b"RIFF" * 100, "not a sealed recording"),
            (b"", "not a sealed recording"),
        ):
            error = self.assertRaises(Unsealable, self.decrypt, file)
            self.assertIn(said, str(error))
        self.assertFalse(self.out.exists())

    def test_not_overwritten(self) -> None:
        """
        A file that is there is not touched.
        """
        self.out.write_text("precious")
        self.assertRaises(FileExistsError, self.decrypt, self.file)
        self.assertEqual(self.out.read_text(), "precious")


class FlacDecryptTests(RecordingTestCase):
    """
    Tests for L{decrypt} of FLAC.
    """

    if not can_write_flac():
        skip = "soundfile is not installed"

    sealed = True
    format = "flac"

    def test_whole(self) -> None:
        """
        Its length stands in the header again, which could not be written to it before.
        """
        recorder = self.record()
        self.talk(recorder, 0, 301)
        result = self.successResultOf(recorder.finish(300 * FRAME))
        self.assertTrue(result.path.endswith("c1.flac.sealed"))
        out = self.folder / "out"
        self.assertEqual(decrypt(Path(result.path), out, RING), Decrypted(6.0, ()))
        info = stream_info(out.read_bytes())
        assert info is not None
        self.assertEqual(info.samples, 300 * FRAME)


class FullDiskFlacTests(RecordingTestCase):
    """
    A full disk, and FLAC.
    """

    if not can_write_flac():
        skip = "soundfile is not installed"

    format = "flac"

    def test_cut_to_what_is_whole(self) -> None:
        """
        It has the frames that were written, and says how many.
        """
        recorder = self.record()
        self.talk(recorder, 0, 200)
        size = (self.folder / "c1.flac.part").stat().st_size
        self.disk.slow = True
        self.talk(recorder, 200, 400)
        self.disk.catch_up_within(size + 100)
        self.disk.slow = False
        result = self.successResultOf(recorder.finish(400 * FRAME))
        self.assertIn("File too large", result.problem or "")
        info = stream_info(Path(result.path).read_bytes())
        assert info is not None
        self.assertEqual(result.seconds, info.samples / RATE)
        self.assertGreater(result.seconds, 1.5)
