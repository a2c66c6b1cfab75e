"""
The daemons of the demo: started by twistd, watched, and always stopped.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from .failure import DemoFailed

#: Speech models take some seconds to load on a slow machine.
START_SECONDS = 90.0
STOP_SECONDS = 15.0


def check_ports(ports: dict[str, int]) -> None:
    """
    @param ports: what for, and which.

    @raise DemoFailed: if one is in use.
    """
    for what, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError) as e:
                raise DemoFailed(
                    f"port {port} (for {what}) cannot be used: {e}; choose others"
                    " with --port-base N"
                ) from None


class Daemons:
    """
    Daemons that end when this does, in reverse order.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> Daemons:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, name: str, *arguments: str) -> None:
        """
        Start C{twistd -n NAME ARGUMENTS}, with a log of its own.
        """
        twistd = str(Path(sys.executable).with_name("twistd"))
        command = [twistd, "-n", "--pidfile=", f"--logfile={self.log(name)}"]
        command += [name, *arguments]
        with self.output(name).open("wb") as output:
            # In a session of its own, Ctrl-C reaches us only, and we stop it.
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Secrets of a gateway of the user's are not for this one.
                env={k: v for k, v in os.environ.items() if k[:6] != "ACSGW_"},
            )
        self._running.append((name, process))

    def process(self, name: str) -> subprocess.Popen[bytes]:
        """
        @return: a daemon that was started.
        """
        return dict(self._running)[name]

    def log(self, name: str) -> Path:
        """
        @return: where a daemon logs.
        """
        return self._logs / f"{name}.log"

    def output(self, name: str) -> Path:
        """
        @return: what a daemon prints when it cannot even log.
        """
        return self._logs / f"{name}.out"

    def check(self) -> None:
        """
        @raise DemoFailed: if one has ended by itself.
        """
        for name, process in self._running:
            if process.poll() is not None:
                raise DemoFailed(
                    f"{name} ended with status {process.returncode};"
                    f" see {self.log(name)} and {self.output(name)}:\n"
                    + self._last_words(name)
                )

    def stop(self) -> None:
        """
        Stop all, the last first; kill what does not stop.
        """
        while self._running:
            _name, process = self._running.pop()
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _last_words(self, name: str) -> str:
        words = ""
        for path in (self.output(name), self.log(name)):
            if path.exists():
                words += path.read_text("utf-8", "replace")
        return "\n".join(f"    {line}" for line in words.splitlines()[-12:])


def wait_until(ready: Callable[[], bool], daemons: Daemons, what: str) -> None:
    """
    @param ready: called until it returns true.

    @raise DemoFailed: if it does not in time.
    """
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        daemons.check()
        if time.monotonic() > deadline:
            raise DemoFailed(f"{what} was not ready in {START_SECONDS:.0f} s")
        time.sleep(0.1)
