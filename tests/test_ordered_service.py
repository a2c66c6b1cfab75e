"""
Tests for L{acsgw.ordered_service}.
"""

from __future__ import annotations

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from acsgw.ordered_service import OrderedService


class Child(Service):
    """
    Tells when it is stopped; has stopped when the test says so.
    """

    def __init__(self, told: list[str], name: str) -> None:
        self.told = told
        self.setName(name)
        self.stopped: Deferred[None] | None = None

    def stopService(self) -> Deferred[None] | None:
        self.told.append(str(self.name))
        return self.stopped


class OrderedServiceTests(SynchronousTestCase):
    """
    Tests for L{OrderedService}.
    """

    def setUp(self) -> None:
        self.told: list[str] = []
        self.parent = OrderedService()
        self.port, self.desk = Child(self.told, "port"), Child(self.told, "desk")
        for child in (self.port, self.desk):
            child.setServiceParent(self.parent)
        self.parent.startService()

    def test_one_after_the_other(self) -> None:
        """
        The child added first is stopped last, and not before the others have
        stopped.
        """
        self.desk.stopped = Deferred()
        stopping = self.parent.stopService()
        self.assertEqual(self.told, ["desk"])
        self.desk.stopped.callback(None)
        self.assertEqual(self.told, ["desk", "port"])
        self.successResultOf(stopping)
        self.assertFalse(self.parent.running)

    def test_one_fails(self) -> None:
        """
        A child that cannot be stopped is logged, and the rest is stopped.
        """
        self.desk.stopped = Deferred()
        stopping = self.parent.stopService()
        self.desk.stopped.errback(ZeroDivisionError())
        self.successResultOf(stopping)
        self.assertEqual(self.told, ["desk", "port"])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
