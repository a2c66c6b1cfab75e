"""
Tests for L{acsgw.recording.mending}: what a process that died has left.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from pathlib import Path

from acsgw.keys.file_ring import FileKeyRing
from acsgw.recording import flac_frames
from acsgw.recording.decrypting import decrypt
from acsgw.recording.flac import can_write_flac
from acsgw.recording.mending import DIED, NoRecording, leftovers, mend
from acsgw.recording.sidecar import Sidecar

from .world import FRAME, NOW, RATE, RING, RecordingTestCase

SECOND = 4 * RATE


class MendingTestCase(RecordingTestCase):
    """
    A recording of 5 seconds and more whose writer has died.
    """

    def die(self, seconds: int = 5) -> Path:
        """
        @return: the folder as the dead process left it.
        """
        shutil.rmtree(self.folder, ignore_errors=True)
        recorder = self.record()
        self.talk(recorder, 0, seconds * 50 + 51)
        left = Path(self.mktemp())
        shutil.copytree(self.folder, left)
        self.successResultOf(recorder.finish(seconds * RATE))
        return left

    def mend(
        self, folder: Path, ring: FileKeyRing | None = None, now: float = NOW
    ) -> list[Sidecar]:
        return [
            told
            for part in leftovers(folder)
            for told in mend(part, ring, now)
            if isinstance(told, Sidecar)
        ]

    def names(self, folder: Path) -> list[str]:
        return sorted(path.name for path in folder.iterdir())


class WavMendingTests(MendingTestCase):
    """
    Tests for L{mend} of WAV files.
    """

    def test_finished_one_is_there(self) -> None:
        """
        A finished recording is not lost to what has the same name.
        """
        folder = self.die()
        (folder / "c1.wav").write_text("finished")
        with self.assertRaises(FileExistsError):
            self.mend(folder)
        self.assertEqual((folder / "c1.wav").read_text(), "finished")

    def test_links(self) -> None:
        """
        What a link points to is neither cut nor published.
        """
        folder = self.die()
        part = folder / "c1.wav.part"
        elsewhere = part.rename(folder / "elsewhere")
        part.symlink_to(elsewhere.name)
        before = elsewhere.read_bytes()
        with self.assertRaises(OSError):
            self.mend(folder)
        self.assertTrue(elsewhere.read_bytes() == before)

    def test_nonsense_beside_it(self) -> None:
        """
        Whatever is written where its beginning was noted, it is finished.
        """
        told = '{"account": "a", "started": "", "rate": Infinity}'
        for nonsense in (told, "[" * 200_000):
            folder = self.die()
            (folder / "c1.json.part").write_text(nonsense)
            (sidecar,) = self.mend(folder)
            self.assertEqual((sidecar.account, sidecar.rate), ("", RATE))

    def test_mended(self) -> None:
        """
        It is finished, with all that is known of it beside it.
        """
        folder = self.die()
        self.assertEqual(self.names(folder), ["c1.json.part", "c1.wav.part"])
        (told,) = self.mend(folder)
        self.assertEqual(self.names(folder), ["c1.json", "c1.wav"])
        data = (folder / "c1.wav").read_bytes()
        beside = json.loads((folder / "c1.json").read_text("utf-8"))
        self.assertEqual(beside["sha256"], hashlib.sha256(data).hexdigest())
        self.assertEqual(beside["bytes"], len(data))
        self.assertEqual(beside["started"], "2026-01-02T03:04:05.000Z")
        self.assertEqual((beside["account"], beside["rate"]), ("main", RATE))
        self.assertEqual((beside["repaired"], beside["pauses"]), (True, None))
        self.assertEqual(beside["problem"], DIED)
        self.assertEqual(told.seconds, 5.0)
        left, _ = self.read(folder / "c1.wav")
        self.assertTrue(left == list(range(250)))

    def test_half_a_block(self) -> None:
        """
        A block that was being written is cut to whole samples, and the header set to
        what is there.
        """
        folder = self.die()
        with (folder / "c1.wav.part").open("ab") as file:
            file.write(b"\1\0\2\0" * FRAME + b"\1\0\2")
        (told,) = self.mend(folder)
        self.assertEqual(told.seconds, 5.02)
        self.assertEqual(
            (folder / "c1.wav").stat().st_size, 44 + 5 * SECOND + 4 * FRAME
        )
        left, _ = self.read(folder / "c1.wav")
        self.assertEqual(len(left), 251)

    def test_no_sound(self) -> None:
        """
        What has no sound in it is removed.
        """
        for size in (1, 44, 46):
            folder = self.die()
            os.truncate(folder / "c1.wav.part", size)
            self.assertEqual(self.mend(folder), [])
            self.assertEqual(self.names(folder), [])

    def test_nothing_known(self) -> None:
        """
        It is finished too if what was known of it is lost.
        """
        folder = self.die()
        for spoiled in ("{", '{"account": 1}', None):
            again = Path(self.mktemp())
            shutil.copytree(folder, again)
            known = again / "c1.json.part"
            known.unlink() if spoiled is None else known.write_text(spoiled)
            (told,) = self.mend(again)
            self.assertEqual((told.account, told.started), ("", ""))
            self.assertEqual(told.rate, RATE)
            self.assertEqual(self.names(again), ["c1.json", "c1.wav"])

    def test_still_written(self) -> None:
        """
        A recording that somebody writes is left alone: two processes may share a
        folder.
        """
        recorder = self.record()
        self.talk(recorder, 0, 200)
        self.assertEqual(self.mend(self.folder), [])
        self.assertEqual(self.mend(self.folder, now=NOW * 2), [])
        self.assertEqual(self.names(self.folder), ["c1.json.part", "c1.wav.part"])
        result = self.successResultOf(recorder.finish(200 * FRAME))
        self.assertIsNone(result.problem)

    def test_just_made(self) -> None:
        """
        A file that is just made, and not locked yet, is left alone; an empty one that
        is old is removed.
        """
        self.folder.mkdir(parents=True)
        part = self.folder / "c2.wav.part"
        part.touch()
        made = part.stat().st_mtime
        self.assertEqual(self.mend(self.folder, now=made + 60), [])
        self.assertTrue(part.exists())
        self.assertEqual(self.mend(self.folder, now=made + 3600), [])
        self.assertFalse(part.exists())

    def test_no_locks(self) -> None:
        """
        Where the file system has no locks, one that nobody has written to for long is
        finished, and no other.
        """

        def flock(fd: int, operation: int) -> None:
            raise OSError(38, "Function not implemented")

        folder = self.die()
        self.patch(fcntl, "flock", flock)
        written = (folder / "c1.wav.part").stat().st_mtime
        self.assertEqual(self.mend(folder, now=written + 60), [])
        self.assertEqual(len(self.mend(folder, now=written + 3600)), 1)

    def test_files_of_others(self) -> None:
        """
        Files that are not ours are left alone.
        """
        self.folder.mkdir(parents=True)
        for name in ("a.mp3.part", "wav.part", "a.txt", ".wav.part"):
            (self.folder / name).write_text("x")
        self.assertEqual(self.mend(self.folder, now=NOW * 2), [])
        self.assertEqual(len(self.names(self.folder)), 4)

    def test_other_content(self) -> None:
        """
        A file with a name of ours, but not what we write, is complained of and left as
        it is.
        """
        for name in ("a.wav.part", "a.flac.part", "a.wav.sealed.part"):
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            (self.folder / name).write_text("something else" * 1000)
            error = self.assertRaises(NoRecording, self.mend, self.folder, None)
            self.assertIn(name, str(error))
            self.assertEqual(self.names(self.folder), [name])


class SealedMendingTests(MendingTestCase):
    """
    Tests for L{mend} of sealed WAV files.
    """

    sealed = True

    def check_cut_off(self, folder: Path, seconds: float | None) -> None:
        (told,) = self.mend(folder)
        self.assertEqual((told.file, told.sealed), ("c1.wav.sealed", True))
        self.assertEqual((told.rate, told.seconds), (RATE, seconds))
        out = folder / "out.wav"
        got = decrypt(folder / "c1.wav.sealed", out, RING)
        self.assertEqual(len(got.problems), 1)
        self.assertIn("the end is missing", got.problems[0])
        self.assertAlmostEqual(got.seconds, seconds or 0, 3)

    def test_mended(self) -> None:
        """
        It is cut to its last whole chunk, for which no key is needed, and can be seen
        to be cut off.
        """
        folder = self.die()
        self.check_cut_off(folder, round((4 * 65536 - 44) / SECOND, 3))

    def test_half_a_chunk(self) -> None:
        """
        A chunk that was being written is cut off.
        """
        folder = self.die()
        with (folder / "c1.wav.sealed.part").open("ab") as file:
            file.write(bytes(1000))
        self.check_cut_off(folder, round((4 * 65536 - 44) / SECOND, 3))

    def test_complete(self) -> None:
        """
        One that was complete, but had not its name yet, is kept whole if the key is
        there to know.
        """
        recorder = self.record()
        self.talk(recorder, 0, 301)
        self.successResultOf(recorder.finish(300 * FRAME))
        done = self.folder / "c1.wav.sealed"
        # The JSON file beside it has its final name first.
        done.rename(self.folder / "c1.wav.sealed.part")
        (told,) = self.mend(self.folder, RING)
        self.assertEqual(told.bytes, done.stat().st_size)
        self.assertEqual((told.account, told.rate), ("main", RATE))
        got = decrypt(done, self.folder / "out.wav", RING)
        self.assertEqual((got.problems, got.seconds), ((), 6.0))

    def test_nothing_whole(self) -> None:
        """
        Without a whole chunk there is nothing to be kept; nor if the header is torn.
        """
        for size in (30, 60, 1000):
            folder = self.die()
            os.truncate(folder / "c1.wav.sealed.part", size)
            self.assertEqual(self.mend(folder), [])
            self.assertEqual(self.names(folder), [])


class FlacMendingTests(MendingTestCase):
    """
    Tests for L{mend} of FLAC files.
    """

    if not can_write_flac():
        skip = "soundfile is not installed"

    format = "flac"

    def decoded(self, path: Path) -> list[int]:
        import soundfile

        with soundfile.SoundFile(path) as file:
            samples = file.read(dtype="int16")
            self.assertEqual((file.samplerate, file.frames), (RATE, len(samples)))
        return [int(sample) for sample in samples[:, 0]]

    def expected(self, samples: int) -> list[int]:
        return [at // FRAME for at in range(samples)]

    def test_mended(self) -> None:
        """
        It is cut to whole frames, and says how long it is.
        """
        folder = self.die()
        (told,) = self.mend(folder)
        heard = self.decoded(folder / "c1.flac")
        self.assertGreater(len(heard), 4 * RATE)
        self.assertTrue(heard == self.expected(len(heard)))
        self.assertEqual(told.seconds, round(len(heard) / RATE, 3))

    def test_cut_anywhere(self) -> None:
        """
        Wherever it was cut, and with whatever zeros a file system leaves after it, all
        whole frames are there and nothing else.
        """
        folder = self.die()
        whole = (folder / "c1.flac.part").read_bytes()
        info = flac_frames.stream_info(whole)
        assert info is not None
        before = len(whole)
        lengths = []
        for cut in range(len(whole), info.audio_at, -611):
            again = Path(self.mktemp())
            again.mkdir()
            spoiled = whole[:cut] + bytes(cut % 3 * 5000)
            (again / "c1.flac.part").write_bytes(spoiled)
            told = self.mend(again)
            if not told:
                self.assertLess(cut, info.audio_at + 5000)
                continue
            heard = self.decoded(again / "c1.flac")
            self.assertEqual(len(heard) % info.block, 0)
            self.assertTrue(heard == self.expected(len(heard)))
            lengths.append(len(heard))
        self.assertEqual(lengths, sorted(lengths, reverse=True))
        self.assertGreater(len(set(lengths)), before // 5000)

    def test_complete(self) -> None:
        """
        One that was complete, but had not its name yet, stays as it is.
        """
        recorder = self.record()
        self.talk(recorder, 0, 301)
        self.successResultOf(recorder.finish(300 * FRAME))
        done = self.folder / "c1.flac"
        before = done.read_bytes()
        done.rename(self.folder / "c1.flac.part")
        (told,) = self.mend(self.folder)
        self.assertEqual(told.seconds, 6.0)
        self.assertTrue(done.read_bytes() == before)

    def test_no_frame(self) -> None:
        """
        What has no whole frame in it is removed.
        """
        for size in (4, 50, 100):
            folder = self.die()
            os.truncate(folder / "c1.flac.part", size)
            self.assertEqual(self.mend(folder), [])
            self.assertEqual(self.names(folder), [])
