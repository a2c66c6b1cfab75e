"""
A timer that can be set again and again.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime


class Alarm:
    """
    Calls a function once, after the time that was set last.
    """

    def __init__(self, clock: IReactorTime, ring: Callable[[], None]) -> None:
        self._clock = clock
        self._ring = ring
        self._timer: IDelayedCall | None = None

    def set(self, seconds: float) -> None:
        self.stop()
        self._timer = self._clock.callLater(seconds, self._ring)

    def stop(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
