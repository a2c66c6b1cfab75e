"""
Threads that do not keep the process from ending.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

T = TypeVar("T")


class InThread(Protocol):
    """
    Runs something that blocks.
    """

    def __call__(self, work: Callable[[], T], /) -> Deferred[T]: ...


class UploadThreads:
    """
    A thread for each piece of work; who asks sees to it that they are few.

    Twisted's pool would wait at the end for a thread that hangs in a socket.
    """

    def __init__(self, reactor: Any) -> None:
        """
        @param reactor: provides C{IReactorFromThreads}.
        """
        self._reactor = reactor

    def run(self, work: Callable[[], T], /) -> Deferred[T]:
        """
        @return: fires in the reactor's thread with what C{work} returned.
        """
        done: Deferred[T] = Deferred()

        def in_thread() -> None:
            try:
                result: T | Failure = work()
            except BaseException:
                result = Failure()
            self._reactor.callFromThread(done.callback, result)

        Thread(target=in_thread, name="upload", daemon=True).start()
        return done
