"""
Help for tests: time that only moves when told, sockets in memory.
"""

from __future__ import annotations

import txaio
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase


class ClockTestCase(SynchronousTestCase):
    """
    A test with a reactor in memory.

    Autobahn's timers do not use the reactor given to its factories, but
    txaio's; without the patch they would be real ones.
    """

    def setUp(self) -> None:
        self.reactor = self.make_reactor()
        self.patch(txaio.config, "loop", self.reactor)  # type: ignore[attr-defined]

    def make_reactor(self) -> MemoryReactorClock:
        """
        A subclass may want a larger one.
        """
        return MemoryReactorClock()

    def assertNoTimers(self) -> None:
        """
        Nothing was left that would happen later.
        """
        self.assertEqual(self.reactor.getDelayedCalls(), [])
