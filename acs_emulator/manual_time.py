"""
Time that moves only when it is told to, for tests that let an hour pass at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import Clock, deferLater

from .errors import BadCall
from .model.manual_time import LONGEST, next_stop

#: Real seconds in which an application may answer before time goes on.
PATIENCE = 1.0
_LOOK = 0.002


class ManualTime:
    """
    Moves a clock from one due timer to the next; at each it lets the world
    outside, whose time is real, catch up.
    """

    def __init__(
        self,
        clock: Clock,
        real: IReactorTime,
        monotonic: Callable[[], float],
        busy: Callable[[], bool],
    ) -> None:
        """
        @param monotonic: real seconds.
        @param busy: does an application owe an answer?
        """
        self._clock = clock
        self._real = real
        self._monotonic = monotonic
        self._busy = busy
        self._moving = False

    @property
    def now(self) -> float:
        """
        Seconds since the epoch.
        """
        return float(self._clock.seconds())

    async def advance(self, seconds: Any) -> float:
        """
        @return: what time it is then.

        @raise BadCall: if C{seconds} is not a number, or time moves already.
        """
        is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if not is_number or not 0 <= seconds <= LONGEST:
            raise BadCall(f"seconds: must be a number from 0 to {LONGEST:g}")
        if self._moving:
            raise BadCall("time is moving already")
        self._moving = True
        try:
            await self._move(self.now + seconds)
        finally:
            self._moving = False
        return self.now

    async def _move(self, target: float) -> None:
        await self._catch_up()
        while self.now < target:
            timers = self._clock.getDelayedCalls()
            stop = next_stop(self.now, target, (t.getTime() for t in timers))
            self._clock.advance(stop - self.now)
            await self._catch_up()

    async def _catch_up(self) -> None:
        began = self._monotonic()
        await self._rest(0.0)
        while self._busy() and self._monotonic() - began < PATIENCE:
            await self._rest(_LOOK)

    def _rest(self, seconds: float) -> Deferred[None]:
        return deferLater(self._real, seconds)
