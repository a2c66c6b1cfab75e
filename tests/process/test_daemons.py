"""
Real daemons, real ports, real speech: few, since they take real time.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acsgw.agent.local.ears import MoonshineEars
from acsgw.audio.resample import Resampler
from acsgw.recording.mending import mend
from acsgw.recording.sidecar import Sidecar
from demo.calls import PlacedCall, caller_steps, follow
from demo.configuration import Run, write_settings
from demo.failure import DemoFailed
from demo.http_json import request
from demo.main import start
from demo.processes import Daemons, check_ports
from demo.verdict import ivr_problems, problems

RECORDINGS = Path(__file__).resolve().parents[2] / "demo" / "recordings"
TWISTD = str(Path(sys.executable).with_name("twistd"))


def free_ports() -> int:
    """
    @return: the first of five ports in a row that nobody uses.
    """
    for _ in range(100):
        base = random.randrange(20000, 60000)
        try:
            check_ports({str(port): port for port in range(base, base + 5)})
        except DemoFailed:
            continue
        return base
    raise AssertionError("no free ports")


class DaemonTestCase(SynchronousTestCase):
    """
    A test with an emulator and a gateway in processes of their own.
    """

    def setUp(self) -> None:
        folder = Path(self.mktemp()).resolve()
        folder.mkdir()
        self.run_ = Run(folder, free_ports())

    def start(self) -> Daemons:
        """
        @return: both daemons, up and introduced to each other.
        """
        daemons = Daemons(self.run_.folder)
        self.addCleanup(daemons.stop)
        start(self.run_, daemons)
        return daemons

    def until(self, call: PlacedCall, there: Callable[[], Any], what: str) -> None:
        """
        Follow a call until something is so.
        """
        deadline = time.monotonic() + 60
        while not there():
            self.assertLess(time.monotonic(), deadline, f"{what}: {call.gateway}")
            time.sleep(0.05)
            call.look()

    def talking(self) -> PlacedCall:
        """
        @return: a call in which the agent has begun to speak.
        """
        call = PlacedCall(self.run_, 1, caller_steps(RECORDINGS / "yes.wav"))
        call.look()
        self.until(call, lambda: "agent_said" in whats(call), "the agent speaks")
        return call


def whats(call: PlacedCall) -> list[str]:
    """
    @return: the milestones that the gateway has noted by now.
    """
    return [event["what"] for event in (call.gateway or {}).get("timeline", [])]


class CallTests(DaemonTestCase):
    """
    Whole calls.
    """

    def test_call(self) -> None:
        """
        A caller who only says goodbye is greeted, understood and hung up on
        politely; what he heard is understood by the speech-to-text.
        """
        daemons = self.start()
        call = PlacedCall(self.run_, 1, caller_steps(RECORDINGS / "goodbye.wav"))
        story = "\n".join(follow([call], daemons))
        found = problems(call.network, call.gateway, scripted=False)
        self.assertEqual(found, [], story)
        assert call.gateway is not None
        self.assertEqual(call.gateway["outcome"], "completed by agent")
        self.assertIn("welcome", understood(call.heard))

    def test_ivr(self) -> None:
        """
        An IVR takes the call, hands the caller over with an account number that was
        first keyed wrong, takes him back with the agent's variables and sends him
        to a human; one conversation id all along.
        """
        self.run_ = replace(self.run_, with_ivr=True)
        daemons = self.start()
        call = PlacedCall(self.run_, 1, caller_steps(None, with_ivr=True))
        story = "\n".join(follow([call], daemons))
        found = ivr_problems(call.network, call.gateway, call.legs, scripted=True)
        self.assertEqual(found, [], story)

    def test_terminated_in_mid_call(self) -> None:
        """
        SIGTERM: the call may go on for the time that the settings give; the second
        one means now: it is hung up, and the process ends by itself.
        """
        daemons = self.start()
        call = self.talking()
        process = daemons.process("acsgw")
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)  # two that are not there yet are one
        process.send_signal(signal.SIGTERM)
        # twistd stops its services and then dies of the signal.
        self.assertIn(process.wait(20), (0, -signal.SIGTERM, 128 + signal.SIGTERM))
        log = daemons.log("acsgw").read_text()
        self.assertIn("ended: drained", log)
        self.assertIn("told to stop again", log)
        self.assertNotIn("Traceback", log)
        story = emulated(call)
        self.assertIn("hung_up_by_service", story)
        self.assertNotIn("media_lost", story)

    def test_killed_in_mid_call(self) -> None:
        """
        A process that dies leaves a recording that can be read, and that another one
        finishes.
        """
        daemons = self.start()
        call = self.talking()
        self.until(call, lambda: len(whats(call)) > 6, "some seconds pass")
        (path,) = (self.run_.folder / "recordings").glob("*.wav.part")
        self.assertEqual(list(mend(path, None, time.time())), [], "it is written")
        process = daemons.process("acsgw")
        process.kill()
        process.wait(20)
        with wave.open(str(path)) as file:
            self.assertEqual(file.getnchannels(), 2)
            seconds = file.getnframes() / file.getframerate()
        self.assertGreater(seconds, 1.0)
        told = list(mend(path, None, time.time()))[-1]
        assert isinstance(told, Sidecar)
        self.assertAlmostEqual(told.seconds or 0, seconds, 3)
        self.assertTrue(path.with_suffix("").exists())


def emulated(call: PlacedCall) -> list[str]:
    """
    @return: what the emulated network saw of a call.
    """
    side = request("GET", call.address)
    return [event["what"] for event in side["story"]]


def understood(path: Path) -> str:
    """
    @return: what the speech-to-text makes of the first seconds of a file.
    """
    with wave.open(str(path)) as file:
        rate = file.getframerate()
        pcm = Resampler(rate, 16000).feed(file.readframes(6 * rate))
    ears = MoonshineEars(1)
    ears.load()
    try:
        return ears.understand(pcm).lower()
    finally:
        ears.unload()


class RefusalTests(DaemonTestCase):
    """
    What a user sees who got something wrong.
    """

    def output(self, *arguments: str) -> str:
        """
        @return: what a command prints that must fail, without a traceback.
        """
        done = subprocess.run(
            [TWISTD, "-n", "--pidfile=", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "COLUMNS": "80"},
        )
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, 1, said)
        self.assertNotIn("Traceback", said)
        return said

    def test_no_settings(self) -> None:
        """
        A file that is not there is named.
        """
        said = self.output("acsgw", "--config", "nowhere.toml")
        self.assertIn("nowhere.toml: there is no such file", said)

    def test_busy_port(self) -> None:
        """
        A port that somebody else has is named, with its setting.
        """
        write_settings(self.run_)
        with socket.create_server(("127.0.0.1", self.run_.port_base)):
            said = self.output(
                "acsgw", "--config", str(self.run_.folder / "acsgw.toml")
            )
        self.assertIn(f"cannot listen on tcp:{self.run_.port_base}", said)
        self.assertIn("gateway.listen", said)

    def test_busy_emulator_port(self) -> None:
        """
        The emulator names a port that somebody else has, too.
        """
        with socket.create_server(("127.0.0.1", self.run_.port_base)):
            listen = f"tcp:{self.run_.port_base}:interface=127.0.0.1"
            said = self.output("acs-emulator", "--listen", listen)
        self.assertIn(f"cannot listen on {listen}", said)

    def test_no_place_for_recordings(self) -> None:
        """
        A gateway that could not record does not start.
        """
        write_settings(self.run_)
        (self.run_.folder / "recordings").write_text("a file")
        said = self.output("acsgw", "--config", str(self.run_.folder / "acsgw.toml"))
        self.assertIn("recordings cannot be written", said)
        self.assertIn("gateway.recordings_dir", said)

    def test_no_prompt(self) -> None:
        """
        Nor does one whose callers could not hear its prompt.
        """
        write_settings(self.run_)
        path = self.run_.folder / "acsgw.toml"
        text = path.read_text()
        first = text.index("\n", text.index("[accounts.")) + 1
        path.write_text(f'{text[:first]}fallback_prompt = "no.wav"\n{text[first:]}')
        said = self.output("acsgw", "--config", str(path))
        self.assertIn("cannot start: accounts.", said)
        self.assertIn("no.wav cannot be read", said)
        self.assertNotIn("Traceback", said)

    def test_broken_keys(self) -> None:
        """
        A key ring that cannot be read is named, with the way out.
        """
        write_settings(self.run_)
        (self.run_.folder / "state").mkdir()
        (self.run_.folder / "state" / "keys.json").write_text("{")
        said = self.output("acsgw", "--config", str(self.run_.folder / "acsgw.toml"))
        self.assertIn("not a key ring", said)
