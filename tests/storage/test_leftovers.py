"""
Tests for L{acsgw.storage.uploads}: recordings to be deleted, and those that cannot be
uploaded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from acsgw.storage.spool import is_uploaded
from acsgw.storage.uploads import SCAN_SECONDS

from .world import UploadsTestCase, record


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
        stubborn = self.folder / "c1.flac"
        (stubborn / "x").mkdir(parents=True)
        self.start()
        for _ in range(3):
            self.clock.advance(SCAN_SECONDS)
        self.assertEqual(len(self.store.puts), 2)
        self.assertEqual(len(self.told("cannot be deleted here")), 1)


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
