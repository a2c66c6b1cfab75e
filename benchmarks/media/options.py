"""
The command line of C{script/bench}.  Needs nothing that has to be installed, so that
C{--help} works at once.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .processes import PORTS
from .programs import PROGRAMS, ROOT

CALLS, SECONDS = [40], 10.0
QUICK_CALLS, QUICK_SECONDS = [20], 2.5


def parser() -> argparse.ArgumentParser:
    """
    @return: for all options.
    """
    options = argparse.ArgumentParser(
        prog="script/bench",
        description="How many calls does the gateway carry on one core, and others?",
        epilog="programs: "
        + "; ".join(f"{p.name}: {p.about}" for p in PROGRAMS.values()),
    )
    what = options.add_mutually_exclusive_group()
    what.add_argument(
        "--quick", action="store_true", help="less of all: under two minutes"
    )
    what.add_argument(
        "--limit",
        action="store_true",
        help="find the largest number of calls that each program carries (two or"
        " three minutes for each)",
    )
    options.add_argument(
        "--calls",
        type=numbers,
        metavar="N[,N...]",
        help=f"at a time (default: {CALLS[0]}; {QUICK_CALLS[0]} if quick)",
    )
    options.add_argument("--seconds", type=_seconds, help="to measure (default: 10)")
    options.add_argument(
        "--most", type=int, default=1500, help="calls that --limit tries at most"
    )
    options.add_argument(
        "--workers",
        type=int,
        choices=range(1, 9),
        default=1,
        metavar="N",
        help="processes of the gateway that share the calls (default: 1)",
    )
    options.add_argument(
        "--all",
        action="store_true",
        help="pipecat, if it is installed, and straight too",
    )
    options.add_argument(
        "--program",
        action="append",
        choices=list(PROGRAMS),
        help="only this one; may be repeated",
    )
    options.add_argument(
        "--port-base",
        type=int,
        default=18800,  # below those that clients get
        help=f"the first of {PORTS} ports for each worker (default: 18800)",
    )
    options.add_argument("--folder", type=Path, default=ROOT / "bench-run")
    options.add_argument("--python", default=sys.executable, help=argparse.SUPPRESS)
    return options


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
