"""
Tests for the twistd plugin and its options.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

from twisted.application.service import IServiceMaker
from twisted.plugin import IPlugin, getPlugins
from twisted.python.usage import UsageError
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from acsgw import __version__
from acsgw.service import Options


class PluginTests(SynchronousTestCase):
    """
    Tests for C{twisted.plugins.acsgw_plugin}.
    """

    def test_found(self) -> None:
        """
        twistd finds exactly one plugin of our name, and it can make services.
        """
        ours = [p for p in getPlugins(IServiceMaker) if p.tapname == "acsgw"]
        self.assertEqual(len(ours), 1)
        self.assertTrue(verifyObject(IServiceMaker, ours[0]))
        self.assertTrue(verifyObject(IPlugin, ours[0]))
        self.assertIs(ours[0].options, Options)


class OptionsTests(SynchronousTestCase):
    """
    Tests for L{Options}.
    """

    def setUp(self) -> None:
        self.path = Path(self.mktemp())

    def parse(self) -> Options:
        options = Options()
        options.parseOptions(["--config", str(self.path)])
        return options

    def test_all_problems_at_once(self) -> None:
        """
        Every problem of the settings is told as a usage error, which twistd prints
        without a traceback.
        """
        self.path.write_text("[gateway]\nlisten = 7\n")
        with self.assertRaises(UsageError) as caught:
            self.parse()
        head, *problems = str(caught.exception).splitlines()
        self.assertEqual(head, "3 problems with the settings:")
        self.assertEqual(len(problems), 3)

    def test_no_file(self) -> None:
        """
        A settings file that is not there is such an error too.
        """
        with self.assertRaises(UsageError) as caught:
            self.parse()
        self.assertIn(str(self.path), str(caught.exception))

    def test_version(self) -> None:
        """
        The version can be asked for without any settings.
        """
        out = io.StringIO()
        with contextlib.redirect_stdout(out), self.assertRaises(SystemExit) as caught:
            Options().parseOptions(["--version"])
        self.assertEqual(out.getvalue(), f"acsgw {__version__}\n")
        self.assertEqual(caught.exception.code, 0)
