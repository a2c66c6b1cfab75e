"""
Both sides of the calls in Python, on picows and uvloop: for machines that have no
compiler.  Carries about 400 calls, fewer if they are tones; then it is the limit, which
the table says.
"""

from __future__ import annotations

import asyncio
import gc
import os
import time

from picows import WSListener, ws_connect, ws_create_server

from .frames import FRAME_SECONDS, Marking, Numbered, Toned, stamp
from .ledger import CallLedger, Ledger
from .sides import Status
from .sockets import AgentSide, CallerSide, agent_for

#: Frames are sent in so many groups, spread over the 20 ms.
_GROUPS = 20


class PythonSides:
    """
    Provides L{benchmarks.media.sides.Sides}.
    """

    def __init__(self, calls: int, marking: str) -> None:
        self._ledger = Ledger([CallLedger() for _ in range(calls)])
        self._callers = [
            CallerSide(self._ledger, number, _marking(marking, number))
            for number in range(calls)
        ]
        self._agent = AgentSide(self._ledger)
        self._server: asyncio.Server | None = None
        self._talking: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        return os.getpid()

    async def listen(self, port: int) -> None:
        self._server = await ws_create_server(
            lambda request: agent_for(request, self._agent), "127.0.0.1", port
        )
        self._talking = asyncio.create_task(self._talk())

    async def open_media(self, number: int, url: str) -> None:
        caller: WSListener = self._callers[number]
        await ws_connect(lambda: caller, url)

    async def status(self) -> Status:
        return Status(
            sum(caller.is_open for caller in self._callers),
            self._agent.sockets,
            sum(caller.was_answered for caller in self._callers),
        )

    def echo(self) -> None:
        gc.collect()
        gc.freeze()
        self._agent.echoing = True

    def hang_up(self) -> None:
        for caller in self._callers:
            caller.hang_up()

    async def ledger(self) -> Ledger:
        return self._ledger

    async def close(self) -> None:
        if self._talking is not None:
            self._talking.cancel()
        if self._server is not None:
            self._server.close()

    async def _talk(self) -> None:
        """
        Send a frame for each call every 20 ms, group by group; sleeping until a time
        that was fixed before, so that there is no drift.  What could not be sent for
        a whole frame is left out: a burst would stand in queues of playout for ever.
        """
        start, step, ledger = time.monotonic(), 0, self._ledger
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
                ledger.skipped.extend([due] * missed)
            stamped = stamp(time.time())
            for caller in self._callers[step % _GROUPS :: _GROUPS]:
                caller.talk(stamped)
            ledger.due.append(due)
            ledger.late.append(time.monotonic() - due)
            step += 1


def _marking(name: str, call: int) -> Marking:
    return Toned() if name == "tones" else Numbered(call)
