"""
Tests for L{acsgw.recording.keeper} and L{acsgw.recording.retention}.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from twisted.internet.task import Clock

from acsgw.recording.keeper import EVERY_SECONDS, RecordingKeeper

from .world import FRAME, NOW, RecordingTestCase

DAY = 86400


class RecordingKeeperTests(RecordingTestCase):
    """
    Tests for L{RecordingKeeper}.
    """

    def setUp(self) -> None:
        super().setUp()
        self.clock = Clock()
        self.wanted: set[str] = set()
        self.folder.mkdir(parents=True)

    def keep(self, days: float) -> RecordingKeeper:
        keeper = self.studio().keeper(days, self.may_go, self.clock)
        keeper.startService()
        self.addCleanup(lambda: keeper.running and keeper.stopService())
        return keeper

    def may_go(self, path: Path) -> bool:
        return path.name not in self.wanted

    def put(
        self, call: str, days_old: float, name: str = "", beside: bool = True
    ) -> None:
        """
        A recording that was finished so many days ago.
        """
        path = self.folder / (name or f"{call}.wav")
        path.write_text("sound" * 1000)
        os.utime(path, (NOW - days_old * DAY,) * 2)
        if beside:
            (self.folder / f"{call}.json").write_text("{}")

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def test_old_ones_are_deleted(self) -> None:
        """
        At the start recordings that are too old go, with what is beside them; others
        stay.
        """
        self.put("old", 31)
        self.put("sealed", 31, "sealed.flac.sealed")
        self.put("young", 29)
        self.keep(30)
        self.assertEqual(self.names(), ["young.json", "young.wav"])
        self.assertEqual(self.became, ["deleted", "deleted"])

    def test_somebody_waits(self) -> None:
        """
        One that somebody waits for stays until it may go; then the marker of its
        upload goes with it.
        """
        self.put("old", 31)
        self.wanted.add("old.wav")
        self.keep(30)
        self.assertEqual(self.names(), ["old.json", "old.wav"])
        (self.folder / "old.uploaded").touch()
        self.wanted.clear()
        self.clock.advance(EVERY_SECONDS)
        self.assertEqual(self.names(), [])

    def test_one_cannot_be_deleted(self) -> None:
        """
        One that cannot be deleted does not keep the others.
        """
        for call, days in (("older", 33), ("old", 32)):
            self.put(call, days)
        (self.folder / "older.uploaded").mkdir()
        self.keep(30)
        self.assertEqual(self.names(), ["older.uploaded"])

    def test_out_of_its_seal(self) -> None:
        """
        What somebody took out of its seal beside a recording is his, and the sidecar is
        not that of his file.
        """
        self.put("c1", 29, "c1.wav.sealed")
        (self.folder / "c1.json").write_text('{"file": "c1.wav.sealed"}')
        self.put("c1", 31, "c1.wav", beside=False)
        before = self.names()
        self.keep(30)
        self.assertEqual(self.names(), before)

    def test_every_hour(self) -> None:
        """
        It looks again every hour, until it is stopped.
        """
        keeper = self.keep(30)
        self.put("old", 31)
        self.clock.advance(EVERY_SECONDS)
        self.assertEqual(self.names(), [])
        keeper.stopService()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_for_ever(self) -> None:
        """
        Without a number of days nothing is deleted.
        """
        self.put("old", 10_000)
        self.keep(0)
        self.assertEqual(len(self.names()), 2)

    def test_files_of_others(self) -> None:
        """
        What is not a recording of ours is not deleted, however old.
        """
        self.put("a", 100, "a.mp3")
        self.put("b", 100, "b.wav", beside=False)
        self.put("c", 100, "c.wav.part")
        (self.folder / "d.wav").symlink_to("/etc/hostname")
        (self.folder / "d.json").touch()
        before = self.names()
        self.keep(1)
        self.assertEqual(self.names(), before)

    def test_leftovers(self) -> None:
        """
        What a dead process left is finished at the start.
        """
        recorder = self.record()
        self.talk(recorder, 0, 151)
        left = Path(self.mktemp())
        shutil.copytree(self.folder, left)
        self.successResultOf(recorder.finish(151 * FRAME))
        self.folder, self.became[:] = left, []
        self.keep(0)
        self.assertEqual(self.names(), ["c1.json", "c1.wav"])
        self.assertEqual(self.became, ["repaired"])
        self.assertEqual(self.published[-1], self.folder / "c1.wav")

    def test_nothing_left(self) -> None:
        """
        If nothing was on disk there is no recording, and that is told, too.
        """
        (self.folder / "c1.wav.part").write_bytes(b"RIFF")
        self.keep(0)
        self.assertEqual((self.names(), self.became), ([], ["lost"]))

    def test_in_pieces(self) -> None:
        """
        Between one recording and the next others can use the thread; a stop does not
        wait for all of them.
        """
        for number in range(20):
            self.put(f"old{number}", 31)
        self.disk.slow = True
        keeper = self.keep(30)
        for _ in range(5):
            self.assertEqual(len(self.disk.waiting), 1)
            self.disk.catch_up()
        stopped = keeper.stopService()
        assert stopped is not None
        self.assertNoResult(stopped)
        self.disk.catch_up()
        self.successResultOf(stopped)
        self.assertGreater(len(self.names()), 25)

    def test_no_folder(self) -> None:
        """
        A folder that is not there, or not to be read, is no reason to stop.
        """
        self.folder.rmdir()
        keeper = self.keep(30)
        self.folder.write_text("a file")
        self.clock.advance(EVERY_SECONDS)
        self.assertTrue(keeper.running)

    def test_disk_fails(self) -> None:
        """
        What the disk cannot do is tried again an hour later.
        """
        self.put("old", 31)
        self.disk.full_after = 0
        self.keep(30)
        self.assertEqual(len(self.names()), 2)
        self.disk.full_after = None
        self.clock.advance(EVERY_SECONDS)
        self.assertEqual(self.names(), [])
