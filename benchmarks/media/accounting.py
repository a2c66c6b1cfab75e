"""
What the kernel knows of a process (Linux).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True)
class Spent:
    """
    @ivar cpu: seconds on a core, of all threads.
    @ivar waited: seconds that they were ready and others had the core.
    """

    cpu: float
    waited: float

    def since(self, earlier: Spent) -> Spent:
        """
        @return: what was spent meanwhile.
        """
        return Spent(self.cpu - earlier.cpu, self.waited - earlier.waited)


def spent(pid: int, proc: Path = _PROC) -> Spent:
    """
    @return: until now.  From C{schedstat}, in nanoseconds: the times in C{stat} are
        counted in ticks, with which a clock of 20 ms goes in step.

    @raise OSError: if there is no such process, or no such file.
    """
    cpu = waited = 0
    for task in (proc / str(pid) / "task").iterdir():
        try:
            fields = (task / "schedstat").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # the thread has just ended
        cpu += int(fields[0])
        waited += int(fields[1])
    return Spent(cpu / 1e9, waited / 1e9)


def resident_kb(pid: int, proc: Path = _PROC) -> int:
    """
    @raise OSError: if there is no such process.
    """
    for line in (proc / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0  # it has ended, and nobody has asked how
