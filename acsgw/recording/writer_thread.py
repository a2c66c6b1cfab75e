"""
The one thread that writes recordings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

T = TypeVar("T")


class WriterThread(Service):
    """
    Runs work in order, off the reactor's thread.

    Stopped after the calls: what they gave it is written before it ends.
    """

    def __init__(self, reactor: Any) -> None:
        """
        @param reactor: provides C{IReactorFromThreads}.
        """
        self._reactor = reactor
        # One thread, or blocks of a file could overtake each other.
        self._pool = ThreadPool(1, 1, name="recordings")

    def startService(self) -> None:
        super().startService()
        self._pool.start()

    def stopService(self) -> None:
        super().stopService()
        self._pool.stop()

    def run(self, work: Callable[[], T], /) -> Deferred[T]:
        """
        @return: fires in the reactor's thread with what C{work} returned.
        """
        done: Deferred[T] = deferToThreadPool(self._reactor, self._pool, work)
        return done
