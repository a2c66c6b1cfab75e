"""
Tests for L{acsgw.acs.repeat}.
"""

from __future__ import annotations

from typing import Any

from azure.core.exceptions import (
    DeserializationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acsgw.acs.repeat import CallControlError, CallGone, Repeat


def refused(status: int, kind: type[HttpResponseError] = HttpResponseError) -> Any:
    error = kind(message="no")
    error.status_code = status
    return error


class RepeatTests(SynchronousTestCase):
    """
    What is tried again, and what is not.
    """

    def setUp(self) -> None:
        self.clock = Clock()
        self.seen: list[Any] = []
        ids = iter("abc")
        self.again = Repeat(self.clock, lambda: 0.0, lambda: next(ids))

    def tries(self, errors: list[Exception], repeatable: bool) -> Deferred[str]:
        async def operation(**given: Any) -> str:
            self.seen.append(given.get("headers"))
            if errors:
                raise errors.pop(0)
            return "done"

        again = self.again
        trying = (
            again.repeat("do", operation)
            if repeatable
            else again.unless_begun("do", operation)
        )
        done = Deferred.fromCoroutine(trying)
        self.clock.pump([0.25, 1.0, 1.0])
        return done

    def test_repeatable(self) -> None:
        """
        Whatever may pass is tried again, under the same id.
        """
        for error in (
            refused(500),
            ServiceRequestError("x"),
            ServiceResponseError("x"),
        ):
            self.seen.clear()
            self.again = Repeat(self.clock, lambda: 0.0, lambda: "id")
            done = self.tries([error], True)
            self.assertEqual(self.successResultOf(done), "done")
            first, second = self.seen
            self.assertEqual(first, second)
            self.assertEqual(first["Repeatability-Request-ID"], "id")

    def test_unless_begun(self) -> None:
        """
        What the service would do twice is tried again only if it did not begin.
        """
        for error in (refused(429), refused(503), ServiceRequestError("x")):
            self.assertEqual(self.successResultOf(self.tries([error], False)), "done")
        self.seen.clear()
        for error in (refused(500), ServiceResponseError("x"), refused(400)):
            self.failureResultOf(self.tries([error], False), CallControlError)
        self.assertEqual(self.seen, [None, None, None])

    def test_given_up(self) -> None:
        """
        Three tries are all; what is gone is told as such, at once.
        """
        self.failureResultOf(
            self.tries([refused(503) for _ in range(4)], True), CallControlError
        )
        self.assertEqual(len(self.seen), 3)
        gone = refused(404, ResourceNotFoundError)
        self.failureResultOf(self.tries([gone], True), CallGone)
        nonsense = DeserializationError("x")
        self.failureResultOf(self.tries([nonsense], False), CallControlError)
        self.assertEqual(len(self.seen), 5)
