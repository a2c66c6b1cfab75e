"""
Timers that end with what they belong to.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime


class Timers:
    """
    Those of one call.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._running: set[IDelayedCall] = set()

    def later(self, seconds: float, step: Callable[[], None]) -> None:
        """
        Do something then, unless all has ended.
        """

        def elapsed() -> None:
            self._running.discard(timer)
            step()

        timer = self._clock.callLater(seconds, elapsed)
        self._running.add(timer)

    def end(self) -> None:
        """
        Nothing that was to be done later is done.
        """
        for timer in self._running:
            timer.cancel()
        self._running.clear()
