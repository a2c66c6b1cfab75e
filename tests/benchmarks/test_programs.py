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
from benchmarks.media.options import numbers
from benchmarks.media.processes import BenchFailed, Cores, share_out
from benchmarks.media.programs import PROGRAMS, Kind, Tools
from benchmarks.media.runs import must_have_audio

from .results import result


class ProgramTests(SynchronousTestCase):
    """
    Tests for L{benchmarks.media.programs.Program}.
    """

    tools = Tools(
        python="python-of-peers",
        native={"bridge": Path("built/bridge")},
        node="node",
        node_folder=Path("of-node"),
    )

    def test_peer(self) -> None:
        """
        A peer runs in the environment of the peers, and is told its port and agent.
        """
        command = PROGRAMS["quart"].command(self.tools, Path("f"), 1, 4)
        self.assertEqual(command[0], "python-of-peers")
        self.assertEqual(command[-2:], ["1", "ws://127.0.0.1:4/pcm"])

    def test_gateway(self) -> None:
        """
        The gateway is C{twistd acsgw} with the settings of its run.
        """
        command = PROGRAMS["gateway-pcm"].command(self.tools, Path("f"), 1, 4)
        self.assertNotIn("python-of-peers", command)
        self.assertIn("--pcm", command)
        self.assertEqual(command[-3:], ["acsgw", "--config", "f/acsgw.toml"])

    def test_modules_are_there(self) -> None:
        """
        Whatever can be chosen has its module.
        """
        root = Path(azure.__file__).parents[2]
        for program in PROGRAMS.values():
            match program.kind:
                case Kind.NODE:
                    file = f"benchmarks/media/peers/{program.module}"
                case Kind.NATIVE:
                    file = f"benchmarks/media/native/{program.module}.cpp"
                case Kind.NONE:
                    continue
                case _:
                    file = program.module.replace(".", "/") + ".py"
            self.assertTrue((root / file).exists(), file)

    def test_native(self) -> None:
        """
        A program in C++ is what was built of it.
        """
        command = PROGRAMS["cpp"].command(self.tools, Path("f"), 1, 4)
        self.assertEqual(command, ["built/bridge", "1", "ws://127.0.0.1:4/pcm"])

    def test_node(self) -> None:
        """
        The peer on Node is told where its package is.
        """
        command = PROGRAMS["node"].command(self.tools, Path("f"), 1, 4)
        self.assertEqual(command[0], "node")
        self.assertEqual(command[-3:], ["of-node", "1", "ws://127.0.0.1:4/pcm"])

    def test_workers(self) -> None:
        """
        The gateway may be several processes, the peers are one.
        """
        two = PROGRAMS["gateway"].with_workers(2)
        self.assertEqual((two.name, two.workers), ("gateway x2", 2))
        self.assertEqual(PROGRAMS["gateway"].with_workers(1).name, "gateway")
        self.assertEqual(PROGRAMS["quart"].with_workers(2).workers, 1)


class CoresTests(SynchronousTestCase):
    """
    Tests for L{share_out}.
    """

    def test_enough(self) -> None:
        """
        Each process has a core of its own, the generator the last.
        """
        self.assertEqual(share_out([0, 1, 2, 3], 2), Cores((0, 1), 3))
        self.assertFalse(share_out([0, 1], 1).crowded)

    def test_too_few(self) -> None:
        """
        If there are not enough, processes share cores, which is told.
        """
        cores = share_out([0, 1], 2)
        self.assertEqual(cores, Cores((0, 1), 1))
        self.assertTrue(cores.crowded)
        self.assertEqual(share_out([0, 1, 2], 4), Cores((0, 1, 2, 0), 2))


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
        headers = write_settings(folder, 18800, 18802, 18803, record=True)
        settings = load_settings(folder / "acsgw.toml", {})
        account = settings.accounts[0]
        self.assertTrue(account.record)
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


class AudioTests(SynchronousTestCase):
    """
    Tests for L{must_have_audio}.
    """

    def test_few(self) -> None:
        """
        Each of few calls must have audio: this is how a broken benchmark shows.
        """
        must_have_audio(result(calls=20))
        self.assertRaises(BenchFailed, must_have_audio, result(calls=20, up=19))

    def test_many(self) -> None:
        """
        Of more than a program carries some may have none, but not all.
        """
        must_have_audio(result(calls=900, up=1))
        self.assertRaises(BenchFailed, must_have_audio, result(calls=900, up=0))


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
