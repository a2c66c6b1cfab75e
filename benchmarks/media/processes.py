"""
The programs under test and the load generator: started on a core of their own,
always stopped.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .programs import ROOT

#: For each process of a program: its own, its operators'; in the first place Azure's
#: and the agent's too.
PORTS = 4

START_SECONDS = 30.0
STOP_SECONDS = 8.0


class BenchFailed(Exception):
    """
    Nothing can be measured; the text says why, and what to do.
    """


@dataclass(frozen=True)
class Cores:
    """
    Which process runs where.

    @ivar workers: of each process of the program.
    @ivar generator: of the load generator.
    """

    workers: tuple[int, ...]
    generator: int

    @property
    def crowded(self) -> bool:
        """
        Does any of them share its core with another?
        """
        return len({*self.workers, self.generator}) <= len(self.workers)


def share_out(cores: Sequence[int], workers: int) -> Cores:
    """
    @param cores: two or more.

    @return: the last for the generator, the others for the program; if it has more
        processes than that, they go round all cores.
    """
    own = cores[:-1] if workers < len(cores) else cores
    return Cores(tuple(own[i % len(own)] for i in range(workers)), cores[-1])


def our_cores() -> list[int]:
    """
    @return: those that may be used.

    @raise BenchFailed: if there are not two.
    """
    if not hasattr(os, "sched_getaffinity") or not Path("/proc/self/task").exists():
        raise BenchFailed("this needs Linux: CPU time is taken from /proc")
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise BenchFailed(
            "this needs two cores, one for the program and one for the load; there is"
            f" {len(cores)} (see taskset -p {os.getpid()})"
        )
    return cores


def check_ports(base: int, how_many: int) -> None:
    """
    @raise BenchFailed: if one is in use.
    """
    for port in range(base, base + how_many):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError) as e:
                raise BenchFailed(
                    f"port {port} cannot be used: {e}; choose others with --port-base N"
                ) from None


def environment() -> Mapping[str, str]:
    """
    @return: of all processes; secrets of a gateway of the user's are not for these.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ACSGW_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


@contextmanager
def running(
    command: Sequence[str], core: int, port: int, output: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """
    A program that listens at C{port} while the block runs.

    @raise BenchFailed: if it does not, or ends before the block does.
    """
    with output.open("wb") as said:
        # In a session of its own, Ctrl-C reaches us only, and we stop it.
        process = subprocess.Popen(
            _pinned(command, core),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=ROOT,
            env=environment(),
        )
    try:
        _wait(process, port, output)
        try:
            yield process
        finally:
            if (status := process.poll()) is not None:
                # Whatever else went wrong then is because of this.
                raise BenchFailed(
                    f"the program ended with {status} while it was measured:\n"
                    + last_words(output)
                )
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """
    End it; kill it if it does not end.
    """
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _pinned(command: Sequence[str], core: int) -> list[str]:
    # Before it starts: what is set later does not reach threads that there are.
    pin = f"import os, sys; os.sched_setaffinity(0, {{{core}}}); "
    start = "os.execv(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-c", pin + start, *command]


def _wait(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        if process.poll() is not None:
            raise BenchFailed(
                f"it ended with status {process.returncode}:\n{last_words(output)}"
            )
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if time.monotonic() > deadline:
            raise BenchFailed(
                f"it did not listen within {START_SECONDS:.0f} s:\n{last_words(output)}"
            )
        time.sleep(0.1)


def last_words(output: Path) -> str:
    """
    @return: the end of what a program printed, indented.
    """
    lines = output.read_text("utf-8", "replace").splitlines()[-8:]
    return "\n".join(f"    {line}" for line in lines)
