"""
Measures how many calls programs carry between Azure's media sockets and a voice
agent; C{script/bench} sets up and starts it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from .options import CALLS, QUICK_CALLS, QUICK_SECONDS, SECONDS, parser
from .processes import PORTS, BenchFailed, check_ports, our_cores
from .programs import PROGRAMS
from .tools import find_tools


def main(arguments: Sequence[str] | None = None) -> int:
    """
    @return: the exit status.
    """
    given = parser().parse_args(arguments)
    # Needs packages, which need not be there for --help.
    from .measuring import Bench
    from .runs import Run

    calls = given.calls or (QUICK_CALLS if given.quick else CALLS)
    try:
        names = given.program or [p.name for p in PROGRAMS.values() if p.usual]
        names = [*PROGRAMS] if given.all else names
        programs = [
            PROGRAMS[n].with_workers(given.workers) for n in dict.fromkeys(names)
        ]
        tools, lacking = find_tools(given.python, programs)
        _tell_lacking(lacking, given.program or ())
        programs = [program for program in programs if program.name not in lacking]
        check_ports(given.port_base, PORTS * given.workers)
        bench = Bench(
            tools=tools,
            folder=_folder(given.folder),
            port_base=given.port_base,
            cores=our_cores(),
            seconds=given.seconds or (QUICK_SECONDS if given.quick else SECONDS),
            command=_command(sys.argv[1:] if arguments is None else arguments),
        )
        run = Run(bench, lacking)
        if given.limit:
            return run.search(programs, given.most)
        return run.measure(programs, calls)
    except BenchFailed as e:
        print(f"script/bench: {e}", file=sys.stderr)
        return 1
    except OSError as e:
        print(f"script/bench: {e.filename or ''}: {e.strerror}", file=sys.stderr)
        return 1


def _tell_lacking(lacking: dict[str, str], asked_for: Sequence[str]) -> None:
    """
    @raise BenchFailed: if what was asked for can't be measured.
    """
    for name, why in lacking.items():
        if name in asked_for:
            raise BenchFailed(f"{name}: {why}")
        what = "slower, in Python" if name == "generator" else "left out"
        print(f"{name}: {what}, since {why}", file=sys.stderr)


def _command(arguments: Sequence[str]) -> str:
    """
    @return: as it was typed, without what script/bench adds.
    """
    kept = list(arguments)
    if "--python" in kept:
        at = kept.index("--python")
        del kept[at : at + 2]
    return " ".join(["script/bench", *kept])


def _folder(below: Path) -> Path:
    folder = below / time.strftime("%Y%m%d-%H%M%S")
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("script/bench: stopped", file=sys.stderr)
        sys.exit(130)
