"""
Measures how many calls programs carry between Azure's media sockets and a voice
agent; C{script/bench} sets up and starts it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .about import about
from .figures import Result
from .goals import goal_rows, limit_rows
from .limits import Limit, find_limit
from .measuring import PORTS, Bench
from .processes import BenchFailed, check_ports, environment, our_cores
from .programs import PROGRAMS, ROOT, Program
from .table import Row, markdown, rows, text
from .tools import find_tools

_CALLS, _SECONDS = [40], 10.0
_QUICK_CALLS, _QUICK_SECONDS = [20], 2.5

#: How long a number of calls is tried when the limit is searched.
_PROBE_SECONDS = 4.0


def main(arguments: Sequence[str] | None = None) -> int:
    """
    @return: the exit status.
    """
    given = _parser().parse_args(arguments)
    calls = given.calls or (_QUICK_CALLS if given.quick else _CALLS)
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
            seconds=given.seconds or (_QUICK_SECONDS if given.quick else _SECONDS),
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="script/bench",
        description="How many calls does the gateway carry on one core, and others?",
        epilog="programs: "
        + "; ".join(f"{p.name}: {p.about}" for p in PROGRAMS.values()),
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--quick", action="store_true", help="less of all: under two minutes"
    )
    what.add_argument(
        "--limit",
        action="store_true",
        help="find the largest number of calls that each program carries (two or"
        " three minutes for each)",
    )
    parser.add_argument(
        "--calls",
        type=numbers,
        metavar="N[,N...]",
        help=f"at a time (default: {_CALLS[0]}; {_QUICK_CALLS[0]} if quick)",
    )
    parser.add_argument("--seconds", type=_seconds, help="to measure (default: 10)")
    parser.add_argument(
        "--most", type=int, default=1500, help="calls that --limit tries at most"
    )
    parser.add_argument(
        "--workers",
        type=int,
        choices=range(1, 9),
        default=1,
        metavar="N",
        help="processes of the gateway that share the calls (default: 1)",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="pipecat, if it is installed, and straight too",
    )
    parser.add_argument(
        "--program",
        action="append",
        choices=list(PROGRAMS),
        help="only this one; may be repeated",
    )
    parser.add_argument(
        "--port-base",
        type=int,
        default=18800,  # below those that clients get
        help=f"the first of {PORTS} ports for each worker (default: 18800)",
    )
    parser.add_argument("--folder", type=Path, default=ROOT / "bench-run")
    parser.add_argument("--python", default=sys.executable, help=argparse.SUPPRESS)
    return parser


def numbers(text: str) -> list[int]:
    """
    @return: numbers of calls, in order.

    @raise argparse.ArgumentTypeError: if it is something else.
    """
    found = [int(part) for part in text.split(",") if part.strip().isdecimal()]
    if len(found) != text.count(",") + 1 or not all(1 <= n <= 5000 for n in found):
        raise argparse.ArgumentTypeError("1 to 5000 calls, such as 20 or 20,40,80")
    return sorted(set(found))


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 1 <= seconds <= 600:
        raise argparse.ArgumentTypeError("1 to 600 seconds")
    return seconds


def must_have_audio(result: Result) -> None:
    """
    @raise BenchFailed: if no call had audio, or not each of few.
    """
    few = result.calls <= _QUICK_CALLS[0]
    if result.up < (result.calls if few else 1):
        raise BenchFailed(
            f"only {result.up} of {result.calls} calls had audio; what it said is in"
            " its folder"
        )


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


class Run:
    """
    All that one command measures.
    """

    def __init__(self, bench: Bench, lacking: dict[str, str]) -> None:
        self._bench = bench
        self._about = about(bench)
        self._lacking = lacking
        self._failed: dict[str, str] = {}

    def measure(self, programs: Sequence[Program], calls: Sequence[int]) -> int:
        """
        Each program with each number of calls.

        @return: the exit status.
        """
        results: list[Result] = []
        for program in programs:
            for number in calls:
                try:
                    results.append(result := self._measured(program, number))
                    must_have_audio(result)
                except BenchFailed as e:
                    self._note(f"{program.name}, {number} calls", e)
        body = {"results": [result.as_json() for result in results]}
        return self._tell(body, [rows(results)], bool(results))

    def search(self, programs: Sequence[Program], most: int) -> int:
        """
        The limit of each program.

        @return: the exit status.
        """
        limits: list[Limit] = []
        for program in programs:

            def measure(
                calls: int, seconds: float | None, program: Program = program
            ) -> Result:
                return self._measured(program, calls, seconds)

            try:
                limits.append(find_limit(program.name, measure, most, _PROBE_SECONDS))
            except BenchFailed as e:
                self._note(program.name, e)
            self._save({"limits": [limit.as_json() for limit in limits]})
        body = {"limits": [limit.as_json() for limit in limits]}
        tables = [limit_rows(limits)]
        if len(goals := goal_rows(limits)) > 1:
            tables.append(goals)
        return self._tell(body, tables, bool(limits))

    def _measured(
        self, program: Program, calls: int, seconds: float | None = None
    ) -> Result:
        print(f"{program.name}, {calls} calls ...", file=sys.stderr, flush=True)
        return self._bench.measure(program, calls, seconds)

    def _note(self, what: str, problem: BenchFailed) -> None:
        self._failed[what] = str(problem)
        print(f"{what}: {problem}", file=sys.stderr)

    def _save(self, body: dict[str, Any]) -> Path:
        told = {"failed": self._failed, "left_out": self._lacking}
        file = self._bench.folder / "results.json"
        file.write_text(json.dumps({**self._about, **body, **told}, indent=2) + "\n")
        return file

    def _tell(
        self, body: dict[str, Any], tables: Sequence[Sequence[Row]], plot: bool
    ) -> int:
        file = self._save(body)
        written = "\n\n".join(map(markdown, tables))
        file.with_suffix(".md").write_text(written + "\n")
        shown = "\n\n".join(map(text, tables))
        print(f"\n{self._about['machine']}\n{shown}\n\n{file}")
        if plot:
            self._plot(file)
        return 1 if self._failed else 0

    def _plot(self, file: Path) -> None:
        command = [self._bench.tools.python, "-m", "benchmarks.media.plot", str(file)]
        told = subprocess.run(
            command, cwd=ROOT, env=environment(), capture_output=True, text=True
        )
        said = told.stdout if told.returncode == 0 else f"no plot: {told.stderr[-300:]}"
        print(said.strip())


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("script/bench: stopped", file=sys.stderr)
        sys.exit(130)
