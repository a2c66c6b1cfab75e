"""
Measures how many calls programs carry between Azure's media sockets and a voice
agent; C{script/bench} sets up and starts it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .figures import Result
from .measuring import PORTS, Bench
from .processes import BenchFailed, check_ports, environment, two_cores
from .programs import PROGRAMS, ROOT, Program
from .table import markdown, table

_QUICK_CALLS, _QUICK_SECONDS = 20, 4.0

#: What figures depend on, of both environments.
_PACKAGES = (
    *("twisted", "autobahn", "msgspec", "numpy", "picows", "uvloop", "fastapi"),
    *("uvicorn", "websockets", "quart", "hypercorn", "aiohttp", "pipecat-ai"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """
    @return: the exit status.
    """
    given = _parser().parse_args(arguments)
    if given.quick:
        given.calls = given.calls or [_QUICK_CALLS]
        given.seconds = given.seconds or _QUICK_SECONDS
    calls = given.calls or [40]
    try:
        cores = two_cores()
        programs = _programs(given.program)
        _check_peers(given.python, programs)
        check_ports(given.port_base, PORTS)
        bench = Bench(
            python=given.python,
            folder=_folder(given.folder),
            port_base=given.port_base,
            cores=cores,
            seconds=given.seconds or 10.0,
            command=_command(sys.argv[1:] if arguments is None else arguments),
        )
        return _run(bench, programs, calls)
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
    parser.add_argument(
        "--quick", action="store_true", help="less of all: under two minutes"
    )
    parser.add_argument(
        "--calls",
        type=numbers,
        metavar="N[,N...]",
        help=f"at a time (default: 40; {_QUICK_CALLS} if quick)",
    )
    parser.add_argument("--seconds", type=_seconds, help="to measure (default: 10)")
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
        help=f"the first of {PORTS} ports (default: 18800)",
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


def _programs(names: Sequence[str] | None) -> list[Program]:
    if names:
        return [PROGRAMS[name] for name in dict.fromkeys(names)]
    return [program for program in PROGRAMS.values() if program.usual]


def _check_peers(python: str, programs: Sequence[Program]) -> None:
    """
    @raise BenchFailed: if a package is missing.
    """
    needed = ["picows", "uvloop", "numpy"]
    needed += [name for program in programs for name in program.needs]
    look = (
        "import sys; from importlib.util import find_spec; "
        "print(*(n for n in sys.argv[1:] if find_spec(n) is None))"
    )
    told = subprocess.run(
        [python, "-c", look, *dict.fromkeys(needed)],
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode != 0:
        raise BenchFailed(f"{python} does not run: {told.stderr.strip()[-200:]}")
    if missing := told.stdout.split():
        packages = " ".join("pipecat-ai" if n == "pipecat" else n for n in missing)
        raise BenchFailed(
            f"not installed: {packages}; do\n"
            f"    {python} -m pip install --only-binary :all: {packages}"
        )


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


def _run(bench: Bench, programs: Sequence[Program], calls: Sequence[int]) -> int:
    about = _about(bench)
    results: list[Result] = []
    failed: dict[str, str] = {}
    for program in programs:
        for number in calls:
            print(f"{program.name}, {number} calls ...", file=sys.stderr, flush=True)
            try:
                results.append(bench.measure(program, number))
            except BenchFailed as e:
                failed[f"{program.name}, {number} calls"] = str(e)
                print(f"{program.name}: {e}", file=sys.stderr)
    body = {
        **about,
        "results": [result.as_json() for result in results],
        "failed": failed,
    }
    file = bench.folder / "results.json"
    file.write_text(json.dumps(body, indent=2) + "\n")
    (bench.folder / "results.md").write_text(markdown(results) + "\n")
    print(f"\n{about['machine']}\n{table(results)}\n\n{file}")
    if results:
        _plot(bench, file)
    return 1 if failed else 0


def _plot(bench: Bench, file: Path) -> None:
    command = [bench.python, "-m", "benchmarks.media.plot", str(file)]
    told = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True
    )
    text = told.stdout if told.returncode == 0 else f"no plot: {told.stderr[-300:]}"
    print(text.strip())


def _about(bench: Bench) -> dict[str, Any]:
    """
    @return: what the figures depend on.
    """
    return {
        "began": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "command": bench.command,
        "commit": _commit(),
        "machine": f"{_processor()}, {os.cpu_count()} cores, Linux"
        f" {platform.release()}, Python {platform.python_version()},"
        f" load {os.getloadavg()[0]:.1f}",
        "versions": {"acsgw": version("acsgw"), **_versions(bench.python)},
        "gateway_versions": _versions(sys.executable),
        "cores": bench.cores,
        "seconds": bench.seconds,
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        told = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False
        )
    except OSError:
        return "unknown"
    return told.stdout.strip() or "unknown"


def _versions(python: str) -> dict[str, str]:
    look = """\
import json, sys
from importlib.metadata import PackageNotFoundError, version
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""
    told = subprocess.run(
        [python, "-c", look, *_PACKAGES], capture_output=True, text=True, check=False
    )
    found: dict[str, str] = json.loads(told.stdout or "{}")
    return found


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("script/bench: stopped", file=sys.stderr)
        sys.exit(130)
