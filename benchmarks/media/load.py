"""
The load generator: Azure's side of the calls, and the agent's.  A process of its own,
started by C{benchmarks.media.measuring}; prints its result as JSON.

The sockets are served by C++ (L{native_sides}) or, where there is no compiler, here
(L{python_sides}); both have to be much cheaper than what they measure.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import uvloop

from .accounting import Spent, resident_kb, spent
from .azure import Azure
from .figures import LATE_MS, Result, late_frames, percentiles
from .ledger import Ledger, within
from .sides import Sides, Status

#: Calls that are placed in a second, if each has to be answered or not.
_PLACED = {True: 50.0, False: 100.0}

#: Calls before memory is measured for the first time.
_WARM_CALLS = 5

#: Until what is cold has become warm, and until the last frames are back.
_SETTLE = 1.5
_REST = 0.7

#: Until what the programs were told to collect has been given back.
_COLLECT = 0.3

#: What was kept until the agent was there has been sent.
_QUIET = 0.7

#: Until all sockets must be open.
_OPEN_SECONDS = 20.0


@dataclass(frozen=True)
class _Window:
    """
    What was measured while all calls talked.
    """

    begin: float
    end: float
    used: list[Spent]
    own: Spent


class Load:
    """
    The calls of one run.
    """

    def __init__(self, given: argparse.Namespace, sides: Sides) -> None:
        self._given = given
        self._sides = sides
        self._azure: Azure | None = None

    async def run(self) -> Result:
        """
        Place the calls, let them talk, measure.

        @raise OSError: if a port is in use, or the program has ended.
        @raise RuntimeError: if the program refuses calls.
        """
        given, sides = self._given, self._sides
        await sides.listen(given.agent_port)
        if given.azure_port:
            self._azure = Azure(given.port, given.headers, sides.open_media)
            await self._azure.listen(given.azure_port)
        warm = min(_WARM_CALLS, given.calls // 2)
        await self._place(range(warm))
        idle = await self._memory()
        await self._place(range(warm, given.calls))
        await asyncio.sleep(_QUIET)
        sides.echo()
        await asyncio.sleep(_SETTLE)
        window = await self._measure()
        loaded = await self._memory()
        await asyncio.sleep(_REST)
        ledger = await sides.ledger()
        sides.hang_up()
        if self._azure is not None:
            await self._azure.close()
        await asyncio.sleep(0)
        memory = {"idle_kb": idle, "loaded_kb": loaded, "warm_calls": warm}
        return self._result(ledger, window, memory)

    @property
    def _pids(self) -> list[int]:
        # If there is no program, what the generator costs is of interest.
        return self._given.pid or [self._sides.pid]

    async def _place(self, numbers: range) -> None:
        """
        Until all of these calls have their sockets, or it has taken too long.
        """
        given = self._given
        pause = 1 / _PLACED[self._azure is not None]
        for number in numbers:
            begun = time.monotonic()
            if self._azure is not None:
                await self._azure.ring(number)
            else:
                port = given.port[number % len(given.port)]
                await self._sides.open_media(number, f"ws://127.0.0.1:{port}/media")
            await asyncio.sleep(max(0, pause + begun - time.monotonic()))
        await self._until(lambda s: min(s.media, s.agents) >= numbers.stop)

    async def _until(self, wanted: Callable[[Status], bool]) -> None:
        deadline = time.monotonic() + _OPEN_SECONDS
        while time.monotonic() < deadline and not wanted(await self._sides.status()):
            await asyncio.sleep(0.05)

    async def _memory(self) -> int:
        """
        @return: resident memory of the program in KB, when it has collected its garbage
            (L{benchmarks.media.collect}).
        """
        for pid in self._given.pid:
            os.kill(pid, signal.SIGUSR2)
        await asyncio.sleep(_COLLECT)
        return sum(map(resident_kb, self._pids))

    async def _measure(self) -> _Window:
        pids = self._pids
        begin, before, own = (
            time.monotonic(),
            [*map(spent, pids)],
            spent(self._sides.pid),
        )
        await asyncio.sleep(self._given.seconds)
        after, end = [*map(spent, pids)], time.monotonic()
        used = [late.since(early) for late, early in zip(after, before, strict=True)]
        return _Window(begin, end, used, spent(self._sides.pid).since(own))

    def _result(self, ledger: Ledger, at: _Window, memory: dict[str, int]) -> Result:
        given, span = self._given, (at.begin, at.end)
        windows = [call.window(*span) for call in ledger.calls]
        delays = np.concatenate([window for window, _ in windows])
        lost = sum(missing for _, missing in windows)
        until = (at.begin, at.end + _REST)
        workers = [used.cpu for used in at.used]
        return Result(
            program=given.program,
            calls=given.calls,
            up=sum(bool(len(window)) for window, _ in windows),
            seconds=at.end - at.begin,
            frames=len(delays) + lost,
            lost=lost,
            late=sum(late_frames(window) for window, _ in windows),
            over=int(np.sum(delays >= LATE_MS)) + lost,
            damaged=within(ledger.damaged, *until),
            repeated=within(ledger.repeated, *until),
            silent=within(ledger.silent, *until),
            cpu_seconds=sum(workers),
            worker_seconds=workers,
            waited_seconds=sum(used.waited for used in at.used),
            delay_ms=percentiles(delays),
            to_agent_ms=percentiles(
                np.concatenate([call.to_agent(*span) for call in ledger.calls])
            ),
            **memory,
            crowded=given.crowded,
            generator="C++" if given.native else "Python",
            generator_cpu=at.own.cpu / (at.end - at.begin),
            generator_waited=at.own.waited / (at.end - at.begin),
            generator_late_ms=percentiles(ledger.lateness(*span)),
            generator_skipped=within(ledger.skipped, *span),
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    each: dict[str, Any] = {"type": int, "action": "append"}
    parser.add_argument("--program", required=True)
    parser.add_argument("--pid", **each, default=[], help="of the program")
    parser.add_argument("--port", **each, required=True, help="of the program")
    parser.add_argument("--agent-port", type=int, required=True)
    parser.add_argument("--azure-port", type=int, default=0)
    parser.add_argument("--headers", type=json.loads, default=[], help="of events")
    parser.add_argument("--marking", choices=("numbers", "tones"), default="numbers")
    parser.add_argument("--native", type=Path, help="the generator in C++")
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--core", type=int)
    parser.add_argument("--crowded", action="store_true")
    return parser.parse_args()


def _sides(given: argparse.Namespace) -> Sides:
    if given.native:
        from .native_sides import NativeSides

        return NativeSides(given.native, given.calls, given.marking)
    from .python_sides import PythonSides

    return PythonSides(given.calls, given.marking)


async def _run(given: argparse.Namespace) -> Result:
    sides = _sides(given)
    try:
        return await Load(given, sides).run()
    finally:
        await sides.close()


def main() -> int:
    """
    @return: the exit status.
    """
    given = _arguments()
    if given.core is not None:
        os.sched_setaffinity(0, {given.core})
    try:
        result = uvloop.run(_run(given))
    except (OSError, RuntimeError, ValueError) as e:
        print(f"the load generator gave up: {e}", file=sys.stderr)
        return 1
    print(json.dumps(result.as_json()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
