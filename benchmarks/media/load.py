"""
The load generator: Azure's side of the calls, and the agent's.  A process of its own,
started by C{benchmarks.media.run}; prints its result as JSON.

Needs picows and uvloop: it has to be much cheaper than what it measures.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import sys
import time
from array import array

import uvloop
from picows import ws_connect, ws_create_server

from .accounting import resident_kb, spent
from .azure import Azure
from .figures import Result, late_frames, percentiles
from .frames import FRAME_SECONDS, Marking, Numbered, Toned, stamp
from .sockets import AgentSide, CallerSide, agent_for

#: Frames are sent in so many groups, spread over the 20 ms.
_GROUPS = 20

#: Calls that are placed in a second.
_PLACED = 50.0

#: Until what is cold has become warm, and until the last frames are back.
_SETTLE = 2.0
_REST = 1.0

#: Until all sockets must be open.
_OPEN_SECONDS = 20.0


class Load:
    """
    The calls of one run.
    """

    def __init__(self, given: argparse.Namespace) -> None:
        self._given = given
        self._lateness = array("d")
        self._to_agent = array("d")
        self._skipped = 0
        self._measuring = False
        self._callers = [CallerSide(self._marking(i)) for i in range(given.calls)]
        self._agent = AgentSide(
            [caller.ledger for caller in self._callers], self._to_agent
        )

    def _marking(self, call: int) -> Marking:
        return Toned() if self._given.marking == "tones" else Numbered(call)

    async def run(self) -> Result:
        """
        Place the calls, let them talk, measure.
        """
        given = self._given
        agent = await ws_create_server(
            lambda request: agent_for(request, self._agent),
            "127.0.0.1",
            given.agent_port,
        )
        idle = resident_kb(given.pid)
        clock = asyncio.create_task(self._talk())
        azure = await self._place()
        gc.collect()
        gc.freeze()
        await asyncio.sleep(_SETTLE)
        for caller in self._callers:
            caller.ledger.damaged = caller.ledger.repeated = 0
        self._measuring = self._agent.measuring = True
        begin, before, own = time.monotonic(), spent(given.pid), time.process_time()
        await asyncio.sleep(given.seconds)
        end, used = time.monotonic(), spent(given.pid).since(before)
        own = time.process_time() - own
        self._measuring = self._agent.measuring = False
        loaded = resident_kb(given.pid)
        await asyncio.sleep(_REST)
        clock.cancel()
        for caller in self._callers:
            caller.hang_up()
        agent.close()
        if azure is not None:
            await azure.close()
        windows = [caller.ledger.window(begin, end) for caller in self._callers]
        delays = [delay for window, _ in windows for delay in window]
        lost = sum(missing for _, missing in windows)
        return Result(
            program=given.program,
            calls=given.calls,
            up=sum(bool(window) for window, _ in windows),
            seconds=end - begin,
            frames=len(delays) + lost,
            lost=lost,
            late=sum(late_frames(window) for window, _ in windows),
            damaged=sum(caller.ledger.damaged for caller in self._callers),
            repeated=sum(caller.ledger.repeated for caller in self._callers),
            cpu_seconds=used.cpu,
            waited_seconds=used.waited,
            delay_ms=percentiles(delays),
            to_agent_ms=percentiles(self._to_agent),
            idle_kb=idle,
            loaded_kb=loaded,
            generator_cpu=own / (end - begin),
            generator_late_ms=percentiles(self._lateness),
            generator_skipped=self._skipped,
        )

    async def _place(self) -> Azure | None:
        """
        @return: who answers for Azure, if the program needs one.
        """
        given = self._given
        azure = None
        if given.azure_port:
            azure = Azure(given.port, given.headers, self._media)
            await azure.listen(given.azure_port)
        for number in range(given.calls):
            if azure is not None:
                await azure.ring(number)
            else:
                await self._media(number, f"ws://127.0.0.1:{given.port}/media")
            await asyncio.sleep(1 / _PLACED)
        deadline = time.monotonic() + _OPEN_SECONDS
        while time.monotonic() < deadline:
            if all(caller.ledger.back for caller in self._callers):
                break
            await asyncio.sleep(0.05)
        return azure

    async def _media(self, number: int, url: str) -> None:
        """
        Open the media socket of a call.
        """
        caller = self._callers[number]
        await ws_connect(lambda: caller, url)

    async def _talk(self) -> None:
        """
        Send a frame for each call every 20 ms, group by group; sleeping until a time
        that was fixed before, so that there is no drift.  What could not be sent for
        a whole frame is left out: a burst would stand in queues of playout for ever.
        """
        start, step = time.monotonic(), 0
        while True:
            due = start + step * FRAME_SECONDS / _GROUPS
            pause = due - time.monotonic()
            if pause > 0:
                await asyncio.sleep(pause)
            elif step % _GROUPS == 0:
                await asyncio.sleep(0)  # what came must be read, however late we are
            if pause < -FRAME_SECONDS:
                missed = int(-pause / FRAME_SECONDS)
                step += missed * _GROUPS
                due += missed * FRAME_SECONDS
                self._skipped += missed * self._measuring
            stamped = stamp(time.time())
            for caller in self._callers[step % _GROUPS :: _GROUPS]:
                caller.talk(stamped)
            if self._measuring:
                self._lateness.append((time.monotonic() - due) * 1000)
            step += 1


def main() -> int:
    """
    @return: the exit status.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--pid", type=int, required=True, help="of the program")
    parser.add_argument("--port", type=int, required=True, help="of the program")
    parser.add_argument("--agent-port", type=int, required=True)
    parser.add_argument("--azure-port", type=int, default=0)
    parser.add_argument("--headers", type=json.loads, default={}, help="of events")
    parser.add_argument("--marking", choices=("numbers", "tones"), default="numbers")
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--core", type=int)
    given = parser.parse_args()
    if given.core is not None:
        os.sched_setaffinity(0, {given.core})
    try:
        result = uvloop.run(Load(given).run())
    except (OSError, RuntimeError, ValueError) as e:
        print(f"the load generator gave up: {e}", file=sys.stderr)
        return 1
    print(json.dumps(result.as_json()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
