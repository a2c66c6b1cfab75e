"""
How many calls does the emulator carry in real time on one core?

Starts an emulator on a core of its own and an application that answers every
call, talks all the time and listens, on another; then runs C{acs-emulator load}:

    python -m benchmarks.emulator_load --calls 200 --seconds 30

Prints what the load saw, and the emulator's CPU time for each second of a call.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import suppress
from email.utils import formatdate
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from acs_emulator.model.load import HELD_LATE_MS

_TWISTD = "import sys; from twisted.scripts.twistd import run; sys.exit(run())"
_KEY = b64encode(b"k" * 32).decode("ascii")


def main() -> int:
    """
    @return: the exit status of the load.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--port", type=int, default=38700, help="and the next one")
    parser.add_argument("--application", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.application:
        _application(given.port)
        return 0
    return _measure(given)


def _measure(given: argparse.Namespace) -> int:
    emulator = f"http://127.0.0.1:{given.port}"
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "emulator.toml"
        config.write_text(
            f'listen = "tcp:{given.port}:interface=127.0.0.1"\n'
            f'[resource]\naccess_key = "{_KEY}"\n'
            '[[subscriptions]]\nname = "app"\n'
            f'endpoint = "http://127.0.0.1:{given.port + 1}/events"\n'
        )
        log = str(Path(folder) / "log")
        daemon = ["-c", _TWISTD, "-n", "--pidfile=", "--logfile", log]
        daemon += ["acs-emulator", "--config", str(config)]
        peer = ["-m", "benchmarks.emulator_load", "--application"]
        peer += ["--port", str(given.port)]
        running = [_start(1, peer), _start(0, daemon)]
        try:
            _wait(emulator)
            pid = running[1].pid
            before, began = _cpu(pid), time.monotonic()
            report = Path(folder) / "report.json"
            command = [sys.executable, "-m", "acs_emulator.cli", "load"]
            command += ["--control", emulator, "--calls", str(given.calls)]
            command += ["--rate", str(given.rate), "--seconds", str(given.seconds)]
            command += ["--json", str(report)]
            load = subprocess.Popen(command)
            steady = _steady(pid, given, began)
            status = load.wait()
            used = _cpu(pid) - before
            took = time.monotonic() - began
            found = json.loads(report.read_text()) if status == 0 else {}
        finally:
            for process in running:
                process.terminate()
                process.wait()
    if status == 0:
        print(held(found))
    call_seconds = given.calls * given.seconds
    print(
        f"the emulator used {used:.1f} s of CPU in {took:.1f} s: "
        f"{used / call_seconds * 1000:.2f} ms for a second of a call, "
        f"{used / call_seconds / 50 * 1e6:.0f} us for 20 ms of it; one core would "
        f"be full with {call_seconds / used:.0f} calls"
    )
    # Of a clock that is not held some ticks are made up for in a row, some dropped.
    if steady is not None and found.get("clock_held"):
        print(
            f"with all calls up, without placing and ending them: {steady:.1f} us for "
            f"20 ms of a call; one core would be full with {20_000 / steady:.0f} calls"
        )
    return status or int(not found["clock_held"])


def held(found: Mapping[str, Any]) -> str:
    """
    @param found: the report of a load, as JSON.

    @return: whether the clock was held, and what that means.
    """
    p99 = found["frame_late_ms"].get("p99")
    if p99 is None or not found["seconds_to_media"]:
        return "the 20 ms clock was NOT put to the test: there was no media stream"
    verdict = "held" if found["clock_held"] else "NOT held"
    return (
        f"the 20 ms clock was {verdict}: p99 {p99:g} ms, where {HELD_LATE_MS:g} ms is "
        "the limit"
    )


def _steady(pid: int, given: argparse.Namespace, began: float) -> float | None:
    """
    @return: CPU time of the emulator for 20 ms of a call while all are up, in us;
        L{None} if that time is too short to be measured.
    """
    placed = began + given.calls / given.rate + 2
    window = began + given.seconds - 1 - placed
    if window < 5:
        return None
    time.sleep(max(0.0, placed - time.monotonic()))
    emulator = f"http://127.0.0.1:{given.port}"
    before, frames = _cpu(pid), _frames(emulator)
    time.sleep(window)
    used, frames = _cpu(pid) - before, _frames(emulator) - frames
    return used / max(1, frames) * 1e6


def _frames(emulator: str) -> int:
    with urlopen(f"{emulator}/emulator/clock") as answer:
        return int(json.load(answer)["frames"])


def _start(core: int, arguments: list[str]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, *arguments])
    with suppress(OSError):
        os.sched_setaffinity(process.pid, {core})
    return process


def _wait(emulator: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(OSError), urlopen(f"{emulator}/emulator/subscriptions") as answer:
            if json.load(answer)["subscriptions"]:
                return
        time.sleep(0.1)
    raise SystemExit("the emulator or the application did not start")


def _cpu(pid: int) -> float:
    # Nanoseconds; the times in C{stat} are counted in ticks, with which a clock of
    # 20 ms goes in step.
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((t / "schedstat").read_text().split()[0]) for t in tasks) / 1e9


def _application(port: int) -> None:
    """
    Answers calls; sends a frame for each that it gets.
    """
    from autobahn.twisted.resource import WebSocketResource
    from autobahn.twisted.websocket import (
        WebSocketServerFactory,
        WebSocketServerProtocol,
    )
    from twisted.internet import reactor, threads
    from twisted.web.resource import Resource
    from twisted.web.server import Site

    audio = b64encode(b"\x00\x10" * 320).decode("ascii")
    body = {"Kind": "AudioData", "AudioData": {"Data": audio}, "StopAudio": None}
    frame = json.dumps(body).encode("ascii")

    # It is not to be what limits the calls: answers are ready-made, and frames that
    # are received are only counted.
    answer = b"\x81\x7e" + len(frame).to_bytes(2, "big") + frame

    class Media(WebSocketServerProtocol):
        rest = b""

        def dataReceived(self, data: bytes) -> None:
            if self.state != self.STATE_OPEN or self.data:
                super().dataReceived(data)
                return
            transport: Any = self.transport
            data, at = self.rest + data, 0
            while len(data) - at >= 8 and data[at] == 0x81:
                size = data[at + 1] & 0x7F
                head = 8 if size == 126 else 6
                if size == 126:
                    size = data[at + 2] << 8 | data[at + 3]
                if at + head + size > len(data):
                    break
                at += head + size
                transport.write(answer)
            self.rest = data[at:]
            if self.rest and self.rest[0] != 0x81:  # a close, above all
                other, self.rest = self.rest, b""
                super().dataReceived(other)

    class Events(Resource):
        isLeaf = True

        def render_POST(self, request: Any) -> bytes:
            event = json.loads(request.content.read())[0]
            if "validationCode" in event.get("data", {}):
                code = event["data"]["validationCode"]
                return json.dumps({"validationResponse": code}).encode("ascii")
            if "incomingCallContext" in event["data"]:
                context = event["data"]["incomingCallContext"]
                threads.deferToThread(_answer, port, context)
            return b""

    factory = WebSocketServerFactory()
    factory.protocol = Media
    root = Resource()
    root.putChild(b"events", Events())
    root.putChild(b"cb", Events())
    root.putChild(b"media", WebSocketResource(factory))
    here: Any = reactor
    here.listenTCP(port + 1, Site(root), backlog=500, interface="127.0.0.1")
    here.run()


def _answer(port: int, context: str) -> None:
    media = {
        "transportUrl": f"ws://127.0.0.1:{port + 1}/media",
        "transportType": "websocket",
        "contentType": "audio",
        "audioChannelType": "mixed",
        "startMediaStreaming": True,
        "enableBidirectional": True,
        "audioFormat": "pcm16KMono",
    }
    body = {
        "incomingCallContext": context,
        "callbackUri": f"http://127.0.0.1:{port + 1}/cb",
        "mediaStreamingOptions": media,
    }
    content = json.dumps(body).encode("utf-8")
    target = "/calling/callConnections:answer?api-version=2025-06-15"
    date = formatdate(usegmt=True)
    content_hash = b64encode(sha256(content).digest()).decode("ascii")
    host = f"127.0.0.1:{port}"
    text = f"POST\n{target}\n{date};{host};{content_hash}"
    signed = b64encode(digest(b64decode(_KEY), text.encode("ascii"), sha256))
    headers = {
        "Content-Type": "application/json",
        "x-ms-date": date,
        "x-ms-content-sha256": content_hash,
        "Authorization": "HMAC-SHA256 SignedHeaders=x-ms-date;host;"
        f"x-ms-content-sha256&Signature={signed.decode('ascii')}",
    }
    with urlopen(Request(f"http://{host}{target}", content, headers)):
        pass


if __name__ == "__main__":
    sys.exit(main())
