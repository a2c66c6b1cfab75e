"""
One program with so many calls: started, loaded, measured, stopped.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from .figures import Result
from .gateway import write_settings
from .processes import (
    PORTS,
    BenchFailed,
    Cores,
    check_ports,
    environment,
    last_words,
    running,
    share_out,
    stop,
)
from .programs import ROOT, Kind, Program, Tools

#: What a run takes beside the calls, the time that is measured included.
_ASIDE_SECONDS = 90.0


@dataclass(frozen=True, kw_only=True)
class Bench:
    """
    What is the same for all programs.

    @ivar command: that this is done for.
    @ivar cores: that may be used.
    """

    tools: Tools
    folder: Path
    port_base: int
    cores: Sequence[int]
    seconds: float
    command: str

    def measure(
        self, program: Program, calls: int, seconds: float | None = None
    ) -> Result:
        """
        @param seconds: if it shall not be as long as all others.

        @raise BenchFailed: if that was not possible.
        """
        check_ports(self.port_base, PORTS * program.workers)
        folder = self._new_folder(f"{program.name.replace(' ', '-')}-{calls}")
        cores = share_out(self.cores, program.workers)
        seconds = seconds or self.seconds
        try:
            with ExitStack() as started:
                load = self._generator(program, calls, seconds, cores)
                if program.kind is not Kind.NONE:
                    load += self._start(program, folder, cores, started)
                result = self._load(load, folder, calls / 10 + seconds)
            if program.records and not any(folder.glob("**/recordings/*")):
                raise BenchFailed("nothing was recorded")
            return result
        finally:
            for recordings in folder.glob("**/recordings"):
                shutil.rmtree(recordings, ignore_errors=True)

    def _new_folder(self, name: str) -> Path:
        """
        @return: one that is not there, since a search may measure a number twice.
        """
        for again in range(2, 1000):
            folder = self.folder / name
            if not folder.exists():
                break
            name = f"{name.partition('.')[0]}.{again}"
        folder.mkdir()
        return folder

    def _generator(
        self, program: Program, calls: int, seconds: float, cores: Cores
    ) -> list[str]:
        load = [self.tools.python, "-m", "benchmarks.media.load"]
        load += ["--program", program.name, "--marking", program.marking]
        load += ["--agent-port", str(self._agent_port)]
        load += ["--calls", str(calls), "--seconds", str(seconds)]
        load += ["--core", str(cores.generator)]
        if cores.crowded:
            load += ["--crowded"]
        if "generator" in self.tools.native:
            load += ["--native", str(self.tools.native["generator"])]
        if program.is_gateway:
            load += ["--azure-port", str(self._azure_port)]
        if program.kind is Kind.NONE:
            load += ["--port", str(self._agent_port)]
        return load

    @property
    def _azure_port(self) -> int:
        return self.port_base + 2

    @property
    def _agent_port(self) -> int:
        return self.port_base + 3

    def _start(
        self, program: Program, folder: Path, cores: Cores, started: ExitStack
    ) -> list[str]:
        """
        Start all its processes.

        @return: what the load generator has to know of them.
        """
        load: list[str] = []
        all_headers = []
        for worker, core in enumerate(cores.workers):
            own = folder / f"worker-{worker + 1}" if program.workers > 1 else folder
            own.mkdir(exist_ok=True)
            port = self.port_base + PORTS * worker
            if program.is_gateway:
                headers = write_settings(
                    own, port, self._azure_port, self._agent_port, program.records
                )
                all_headers.append(headers)
            command = program.command(self.tools, own, port, self._agent_port)
            running_one = running(command, core, port, own / "output.txt")
            process = started.enter_context(running_one)
            load += ["--port", str(port), "--pid", str(process.pid)]
        return [*load, "--headers", json.dumps(all_headers)]

    def _load(self, command: list[str], folder: Path, seconds: float) -> Result:
        complaints = folder / "load.txt"
        with complaints.open("wb") as said:
            generator = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                start_new_session=True,
                cwd=ROOT,
                env=environment(),
            )
        limit = _ASIDE_SECONDS + seconds
        try:
            told, _ = generator.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            raise BenchFailed(f"the load generator hung for {limit:.0f} s") from None
        finally:
            stop(generator)
        if generator.returncode != 0:
            raise BenchFailed(
                f"the load generator ended with {generator.returncode}:\n"
                + last_words(complaints)
            )
        return Result.from_json(json.loads(told))
