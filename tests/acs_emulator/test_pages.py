"""
Tests for lists that come in pages, and for phones that the settings describe.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.testing import MemoryReactorClock
from twisted.python.usage import UsageError
from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.assembly import assemble
from acs_emulator.errors import BadWav, SettingsError
from acs_emulator.service import Options
from acs_emulator.settings import parse_settings

from ..emulated import emulator_world
from .media_support import sine, wav
from .support import LINE, EmulatorTestCase

FRIEND = "+14255550199"
HELLO = sine(0.3)


class PageTests(EmulatorTestCase):
    """
    The list of participants.
    """

    document = {"participants": {"page_size": 2}}

    def test_pages(self) -> None:
        """
        Each page names the next one, under the host that the client used, until
        all are told; a place that is none is 400.
        """
        self.subscribe()
        self.place()
        up = self.answer(self.app.incoming[-1]["incomingCallContext"])
        self.advance(0.5)
        path = f"/callConnections/{up['callConnectionId']}/participants"
        _, alone = self.rest("GET", path)
        self.assertEqual((len(alone["value"]), alone["nextLink"]), (2, None))
        body = {
            "participantToAdd": {"phoneNumber": {"value": FRIEND}},
            "sourceCallerIdNumber": {"value": LINE},
        }
        self.assertEqual(self.rest("POST", path + ":add", body)[0], 202)
        self.advance(1.5)
        _, first = self.rest("GET", path)
        self.assertEqual(len(first["value"]), 2)
        link = urlsplit(first["nextLink"])
        self.assertEqual((link.scheme, link.netloc), ("http", "emulator.example"))
        status, second = self.signed("GET", f"{link.path}?{link.query}")
        self.assertEqual(status, 200, second)
        self.assertEqual(second["nextLink"], None)
        ids = [p["identifier"]["rawId"] for p in first["value"] + second["value"]]
        self.assertEqual(len(set(ids)), 3)
        self.assertEqual(ids[-1], f"4:{FRIEND}")
        bad = f"{link.path}?skip=-1&api-version=2026-03-12"
        self.assertEqual(self.signed("GET", bad)[0], 400)

    def test_settings(self) -> None:
        """
        A page has room for somebody.
        """
        for size in (0, 1001, True, "2"):
            document = {"participants": {"page_size": size}}
            self.assertRaises(SettingsError, parse_settings, document, None)


class PhoneSettingsTests(EmulatorTestCase):
    """
    C{[[phones]]} with steps.
    """

    document = {
        "phones": [
            {
                "number": FRIEND,
                "after": 0.1,
                "steps": [{"after": "pause 1", "hang_up": True}],
            }
        ]
    }

    def test_steps(self) -> None:
        """
        The owner of such a phone does what the settings say.
        """
        body: dict[str, Any] = {
            "targets": [{"phoneNumber": {"value": FRIEND}}],
            "callbackUri": "http://app.example/cb",
            "sourceCallerIdNumber": {"value": LINE},
        }
        self.assertEqual(self.rest("POST", "/callConnections", body)[0], 201)
        self.advance(0.5)
        self.assertIn("CallConnected", self.app.callback_kinds)
        self.assertNotIn("CallDisconnected", self.app.callback_kinds)
        self.advance(1)
        self.assertIn("CallDisconnected", self.app.callback_kinds)
        _, found = self.control("GET", "/phones")
        self.assertEqual(found["phones"][0]["steps"], 1)


class PhoneFileTests(SynchronousTestCase):
    """
    Their recordings.
    """

    def options(self, say: str) -> Options:
        folder = self.mktemp()
        os.mkdir(folder)
        with open(os.path.join(folder, "hello.wav"), "wb") as file:
            file.write(wav(HELLO))
        path = os.path.join(folder, "emulator.toml")
        with open(path, "w", encoding="utf-8") as settings:
            settings.write(
                f'[[phones]]\nnumber = "{FRIEND}"\nheard = "heard.wav"\n'
                f"[[phones.steps]]\nsay = {say}\n"
            )
        options = Options()
        options.parseOptions(["--config", path])
        return options

    def test_relative(self) -> None:
        """
        Recordings are found beside the settings file, wherever the emulator runs.
        """
        settings = self.options('"hello.wav"').settings
        phone = settings.phones[FRIEND]
        self.assertTrue(os.path.isfile(phone["steps"][0]["say"]))
        self.assertTrue(os.path.isabs(phone["heard"]))
        self.assertIsNotNone(assemble(settings, emulator_world(MemoryReactorClock())))

    def test_missing(self) -> None:
        """
        A recording that is not there is named.
        """
        settings = self.options('"nothing.wav"').settings
        error = self.assertRaises(
            BadWav, assemble, settings, emulator_world(MemoryReactorClock())
        )
        self.assertIn("nothing.wav", str(error))

    def test_wrong(self) -> None:
        """
        Steps that make no sense are refused with the number of the phone.
        """
        error = self.assertRaises(UsageError, self.options, "1")
        self.assertIn(FRIEND, str(error))
        self.assertIn("steps[0].say", str(error))
