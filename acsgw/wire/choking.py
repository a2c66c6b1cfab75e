"""
A peer that does not read, and how long it may.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from .out_buffer import FLOOD

#: How long 64 KB (2 s of audio) may wait for a peer that does not read.
CHOKED_SECONDS = 2.0


class Choking:
    """
    Gives a peer up that reads nothing for too long.
    """

    __slots__ = ("_clock", "_give_up", "_timer")

    def __init__(self, clock: IReactorTime, give_up: Callable[[str], None]) -> None:
        """
        @param give_up: told what the peer did not do.
        """
        self._clock = clock
        self._give_up = give_up
        self._timer: IDelayedCall | None = None

    @property
    def is_on(self) -> bool:
        """
        The peer does not read.
        """
        return self._timer is not None and self._timer.active()

    def pressed(self, pressed: bool, waiting: int) -> None:
        """
        The peer does not read (64 KB wait), or does again.

        @param waiting: bytes.
        """
        if not pressed:
            self.stop()
            return
        if not self.is_on:  # said again with every write
            self._timer = self._clock.callLater(CHOKED_SECONDS, self._too_long)
        if waiting > FLOOD:
            self.stop()
            self._give_up(f"did not read, and more than {FLOOD >> 20} MB waited")

    def stop(self) -> None:
        """
        Whether it reads does not matter any more.
        """
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _too_long(self) -> None:
        self._give_up(f"read nothing for {CHOKED_SECONDS:g} s")
