"""
Tests for the twistd plugin and its options.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import os
from pathlib import Path
from typing import Any

import twisted.internet
from twisted.application.service import IServiceMaker
from twisted.plugin import IPlugin, getPlugins
from twisted.python.usage import UsageError
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from acsgw import __version__
from acsgw.garbage import GarbageRounds
from acsgw.service import Options, makeService
from acsgw.testing.memory_network import MemoryNetwork

from .test_settings import ACCOUNT, KEY, KEY_VARIABLE


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


class ServiceTests(SynchronousTestCase):
    """
    Tests for L{makeService}.
    """

    def test_memory(self) -> None:
        """
        When all is started, and before the first call, what is in memory is taken out
        of the garbage collector's sight.
        """
        path = Path(self.mktemp())
        lines = [f'{name} = "{value}"' for name, value in ACCOUNT.items()]
        table = '[gateway]\npublic_url = "https://gw.example.com"\n[accounts.main]\n'
        path.write_text(table + "\n".join(lines), "utf-8")
        self.patch(os, "environ", {**os.environ, KEY_VARIABLE: KEY})
        options = Options()
        options.parseOptions(["--config", str(path)])
        reactor = MemoryNetwork()
        importlib.import_module("twisted.internet.reactor")
        self.patch(twisted.internet, "reactor", reactor)
        frozen = gc.get_freeze_count()  # Python 3.12 starts with some
        service: Any = makeService(options)
        rounds = service.getServiceNamed(GarbageRounds.name)
        rounds.startService()
        self.assertEqual(gc.get_freeze_count(), frozen)
        self.addCleanup(gc.unfreeze)
        reactor.advance(0)
        self.assertGreater(gc.get_freeze_count(), frozen + 1000)
        rounds.stopService()
