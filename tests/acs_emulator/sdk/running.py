"""
Starting the emulator and the programs that try it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from socket import create_server
from typing import Any

from ...node_packages import why_not_installed
from .steps import control

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
#: Where npm puts the SDK; ignored by git.
NODE_FOLDER = ROOT / ".cache" / "sdk-js"

_TWISTD = "from twisted.scripts.twistd import run; run()"
LINE = "+18005550100"
RESOURCE = "6b5f2c1e-7a3d-4f0a-9c58-1d2e3f4a5b6c"
USER = f"8:acs:{RESOURCE}_agent"


class Failed(Exception):
    """
    A program did not do what it should; the text has its output.
    """


@dataclass(frozen=True)
class Travelled:
    """
    What a program found out.

    @ivar results: what became of each SDK call.
    @ivar events: callbacks, as they came.
    """

    results: dict[str, str]
    events: list[dict[str, Any]] = field(repr=False)


def why_not(language: str) -> str | None:
    """
    @return: why a language cannot be tried here; L{None}: it can.
    """
    for name in ("espeakng_loader", "moonshine_voice"):
        if find_spec(name) is None:
            return f"{name} is not installed: transcriptions need the extra emulator"
    if language == "JavaScript":
        return why_no_node()
    if language == "Python aio" and find_spec("aiohttp") is None:
        return "aiohttp is not installed: the SDK's aio client needs it"
    return None


def why_no_node() -> str | None:
    """
    Install the JavaScript SDK, if that was not done before.
    """
    return why_not_installed(HERE / "js", NODE_FOLDER)


def free_port() -> int:
    """
    @return: a port that nobody uses just now.
    """
    with create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class RunningEmulator:
    """
    C{twistd acs-emulator} with http on one port and TLS on another.
    """

    def __init__(self, folder: Path, trust: str = "system") -> None:
        folder.mkdir(parents=True)
        self.base = f"http://127.0.0.1:{free_port()}"
        self.ca_file = folder / "tls" / "ca.pem"
        settings = folder / "emulator.toml"
        settings.write_text(
            f"""
listen = "{_endpoint(self.base.rpartition(":")[2])}"
trust = "{trust}"
[tls]
listen = "{_endpoint(free_port())}"
folder = "{folder / "tls"}"
[resource]
immutable_id = "{RESOURCE}"
phone_numbers = ["{LINE}"]
users = ["agent"]
"""
        )
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-c", _TWISTD, "-n", "--pidfile="),
                    *("acs-emulator", "--config", str(settings)),
                ],
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while True:
            try:
                control(self.base, "GET", "/health")
                return
            except (urllib.error.URLError, OSError):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise Failed(self.log()) from None
                time.sleep(0.1)

    def log(self) -> str:
        """
        @return: what it has said.
        """
        return self._log.read_text("utf-8")

    def stop(self) -> None:
        """
        End it, and wait for that.
        """
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)

    def travel(self, language: str) -> Travelled:
        """
        Let the SDK of a language try everything.

        @raise Failed: if the program ends badly.
        """
        arguments = [self.base, LINE, USER]
        ca = str(self.ca_file)
        if language == "JavaScript":
            for path in (HERE / "js").glob("*.mjs"):
                shutil.copy(path, NODE_FOLDER)
            command = ["node", str(NODE_FOLDER / "journey.mjs"), *arguments]
            trust = {"NODE_EXTRA_CA_CERTS": ca}
        else:
            kind = language.partition(" ")[2]
            module = "tests.acs_emulator.sdk.journey"
            command = [sys.executable, "-m", module, kind, *arguments]
            # The sync client speaks through requests, the other through aiohttp.
            trust = {"REQUESTS_CA_BUNDLE": ca} if kind == "sync" else {}
            trust |= {"SSL_CERT_FILE": ca} if kind == "aio" else {}
        said = run(command, {"PYTHONPATH": str(ROOT), **trust})
        return Travelled(said["results"], said["events"])


def run(command: list[str], environment: dict[str, str]) -> Any:
    """
    @return: the JSON that a program prints.

    @raise Failed: if it ends badly.
    """
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=120,
            cwd=ROOT,
            env={**os.environ, **environment},
        )
    except subprocess.TimeoutExpired as e:
        raise Failed(f"{command[0]} hangs: {e.stderr!r}") from None
    if done.returncode:
        raise Failed(f"{command[0]} ends with {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def _endpoint(port: int | str) -> str:
    return f"tcp:{port}:interface=127.0.0.1"
