"""
One program with so many calls: started, loaded, measured, stopped.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .figures import Result
from .processes import BenchFailed, check_ports, environment, last_words, running, stop
from .programs import ROOT, Program

#: The program's, its operators', Azure's, the agent's.
PORTS = 4

#: What a run takes beside the calls, the time that is measured included.
_ASIDE_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Bench:
    """
    What is the same for all programs.

    @ivar python: of the environment of the peers.
    @ivar command: that this is done for.
    @ivar cores: the program's and the load generator's.
    """

    python: str
    folder: Path
    port_base: int
    cores: tuple[int, int]
    seconds: float
    command: str

    def measure(self, program: Program, calls: int) -> Result:
        """
        @raise BenchFailed: if that was not possible.
        """
        check_ports(self.port_base, PORTS)
        name = f"{program.name}-{calls}"
        folder = self.folder / name
        folder.mkdir()
        port, agent = self.port_base, self.port_base + 3
        load = [self.python, "-m", "benchmarks.media.load"]
        load += ["--program", program.name, "--port", str(port)]
        load += ["--agent-port", str(agent), "--marking", program.marking]
        load += ["--calls", str(calls), "--seconds", str(self.seconds)]
        load += ["--core", str(self.cores[1])]
        if program.is_gateway:
            from .gateway import write_settings

            headers = write_settings(folder, port, agent)
            load += ["--azure-port", str(port + 2), "--headers", json.dumps(headers)]
        command = program.command(self.python, folder, port, agent)
        output = folder / "output.txt"
        with running(command, self.cores[0], port, output, ROOT) as process:
            load += ["--pid", str(process.pid)]
            return self._load(load, folder, calls, process)

    def _load(
        self,
        command: list[str],
        folder: Path,
        calls: int,
        program: subprocess.Popen[bytes],
    ) -> Result:
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
        limit = _ASIDE_SECONDS + self.seconds + calls / 10
        try:
            told, _ = generator.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            raise BenchFailed(f"the load generator hung for {limit:.0f} s") from None
        finally:
            stop(generator)
        if program.poll() is not None:
            words = last_words(folder / "output.txt")
            raise BenchFailed(f"the program ended while it was measured:\n{words}")
        if generator.returncode != 0:
            raise BenchFailed(
                f"the load generator ended with {generator.returncode}:\n"
                + last_words(complaints)
            )
        return Result.from_json(json.loads(told))
