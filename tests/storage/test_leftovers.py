"""
Tests for L{acsgw.storage.uploads}: recordings to be deleted, and those that cannot be
uploaded.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from acsgw.errors import StoreFailed
from acsgw.storage.spool import is_uploaded
from acsgw.storage.uploads import SCAN_SECONDS

from .world import WALL, UploadsTestCase, record


class DeletingTests(UploadsTestCase):
    """
    C{delete_after_upload}.
    """

    def test_deleted(self) -> None:
        """
        Nothing of an uploaded recording is left.
        """
        self.uploads = self.make(delete=True)
        self.record("c1")
        part = self.folder / "c1.flac.part"
        part.touch()
        self.start()
        self.assertEqual(len(self.store.objects), 2)
        self.assertEqual(self.files(), ["c1.flac.part"])

    def test_not_before(self) -> None:
        """
        What could not be uploaded as a whole stays.
        """
        self.uploads = self.make(delete=True)
        path = self.record("c1", sha256="0" * 64)
        self.start()
        self.assertEqual(self.files(), ["c1.json", "c1.wav"])
        self.assertTrue(self.uploads.keeps(path))

    def test_after_a_crash(self) -> None:
        """
        What a crash kept from being deleted is deleted at the next start; what another
        store has is none of ours.
        """
        self.start()
        for call_id in ("c1", "c2", "c3", "c4"):
            self.uploads.recording_finished(self.record(call_id))
        self.uploads.stopService()
        (self.folder / "c2.wav").unlink()
        (self.folder / "c3.uploaded").write_text('{"store": "another"}')
        (self.folder / "c4.uploaded").write_text("[]")
        self.uploads = self.make(delete=True)
        self.start()
        left = [name for name in self.files() if name.startswith(("c1", "c2"))]
        self.assertEqual(left, [])
        self.assertEqual(len(self.files()), 6)

    def test_cannot(self) -> None:
        """
        That it cannot be deleted is told once, and nothing is uploaded again.
        """
        self.uploads = self.make(delete=True)
        self.record("c1")
        sidecar = self.folder / "c1.json"

        def make_stubborn() -> None:
            if sidecar.is_file():
                sidecar.unlink()
                sidecar.mkdir()

        self.store.half_way = make_stubborn
        self.start()
        for _ in range(3):
            self.clock.advance(SCAN_SECONDS)
        self.assertEqual(len(self.store.puts), 2)
        self.assertEqual(len(self.told("cannot be deleted here")), 1)

    def test_what_lies_beside_it(self) -> None:
        """
        Only what was uploaded is deleted: not what somebody took out of its seal, and
        nothing elsewhere, whatever a marker says.
        """
        self.uploads = self.make(delete=True)
        self.record("c1", "wav.sealed")
        (self.folder / "c1.wav").write_text("out of its seal")
        other = self.folder.parent / "c2.wav"
        other.write_text("not ours")
        marker = '{"store": "archive", "file": "%s"}'
        (self.folder / "c2.uploaded").write_text(marker % "../c2.wav")
        (self.folder / "c3.uploaded").write_text(marker % "c1.wav")
        self.start()
        self.clock.advance(SCAN_SECONDS)
        self.assertEqual(list(self.urls), ["c1"])
        self.assertEqual(self.files(), ["c1.wav", "c2.uploaded", "c3.uploaded"])
        self.assertTrue(other.exists())


class OwnFaultTests(UploadsTestCase):
    """
    Recordings that cannot be uploaded as they are.
    """

    def test_bad_sidecars(self) -> None:
        """
        Without a good sidecar nobody knows whose it is: it stays, and that is told
        once, and counted.
        """
        bad: list[dict[str, Any]] = [
            *({"account": None}, {"started": "soon"}, {"bytes": "1"}, {"sha256": 1})
        ]
        for number, changes in enumerate(bad):
            self.record(f"bad{number}", **changes)
        (self.record("bad8").with_suffix(".json")).write_text("{")
        (self.record("bad9").with_suffix(".json")).unlink()
        self.record("good")
        self.start()
        self.clock.advance(SCAN_SECONDS)
        self.assertEqual(list(self.urls), ["good"])
        self.assertEqual(len(self.told("is not uploaded")), 6)
        [line] = self.told("bad9.wav")
        self.assertIn("there is no bad9.json beside it", line)
        self.assertEqual(self.number("acsgw_recordings_unreadable", None), 6)
        self.assertTrue(self.uploads.keeps(self.folder / "bad0.wav"))
        self.record("bad0")
        self.clock.advance(SCAN_SECONDS)
        self.assertIn("bad0", self.urls)
        self.assertEqual(self.number("acsgw_recordings_unreadable", None), 5)

    def test_out_of_its_seal(self) -> None:
        """
        What somebody took out of its seal beside it is no recording that waits.
        """
        self.record("c1", "wav.sealed")
        plain = self.folder / "c1.wav"
        plain.write_text("sound")
        self.store.problem = StoreFailed("503", lasting=False)
        self.start()
        self.assertEqual(self.number("acsgw_recordings_waiting"), 1)
        self.assertEqual(self.told("c1.wav "), [])
        self.assertFalse(self.uploads.keeps(plain))

    def test_gone(self) -> None:
        """
        What another process uploaded and deleted before it was looked at is not told
        of as if its sidecar were missing.
        """
        self.start()
        path = self.record("c1")
        path.unlink()
        path.with_suffix(".json").unlink()
        self.uploads.recording_finished(path)
        self.assertEqual(self.lines, [])
        self.assertEqual(self.number("acsgw_recordings_unreadable", None), 0)

    def test_links(self) -> None:
        """
        Nothing is uploaded that lies elsewhere, and nothing waits for who writes to a
        pipe.
        """
        for call_id, ext in (("c1", "wav"), ("c2", "json")):
            path = self.record(call_id).with_suffix(f".{ext}")
            path.rename(self.folder.parent / path.name)
            path.symlink_to(Path("..") / path.name)
        sidecar = self.record("c3").with_suffix(".json")
        sidecar.unlink()
        os.mkfifo(sidecar)
        self.start()
        self.assertEqual(self.store.puts, [])
        self.assertEqual(len(self.told("is not uploaded")), 3)

    def test_damaged(self) -> None:
        """
        What is not what was written is not passed off as the recording; the others
        need not wait for it.
        """
        self.record("c1", sha256="0" * 64)
        self.record("c2", bytes=5)
        self.record("c3")
        self.start()
        self.clock.pump([60] * 60)
        self.assertEqual(list(self.urls), ["c3"])
        self.assertEqual(len(self.told("SHA-256 is not what its sidecar says")), 1)
        self.assertEqual(len(self.told("its sidecar says 5")), 1)
        self.assertEqual(self.number("acsgw_recordings_waiting"), 2)

    def test_unreadable_folder(self) -> None:
        """
        A folder that cannot be read is told once, and looked into again.
        """
        self.folder.write_text("no folder")
        self.start()
        self.clock.pump([SCAN_SECONDS] * 3)
        self.assertEqual(len(self.told("cannot be read")), 1)
        self.folder.unlink()
        self.record("c1")
        self.clock.advance(SCAN_SECONDS)
        self.assertEqual(list(self.urls), ["c1"])

    def test_marker_of_anything(self) -> None:
        """
        Whoever deletes files may ask about any of a recording's.
        """
        folder = Path(self.mktemp())
        path = record(folder, "c1", "wav.sealed")
        self.assertFalse(is_uploaded(path))
        (folder / "c1.uploaded").touch()
        for name in ("c1.wav.sealed", "c1.json", "c1.uploaded"):
            self.assertTrue(is_uploaded(folder / name))
        self.assertFalse(is_uploaded(folder / "c2.wav"))


class BeginningNotKnownTests(UploadsTestCase):
    """
    Repaired recordings that do not know whose they are.
    """

    def lost(self, call_id: str = "c1") -> Path:
        path = self.record(call_id, account="", started="", repaired=True)
        os.utime(path, (WALL, WALL))
        return path

    def test_one_account(self) -> None:
        """
        If there is one account it is that one's; what is in the sidecar stays.
        """
        self.uploads = self.make(accounts=("main",))
        sidecar = self.lost().with_suffix(".json").read_bytes()
        self.start()
        self.assertEqual(
            self.store.puts, ["main/2027-01-15/c1.wav", "main/2027-01-15/c1.json"]
        )
        self.assertEqual(self.store.objects[self.store.puts[1]].content, sidecar)
        self.assertNotIn("account", self.store.objects[self.store.puts[0]].metadata)

    def test_one_store(self) -> None:
        """
        If all recordings go to one place, so does this one.
        """
        self.lost()
        self.start()
        self.assertEqual(self.store.puts[0], "unknown/2027-01-15/c1.wav")
        self.assertEqual(self.lines[-1][:24], "call c1: recording uploa")

    def test_it_depends(self) -> None:
        """
        Else it stays, and what to do is told once; when somebody has said whose it is,
        it is uploaded.
        """
        self.uploads = self.make(by_store={"archive": ("main",)})
        path = self.lost()
        self.start()
        self.clock.advance(SCAN_SECONDS)
        [line] = self.told("is not uploaded")
        self.assertIn('say whose: "account" in c1.json', line)
        self.assertEqual(self.number("acsgw_recordings_unreadable", None), 1)
        self.assertTrue(self.uploads.keeps(path))
        sidecar = path.with_suffix(".json")
        told = json.loads(sidecar.read_text())
        sidecar.write_text(json.dumps({**told, "account": "main"}))
        self.clock.advance(SCAN_SECONDS)
        self.assertEqual(self.store.puts[0], "main/2027-01-15/c1.wav")
        self.assertEqual(self.number("acsgw_recordings_unreadable", None), 0)
