"""
An attempt at a media socket that was ordered to begin late.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from .media_client import MediaAttempt
from .media_link import MediaPeer


class Watched(MediaPeer, Protocol):
    """
    Who stands between the connection and its stream.
    """

    @property
    def dead(self) -> bool:
        """
        Does the connection take nothing any more?
        """

    def let_go(self) -> None: ...


class LateAttempt(MediaAttempt):
    """
    An attempt whose beginning may be late.
    """

    def __init__(self, watch: Watched, clock: IReactorTime) -> None:
        super().__init__(watch)
        self._watch = watch
        self._clock = clock
        self._timer: IDelayedCall | None = None
        self._attempt: MediaAttempt | None = None

    def later(self, seconds: float, begin: Callable[[], MediaAttempt | None]) -> None:
        """
        Begin then, unless closed before.
        """

        def due() -> None:
            self._timer = None
            self._attempt = begin()

        self._timer = self._clock.callLater(seconds, due)

    def begun(self, attempt: MediaAttempt) -> None:
        """
        It began at once.
        """
        self._attempt = attempt

    def close(self) -> None:
        self._watch.let_go()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._attempt is not None:
            if self._watch.dead:
                self._attempt.abort()
            self._attempt.close()
