"""
The one 20 ms clock of all calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from .model.lateness import Histogram, percentiles
from .model.media_messages import FRAME_SECONDS

#: Given how late it is, in seconds.
Tick = Callable[[float], None]

#: A timer may come early by rounding; that is not worth another wait.
_EARLY = 0.0005
#: Callers are spread over so many moments of each 20 ms, lest all frames of all
#: calls be made at once and the last be late.
_PHASES = 4
#: So few need not be spread.
_FEW = 10
#: Ticks missed beyond this (a suspended machine) are dropped, not made up for.
_MOST_CATCH_UP = 5.0


class Metronome:
    """
    Ticks every 20 ms while anybody listens.

    Due times are counted from the first tick, so that lateness does not add
    up; missed ticks are made up for at once, and each says how late it was.
    """

    _log = Logger()

    def __init__(self, clock: IReactorTime, monotonic: Callable[[], float]) -> None:
        """
        @param monotonic: seconds that never jump.
        """
        self._clock = clock
        self._monotonic = monotonic
        self._phases: list[list[Tick]] = [[] for _ in range(_PHASES)]
        self._timer: IDelayedCall | None = None
        self._base = 0.0
        self._count = 0
        self._lateness = Histogram()
        self._before: list[Callable[[], None]] = []
        self._after: list[Callable[[], None]] = []

    def surround(self, before: Callable[[], None], after: Callable[[], None]) -> None:
        """
        Call them before and after ticks that are due together.
        """
        self._before.append(before)
        self._after.append(after)

    def body(self) -> dict[str, Any]:
        """
        @return: how late frames were since the start, for JSON.
        """
        lateness = self._lateness
        return {
            "frames": sum(lateness.buckets.values()),
            "late_ms": percentiles(lateness.buckets),
            "late_max_ms": round(lateness.max_ms, 2),
            "buckets": {str(k): v for k, v in sorted(lateness.buckets.items())},
        }

    def join(self, tick: Tick) -> None:
        """
        Call C{tick} every 20 ms from now on.
        """
        first, *others = self._phases
        if len(first) < _FEW:
            first.append(tick)
        else:
            min(*others, first, key=len).append(tick)
        if self._timer is None:
            self._base = self._monotonic()
            self._count = _PHASES
            self._schedule()

    def leave(self, tick: Tick) -> None:
        """
        Do not call it any more; no harm if it was not called before.
        """
        for listeners in self._phases:
            if tick in listeners:
                listeners.remove(tick)
        if not any(self._phases) and self._timer is not None:
            if self._timer.active():
                self._timer.cancel()
            self._timer = None

    def _due(self) -> float:
        return self._base + self._count * FRAME_SECONDS / _PHASES

    def _schedule(self) -> None:
        wait = max(0.0, self._due() - self._monotonic())
        self._timer = self._clock.callLater(wait, self._beat)

    def _beat(self) -> None:
        if self._monotonic() - self._due() > _MOST_CATCH_UP:
            self._log.warn("the 20 ms clock stood still; its missed ticks are dropped")
            self._base = self._monotonic()
            self._count = 0
        while any(self._phases):
            late = self._monotonic() - self._due()
            if late < -_EARLY:
                break
            phase, due = self._count % _PHASES, self._due()
            self._count += 1
            self._tick_phase(phase, due)
        if any(self._phases):
            self._schedule()

    def _tick_phase(self, phase: int, due: float) -> None:
        self._call(self._before)
        monotonic, count = self._monotonic, self._lateness.add
        for tick in list(self._phases[phase]):
            # Looked at anew for each: the last one waits for all others.
            late = max(0.0, monotonic() - due)
            count(late)
            try:
                tick(late)
            except Exception:
                self._log.failure("a call missed a tick")
        self._call(self._after)

    def _call(self, steps: list[Callable[[], None]]) -> None:
        for step in steps:
            try:
                step()
            except Exception:
                self._log.failure("what has been sent in a tick may be lost")
