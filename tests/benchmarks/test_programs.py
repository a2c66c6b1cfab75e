"""
Tests for what C{script/bench} starts, and what it tells the gateway.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acsgw.acs.events import INCOMING_CALL, incoming_call, parse_events
from acsgw.settings import load_settings
from benchmarks.media import azure
from benchmarks.media.gateway import write_settings
from benchmarks.media.programs import PROGRAMS
from benchmarks.media.run import numbers


class ProgramTests(SynchronousTestCase):
    """
    Tests for L{benchmarks.media.programs.Program}.
    """

    def test_peer(self) -> None:
        """
        A peer runs in the environment of the peers, and is told its port and agent.
        """
        command = PROGRAMS["quart"].command("python-of-peers", Path("f"), 1, 4)
        self.assertEqual(command[0], "python-of-peers")
        self.assertEqual(command[-2:], ["1", "ws://127.0.0.1:4/pcm"])

    def test_gateway(self) -> None:
        """
        The gateway is C{twistd acsgw} with the settings of its run.
        """
        command = PROGRAMS["gateway-pcm"].command("no", Path("f"), 1, 4)
        self.assertNotIn("no", command)
        self.assertIn("--pcm", command)
        self.assertEqual(command[-3:], ["acsgw", "--config", "f/acsgw.toml"])

    def test_modules_are_there(self) -> None:
        """
        Whatever can be chosen has its module.
        """
        root = Path(azure.__file__).parents[2]
        for program in PROGRAMS.values():
            file = root / (program.module.replace(".", "/") + ".py")
            self.assertTrue(file.exists(), file)


class GatewayTests(SynchronousTestCase):
    """
    Tests for what the gateway is given.
    """

    def test_settings(self) -> None:
        """
        The gateway takes the settings that are written for it, and the headers of
        its subscription are right.
        """
        folder = Path(self.mktemp())
        folder.mkdir()
        headers = write_settings(folder, 18800, 18803)
        settings = load_settings(folder / "acsgw.toml", {})
        account = settings.accounts[0]
        self.assertEqual(account.api_id, headers["asapp-api-id"])
        secret = headers["asapp-api-secret"]
        self.assertTrue(account.api_secret.matches(secret))

    def test_event(self) -> None:
        """
        The gateway takes the event of a call, whose context tells which it is.
        """
        body = json.dumps([azure.incoming_call(12)]).encode()
        (event,) = parse_events(body)
        self.assertEqual(event.kind, INCOMING_CALL)
        call = incoming_call(event, "bench")
        self.assertEqual(call.context, "bench-12")
        self.assertEqual(call.caller, "4:+14250000012")


class NumbersTests(SynchronousTestCase):
    """
    Tests for C{--calls}.
    """

    def test_numbers(self) -> None:
        """
        One number or several, each once, in order.
        """
        self.assertEqual(numbers("40"), [40])
        self.assertEqual(numbers("80,10,40,10"), [10, 40, 80])

    def test_nonsense(self) -> None:
        """
        Whatever is no number of calls is refused.
        """
        for text in ("", "0", "5001", "x", "10,", "-3", "1.5"):
            self.assertRaises(argparse.ArgumentTypeError, numbers, text)
