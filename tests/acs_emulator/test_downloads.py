"""
Tests for L{acs_emulator.fronts.downloads}.
"""

from __future__ import annotations

from typing import Any

from treq.testing import RequestTraversalAgent
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.iweb import IAgent
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET
from twisted.web.util import Redirect
from zope.interface import implementer

from acs_emulator.errors import NoAnswer
from acs_emulator.fronts.downloads import Downloads


@implementer(IAgent)
class SilentAgent:
    """
    Gets no answers.
    """

    def request(self, *args: Any, **kw: Any) -> Deferred[Any]:
        return Deferred()


class _Slow(Resource):
    """
    Begins to answer, and goes on when told.
    """

    isLeaf = True
    request: Any = None

    def render_GET(self, request: Any) -> int:
        self.request = request
        request.write(b"abc")
        return NOT_DONE_YET


class DownloadTests(SynchronousTestCase):
    """
    Files are had in limited time, and up to a limited size.
    """

    def setUp(self) -> None:
        self.clock = Clock()
        self.slow = _Slow()
        root = Resource()
        root.putChild(b"slow", self.slow)
        root.putChild(b"moved", Redirect(b"http://files.example/slow"))
        self.agent = RequestTraversalAgent(root)

    def get(self, path: str, agent: Any = None) -> Deferred[bytes]:
        downloads = Downloads(agent or self.agent, self.clock, timeout=10.0, most=5)
        url = f"http://files.example{path}"
        return Deferred.fromCoroutine(downloads.get(url))

    def assertNoAnswer(self, getting: Deferred[bytes], why: str) -> None:
        error = self.failureResultOf(getting, NoAnswer)
        self.assertIn(why, error.getErrorMessage())
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_no_answer(self) -> None:
        """
        Who does not answer in time is given up.
        """
        getting = self.get("/", SilentAgent())
        self.clock.advance(9.9)
        self.assertNoResult(getting)
        self.clock.advance(0.2)
        self.assertNoAnswer(getting, "not there after 10 s")

    def test_half_an_answer(self) -> None:
        """
        Who stops in the middle is given up as well.
        """
        getting = self.get("/slow")
        self.agent.flush()
        self.clock.advance(10.1)
        self.assertNoAnswer(getting, "not there after 10 s")

    def test_whole(self) -> None:
        """
        What came in pieces is put together; redirects are followed.
        """
        getting = self.get("/moved")
        self.agent.flush()
        self.slow.request.write(b"de")
        self.slow.request.finish()
        self.agent.flush()
        self.assertEqual(self.successResultOf(getting), b"abcde")
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_too_large(self) -> None:
        """
        As soon as it is too much, nobody waits for the rest.
        """
        getting = self.get("/slow")
        self.agent.flush()
        self.slow.request.write(b"def")
        self.agent.flush()
        self.assertNoAnswer(getting, "more than 5 bytes")

    def test_canceled(self) -> None:
        """
        Who does not want it any more leaves nothing behind.
        """
        getting = self.get("/slow")
        self.agent.flush()
        getting.cancel()
        self.failureResultOf(getting)
        self.assertEqual(self.clock.getDelayedCalls(), [])
