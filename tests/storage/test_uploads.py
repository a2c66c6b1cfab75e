"""
Tests for L{acsgw.storage.uploads} and what it is made of.
"""

from __future__ import annotations

import fcntl
import json

from acsgw.storage.spool import Spool, is_uploaded
from acsgw.storage.uploads import SCAN_SECONDS
from acsgw.testing.memory_store import MemoryStore

from .world import UploadsTestCase

OBJECT = "main/2027-01-15/c1.wav"


class UploadsTests(UploadsTestCase):
    """
    Every recording gets to its store, once.
    """

    def test_told(self) -> None:
        """
        A finished recording is uploaded when it is told of: with its facts, and then
        its sidecar.
        """
        self.start()
        path = self.record("c1")
        content, sidecar = path.read_bytes(), path.with_suffix(".json").read_bytes()
        self.assertFalse(is_uploaded(path))
        self.uploads.recording_finished(path)
        self.assertEqual(
            self.store.puts, ["main/2027-01-15/c1.wav", "main/2027-01-15/c1.json"]
        )
        found = self.store.objects[OBJECT]
        self.assertEqual((found.content, found.content_type), (content, "audio/wav"))
        self.assertEqual(
            found.metadata,
            {
                "callid": "c1",
                "account": "main",
                "started": "2027-01-15T08:00:00+00:00",
                "seconds": "12.5",
                "sha256": json.loads(sidecar)["sha256"],
            },
        )
        self.assertEqual(self.store.objects["main/2027-01-15/c1.json"].content, sidecar)
        self.assertEqual(self.urls, {"c1": f"memory:recordings/{OBJECT}"})
        self.assertTrue(is_uploaded(path))
        self.assertEqual(self.files(), ["c1.json", "c1.uploaded", "c1.wav"])
        self.assertEqual(self.number("acsgw_recordings_uploaded_total"), 1)
        self.assertEqual(self.number("acsgw_recordings_waiting"), 0)

    def test_found(self) -> None:
        """
        What lies there at the start is uploaded, the oldest first, whatever its
        format; and later whatever nobody told of.
        """
        self.record("c1", "flac.sealed")
        self.record("c2", "flac")
        self.start()
        self.assertEqual(
            [name for name in self.store.puts if not name.endswith("json")],
            ["main/2027-01-15/c1.flac.sealed", "main/2027-01-15/c2.flac"],
        )
        self.record("c3")
        self.clock.advance(SCAN_SECONDS - 1)
        self.assertEqual(len(self.urls), 2)
        self.clock.advance(1)
        self.assertEqual(sorted(self.urls), ["c1", "c2", "c3"])

    def test_unfinished(self) -> None:
        """
        Files that are not finished recordings are left alone.
        """
        self.folder.mkdir()
        for name in ("c1.wav.part", "c1.json", "notes.txt", ".wav", "c2.uploaded"):
            (self.folder / name).write_text("{}")
        before = self.files()
        self.start()
        self.clock.advance(SCAN_SECONDS)
        self.assertEqual((self.files(), self.store.puts), (before, []))

    def test_no_folder(self) -> None:
        """
        Before the first recording there may be no folder.
        """
        self.start()
        self.record("c1")
        self.clock.advance(SCAN_SECONDS)
        self.assertEqual(list(self.urls), ["c1"])

    def test_restart(self) -> None:
        """
        The next process does not upload again.
        """
        self.record("c1")
        self.start()
        self.uploads.stopService()
        self.assertEqual(Spool(self.folder).waiting(), [])
        self.uploads = self.make()
        self.start()
        self.assertEqual(len(self.store.puts), 2)

    def test_stopped_while_looking(self) -> None:
        """
        What is found after the end is left for the next process.
        """
        self.record("c1")
        self.threads.at_once = False
        self.start()
        stopped = self.uploads.stopService()
        self.threads.step()
        self.assertIsNone(self.successResultOf(stopped))
        self.assertEqual(self.threads.works, [])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_crash(self) -> None:
        """
        An upload that a crash cut short is begun again, and makes the same objects.
        """
        self.record("c1")

        def crash() -> None:
            raise MemoryError

        self.store.half_way = crash
        self.start()
        self.assertEqual(self.store.objects, {})
        self.flushLoggedErrors(MemoryError)
        self.store.half_way = lambda: None
        self.uploads.stopService()
        self.uploads = self.make()
        self.start()
        self.assertEqual(len(self.store.objects), 2)
        (self.folder / "c1.uploaded").unlink()
        before = dict(self.store.objects)
        self.clock.advance(SCAN_SECONDS)
        self.assertEqual(len(self.store.puts), 4)
        self.assertEqual(self.store.objects, before)

    def test_another_process(self) -> None:
        """
        What another process uploads just now is left to it; if that fails, it is
        found again.
        """
        path = self.record("c1")
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.start()
            self.uploads.recording_finished(path)
            self.assertEqual(self.store.puts, [])
            self.assertEqual(self.number("acsgw_upload_failures_total"), None)
        self.clock.advance(SCAN_SECONDS)
        self.assertEqual(list(self.urls), ["c1"])

    def test_two_processes(self) -> None:
        """
        Two that share a folder do not upload a recording twice, even if both know of
        it.
        """
        self.threads.at_once = False
        path = self.record("c1")
        self.start()
        first, self.uploads = self.uploads, self.make()
        self.addCleanup(first.stopService)
        self.start()
        for uploads in (first, self.uploads):
            uploads.recording_finished(path)
        while self.threads.works:
            self.threads.step()
        self.assertEqual(len(self.store.puts), 2)

    def test_vanished(self) -> None:
        """
        A recording that somebody deletes is no longer waited for.
        """
        self.threads.at_once = False
        path = self.record("c1")
        self.start()
        self.threads.step()
        self.assertEqual(self.number("acsgw_recordings_waiting"), 1)
        path.unlink()
        self.threads.at_once = True
        self.threads.step()
        self.assertEqual(self.number("acsgw_recordings_waiting"), 0)
        self.assertEqual((self.store.puts, self.urls), ([], {}))

    def test_stores_of_accounts(self) -> None:
        """
        Each account's recordings go to its store; those of an account without one
        stay where they are.
        """
        self.stores["second"] = MemoryStore("memory:second")
        by_store = {"archive": ("main",), "second": ("other",)}
        self.uploads = self.make(
            accounts=("main", "other", "third"),
            by_store=by_store,
            pattern="{call_id}.{ext}",
        )
        names = ("main", "other", "third")
        paths = [self.record(f"c-{name}", account=name) for name in names]
        self.assertEqual([self.uploads.keeps(path) for path in paths], [1, 1, 0])
        self.start()
        self.assertEqual(self.store.puts, ["c-main.wav", "c-main.json"])
        self.assertEqual(self.stores["second"].puts, ["c-other.wav", "c-other.json"])
        self.assertEqual([self.uploads.keeps(path) for path in paths], [0, 0, 0])
        self.assertEqual(self.number("acsgw_recordings_uploaded_total", "second"), 1)
