"""
Tests for the settings of recordings.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from acsgw import world
from acsgw.check import effective, problems_here
from acsgw.errors import KeyRingError, SettingsError
from acsgw.keys.recording_keys import RECORDING_KEYS, open_recording_keys

from .test_settings import SettingsTestCase


class RecordingSettingsTests(SettingsTestCase):
    """
    Tests for the settings of recordings.
    """

    def refused(self, account: dict[str, Any], **gateway: Any) -> tuple[str, ...]:
        error: SettingsError = self.assertRaises(
            SettingsError, self.settings, account, **gateway
        )
        return error.problems

    def test_defaults(self) -> None:
        """
        WAV, not sealed, for ever, and no keys.
        """
        settings = self.settings()
        self.assertEqual(settings.recordings_format, "wav")
        self.assertIs(settings.recordings_sealed, False)
        self.assertEqual(settings.recordings_keep_days, 0)
        account = settings.accounts[0]
        keys = (account.record_pause_keys, account.record_resume_keys)
        self.assertEqual(keys, ("", ""))

    def test_given(self) -> None:
        """
        All of them can be set, and are shown as they are in force.
        """
        settings = self.settings(
            {"record_pause_keys": "*7", "record_resume_keys": "*8"},
            recordings_format="flac",
            recordings_sealed=True,
            recordings_keep_days=90,
        )
        shown = list(effective(settings))
        for line in (
            'recordings_format = "flac"',
            "recordings_sealed = true",
            "recordings_keep_days = 90",
            'record_pause_keys = "*7"',
            'record_resume_keys = "*8"',
        ):
            self.assertIn(line, shown)

    def test_wrong(self) -> None:
        """
        What cannot work says what is wrong.
        """
        for account, gateway, said in (
            ({}, {"recordings_format": "mp3"}, "none of wav, flac"),
            ({}, {"recordings_sealed": "yes"}, "neither true nor false"),
            ({}, {"recordings_keep_days": -1}, "not between 0 and 36500 days"),
            ({"record_pause_keys": "*7"}, {}, "record_resume_keys: is missing"),
            ({"record_resume_keys": "*7"}, {}, "record_pause_keys: is missing"),
            (
                {"record_pause_keys": "*A", "record_resume_keys": "1"},
                {},
                "not a sequence of keys",
            ),
        ):
            self.assertIn(said, self.refused(account, **gateway)[0])

    def test_no_flac(self) -> None:
        """
        Where FLAC cannot be written, that is told before there is a call.
        """
        self.patch(world, "can_write_flac", lambda: False)
        folder = self.mktemp()
        given = {"recordings_dir": folder, "state_dir": folder}
        for record, count in ((True, 1), (False, 0)):
            settings = self.settings(
                {"record": record, "agent": "local"}, recordings_format="flac", **given
            )
            found = [p for p in problems_here(settings, {}) if "soundfile" in p]
            self.assertEqual(len(found), count)
            self.assertTrue(all("pip install '.[flac]'" in p for p in found))

    def test_keys(self) -> None:
        """
        The keys of recordings are made once, and are not those of tokens; of a file
        that is damaged nobody is told to remove it.
        """
        folder = Path(self.mktemp())
        made = open_recording_keys(folder, create=True).current()
        self.assertEqual(open_recording_keys(folder, create=True).current(), made)
        self.assertEqual([p.name for p in folder.iterdir()], [RECORDING_KEYS])
        (folder / RECORDING_KEYS).write_text("{")
        error = self.assertRaises(KeyRingError, open_recording_keys, folder, True)
        self.assertIn("restore it from a copy", str(error))
        self.assertNotIn("remove", str(error))

    def test_keys_are_checked(self) -> None:
        """
        A damaged file of keys is told by the check if recordings are sealed; one that
        is not there is made at the first start.
        """
        folder = Path(self.mktemp()).resolve()
        given = {"recordings_dir": str(folder), "state_dir": str(folder)}
        account = {"record": True, "agent": "local"}

        def found(sealed: bool) -> list[str]:
            settings = self.settings(account, recordings_sealed=sealed, **given)
            problems = problems_here(settings, {})
            return [p for p in problems if RECORDING_KEYS in p]

        self.assertEqual(found(True), [])
        folder.mkdir(exist_ok=True)
        (folder / RECORDING_KEYS).write_text('{"keys": {}}')
        [problem] = found(True)
        self.assertTrue(problem.startswith("gateway.recordings_sealed: "), problem)
        self.assertIn("no key is the 'current' one", problem)
        self.assertIn("restore it from a copy", problem)
        self.assertEqual(found(False), [])
