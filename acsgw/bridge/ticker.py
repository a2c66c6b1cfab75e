"""
The one clock by which all calls of this process play.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from ..audio.frames import FRAME_MS

Tick = Callable[[], None]


class Ticker:
    """
    Calls everybody who is listening, 50 times a second; it rests while nobody is.

    It does not promise to be on time.  Whoever is called looks at the monotonic
    clock and does what has become due, so that lateness does not add up.
    """

    _log = Logger()

    def __init__(self, clock: IReactorTime) -> None:
        self._ticks: dict[object, Tick] = {}
        self._ticking = False
        self._loop = LoopingCall(self._tick)
        self._loop.clock = clock

    def add(self, key: object, tick: Tick) -> None:
        """
        Call C{tick} from now on.
        """
        self._ticks[key] = tick
        if not self._loop.running:
            running: Deferred[LoopingCall] = self._loop.start(
                FRAME_MS / 1000, now=False
            )
            running.addErrback(
                lambda failure: self._log.failure("the playout clock stopped", failure)
            )

    def remove(self, key: object) -> None:
        """
        Do not call it any more; no harm if it is not known.
        """
        self._ticks.pop(key, None)
        self._rest_if_idle()

    def _rest_if_idle(self) -> None:
        # A loop that is stopped and started within its own tick would run twice
        # as fast from then on.
        if not self._ticks and not self._ticking and self._loop.running:
            self._loop.stop()

    def _tick(self) -> None:
        self._ticking = True
        for key, tick in list(self._ticks.items()):
            if key not in self._ticks:
                continue  # another one's tick ended it
            try:
                tick()
            except Exception:
                # One call's bug must not silence the others.
                self._log.failure("tick of {key}", key=key)
        self._ticking = False
        self._rest_if_idle()
