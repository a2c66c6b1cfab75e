"""
The one clock by which all calls of this process play.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

#: Wakes within so many seconds are one: the most that anybody is woken late by us.
SLOT_SECONDS = 0.005

Wake = Callable[[], None]


class Wheel:
    """
    Wakes who has something to do at a time of his own; it rests while nobody has.

    It does not promise to be on time.  Whoever is woken looks at the monotonic
    clock and does what has become due, so that lateness does not add up.
    """

    _log = Logger()

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._slots: dict[int, dict[object, Wake]] = {}
        self._where: dict[object, int] = {}
        self._timer: IDelayedCall | None = None
        self._next = 0
        self._first_free = 0

    def wake_at(self, when: float, key: object, wake: Wake) -> None:
        """
        Call C{wake} once, at C{when} on the clock; if C{key} is to be woken earlier
        anyway, then only then.
        """
        # Times that are meant for a slot's end may be off by a rounding.
        slot = max(ceil(when / SLOT_SECONDS - 1e-6), self._first_free)
        before = self._where.get(key)
        if before is not None:
            if before <= slot:
                return
            self._forget(key, before)
        self._where[key] = slot
        self._slots.setdefault(slot, {})[key] = wake
        self._arm()

    def remove(self, key: object) -> None:
        """
        Do not wake it any more; no harm if it is not known.
        """
        slot = self._where.pop(key, None)
        if slot is not None:
            self._forget(key, slot)
            self._arm()

    def _forget(self, key: object, slot: int) -> None:
        waiting = self._slots[slot]
        del waiting[key]
        if not waiting:
            del self._slots[slot]

    def _arm(self) -> None:
        timer = self._timer
        if not self._slots:
            if timer is not None:
                self._timer = None
                timer.cancel()
            return
        first = min(self._slots)
        if timer is not None:
            if first == self._next:
                return
            timer.cancel()
        self._next = first
        delay = first * SLOT_SECONDS - self._clock.seconds()
        self._timer = self._clock.callLater(max(0.0, delay), self._turn)

    def _turn(self) -> None:
        self._timer = None
        now = int(self._clock.seconds() / SLOT_SECONDS + 1e-6)
        # Who asks for a time that is past already has the next turn.
        self._first_free = now + 1
        for slot in sorted(slot for slot in self._slots if slot <= now):
            # One that is woken may remove another.
            while waiting := self._slots.get(slot):
                key, wake = next(iter(waiting.items()))
                del self._where[key]
                self._forget(key, slot)
                self._wake(key, wake)
        self._arm()

    def _wake(self, key: object, wake: Wake) -> None:
        try:
            wake()
        except Exception:
            # One call's bug must not silence the others.
            self._log.failure("waking {key}", key=key)
