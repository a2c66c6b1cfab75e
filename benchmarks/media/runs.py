"""
All that one command measures, and what is told of it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .about import about
from .figures import Result
from .goals import goal_rows, limit_rows
from .limits import Limit, find_limit
from .measuring import Bench
from .options import QUICK_CALLS
from .processes import BenchFailed, environment
from .programs import ROOT, Program
from .table import Row, markdown, rows, text

#: How long a number of calls is tried when the limit is searched.
_PROBE_SECONDS = 4.0


def must_have_audio(result: Result) -> None:
    """
    @raise BenchFailed: if no call had audio, or not each of few.
    """
    few = result.calls <= QUICK_CALLS[0]
    if result.up < (result.calls if few else 1):
        raise BenchFailed(
            f"only {result.up} of {result.calls} calls had audio; what it said is in"
            " its folder"
        )


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
