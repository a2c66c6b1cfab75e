"""
How many calls does the ACS emulator carry, and what does one cost?

    python -m benchmarks.emulator_calls --calls 50 --seconds 60

starts an emulator in a process of its own, and here a small application that
answers every call and echoes its audio.  Printed are the emulator's CPU time per
call and second, from /proc (Linux only), and how late its 20 ms clock was.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from socket import create_server
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater, react
from twisted.internet.threads import deferToThread
from twisted.web.server import Site

from benchmarks.echo_application import EchoApplication

ROOT = Path(__file__).resolve().parents[1]
LINE = "+18005550100"
KEY = b64encode(secrets.token_bytes(32)).decode("ascii")
FRAME = 0.02
#: Seconds between two calls; the newcomers do not burst together.
_GAP = 0.05
#: Seconds until all calls talk and what is cold has become warm.
_SETTLE = 3.0
_TWISTD = "from twisted.scripts.twistd import run; run()"


def control(base: str, method: str, path: str, body: Any = None) -> Any:
    """
    Ask the emulator; blocks.
    """
    data = None if body is None else json.dumps(body).encode("ascii")
    request = Request(f"{base}/emulator{path}", data, method=method)
    with urlopen(request, timeout=30) as answer:
        return json.load(answer)


def cpu_seconds(pid: int) -> float:
    """
    @return: user and system time that a process has used.
    """
    # The name of the process, in parentheses, may hold spaces.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def lateness_ms(arrivals: Sequence[float]) -> list[float]:
    """
    @return: how much later than 20 ms times its number each frame came; the
        frame that came soonest, by that measure, is punctual.
    """
    offsets = [at - i * FRAME for i, at in enumerate(arrivals)]
    return [(offset - min(offsets)) * 1000 for offset in offsets]


def percentiles(values: Sequence[float]) -> str:
    """
    @return: for people; milliseconds.
    """
    ordered = sorted(values)
    if not ordered:
        return "nothing measured"
    picked = [ordered[min(int(len(ordered) * p), len(ordered) - 1)] for p in _SHARES]
    pairs = zip(_NAMES, picked, strict=True)
    return "  ".join(f"{name} {value:.1f}" for name, value in pairs) + " ms"


_SHARES = (0.5, 0.9, 0.99, 0.999, 1.0)
_NAMES = ("p50", "p90", "p99", "p99.9", "max")


def start_emulator(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """
    @return: an emulator with the key that is known here.
    """
    settings = folder / "emulator.toml"
    settings.write_text(
        f'listen = "tcp:{port}:interface=127.0.0.1"\n'
        f'[resource]\naccess_key = "{KEY}"\nphone_numbers = ["{LINE}"]\n'
    )
    command = [sys.executable, "-c", _TWISTD, "-n", "--pidfile="]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [*command, "acs-emulator", "--config", str(settings)],
            stdout=log,
            stderr=log,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )


def wait_for(base: str) -> None:
    """
    Until the emulator answers; blocks.
    """
    deadline = time.monotonic() + 30
    while True:
        try:
            control(base, "GET", "/health")
            return
        except (URLError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


async def measure(reactor: Any, calls: int, seconds: float) -> None:
    """
    Run the calls, and print what they cost.
    """

    def ask(method: str, path: str, body: Any = None) -> Deferred[Any]:
        return deferToThread(control, base, method, path, body)

    with create_server(("127.0.0.1", 0)) as first, create_server(("", 0)) as second:
        ports = first.getsockname()[1], second.getsockname()[1]
    base = f"http://127.0.0.1:{ports[0]}"
    application = EchoApplication(reactor, base, KEY, ports[1])
    site = Site(application.app.resource())
    site.noisy = False
    reactor.listenTCP(ports[1], site, interface="127.0.0.1")
    with tempfile.TemporaryDirectory() as folder:
        process = start_emulator(Path(folder), ports[0])
        try:
            await deferToThread(wait_for, base)
            endpoint = f"http://127.0.0.1:{ports[1]}/events"
            await ask("PUT", "/subscriptions/echo", {"endpoint": endpoint})
            for i in range(calls):
                call = {"from": f"+1425555{i:04}", "to": LINE, "give_up_after": 3600}
                await ask("POST", "/calls", call)
                await deferLater(reactor, _GAP)
            await deferLater(reactor, _SETTLE)
            used, began = cpu_seconds(process.pid), time.monotonic()
            for arrived in application.arrivals:
                arrived.clear()
            await deferLater(reactor, seconds)
            used = cpu_seconds(process.pid) - used
            lasted = time.monotonic() - began
            found = (await ask("GET", "/calls"))["calls"]
            stories = [await ask("GET", f"/calls/{call['id']}") for call in found]
        finally:
            process.send_signal(signal.SIGTERM)
            await deferToThread(process.wait, 20)
    report(application, stories, calls=calls, used=used, lasted=lasted)


def report(
    application: EchoApplication,
    stories: Sequence[dict[str, Any]],
    *,
    calls: int,
    used: float,
    lasted: float,
) -> None:
    """
    Print it.
    """
    up = sum(story["state"] == "connected" for story in stories)
    counters = [story["counters"] for story in stories]
    frames = sum(len(arrived) for arrived in application.arrivals)
    late = [ms for arrived in application.arrivals for ms in lateness_ms(arrived)]
    print(f"{up} of {calls} calls up for {lasted:.1f} s; {application.failed} refused")
    print(f"emulator's CPU: {used / lasted:.1%} of a core, ", end="")
    print(f"{used / lasted / calls * 1000:.2f} ms per call and second")
    print(f"frames that came: {frames / (calls * lasted):.2f} per call and second")
    print(f"their lateness, as the application saw it: {percentiles(late)}")
    worst = [counter["late_max_ms"] for counter in counters]
    print(f"the 20 ms clock's worst, call by call: {percentiles(worst)}")
    under = sum(counter["underruns"] for counter in counters)
    wrong = sum(counter["violations"] for counter in counters)
    print(f"underruns {under}, violations {wrong}")


def main() -> None:
    """
    The command line.
    """
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").strip().splitlines()[0]
    )
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()

    def begin(reactor: Any) -> Deferred[None]:
        work = measure(reactor, options.calls, options.seconds)
        return Deferred.fromCoroutine(work)

    react(begin)


if __name__ == "__main__":
    main()
