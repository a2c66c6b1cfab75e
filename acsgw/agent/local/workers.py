"""
The threads in which speech is made and understood.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool
from zope.interface import implementer

from .speech import IWorkers


@implementer(IWorkers)
class ThreadWorkers:
    """
    A thread pool of our own: the reactor's has DNS lookups to do.
    """

    def __init__(self, reactor: IReactorFromThreads, threads: int) -> None:
        self._reactor = reactor
        self._threads = threads
        self._pool: ThreadPool | None = None
        self._at_work = 0
        self._stopping: Deferred[None] | None = None

    def start(self) -> None:
        self._pool = ThreadPool(1, self._threads, "speech")
        self._pool.start()

    def run(self, work: Callable[..., Any], *args: Any) -> Deferred[Any]:
        """
        See L{IWorkers.run}.
        """
        assert self._pool is not None, "not started"
        self._at_work += 1
        d: Deferred[Any] = deferToThreadPool(self._reactor, self._pool, work, *args)
        return d.addBoth(self._done)

    def _done(self, result: Any) -> Any:
        self._at_work -= 1
        if not self._at_work and self._stopping is not None:
            stopping, self._stopping = self._stopping, None
            self._stop_pool()
            stopping.callback(None)
        return result

    def stop(self) -> Deferred[None]:
        """
        See L{IWorkers.stop}.
        """
        if not self._at_work:
            self._stop_pool()
            return succeed(None)
        self._stopping = Deferred()
        return self._stopping

    def _stop_pool(self) -> None:
        # Joins the threads, which are idle: so it does not block.
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()
