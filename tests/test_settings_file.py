"""
Tests for L{acsgw.settings}.
"""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acsgw.errors import SettingsError
from acsgw.settings import load_settings

from .test_settings import ACCOUNT, KEY


class FileTests(SynchronousTestCase):
    """
    Tests for L{load_settings}.
    """

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.path = self.folder / "acsgw.toml"

    def problem(self) -> str:
        with self.assertRaises(SettingsError) as caught:
            load_settings(self.path, {})
        return str(caught.exception)

    def test_good(self) -> None:
        """
        A file is read, and files that it names are looked for beside it.
        """
        (self.folder / "key").write_text(KEY)
        lines = [f'{name} = "{value}"' for name, value in ACCOUNT.items()]
        self.path.write_text(
            '[gateway]\npublic_url = "https://gw.example.com"\n[accounts.main]\n'
            + "\n".join([*lines, 'acs_access_key_file = "key"'])
        )
        settings = load_settings(self.path, {})
        self.assertEqual(settings.accounts[0].acs_access_key, KEY)
        self.assertEqual(settings.state_dir, self.folder.resolve() / "state")

    def test_missing(self) -> None:
        """
        A file that is not there is a problem with a way out.
        """
        self.assertIn("there is no such file; make one", self.problem())

    def test_unreadable(self) -> None:
        """
        A file that is no text, or not TOML, or no file, is a problem.
        """
        self.path.write_bytes(b"\xff")
        self.assertIn("cannot be read", self.problem())
        self.path.write_text("[gateway")
        self.assertIn("not TOML", self.problem())
        self.path.unlink()
        self.path.mkdir()
        self.assertIn("cannot be read", self.problem())
