"""
Requests to others: what we need of an HTTP client, and how its failures are told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred, TimeoutError as OutOfTime, succeed
from twisted.internet.error import ConnectError, ConnectionClosed, DNSLookupError
from twisted.internet.interfaces import IConsumer
from twisted.internet.protocol import Protocol as _Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import (
    RequestTransmissionFailed,
    ResponseDone,
    ResponseFailed,
)
from twisted.web.http import PotentialDataLoss
from twisted.web.iweb import IBodyProducer
from zope.interface import implementer

#: The request did not reach anybody.
NOT_SENT = (ConnectError, DNSLookupError)


class TooMuch(Exception):
    """
    An answer that is longer than any good one.
    """


#: The request may have been acted on, and nobody told us.
OUTCOME_UNKNOWN = (
    OutOfTime,
    TooMuch,
    ConnectionClosed,
    RequestTransmissionFailed,
    ResponseFailed,
)


class HTTP(Protocol):
    """
    What we need of treq: its C{HTTPClient}, or C{StubTreq} in tests.
    """

    @property
    def request(self) -> Callable[..., Deferred[Any]]:
        """Called with method and URL, and what treq takes by name."""


@implementer(IBodyProducer)
class Body:
    """
    A request body that is at hand.  (treq would send bytes piece by piece with
    the help of the global reactor.)
    """

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.length = len(body)

    def startProducing(self, consumer: IConsumer) -> Deferred[None]:
        consumer.write(self._body)
        return succeed(None)

    def pauseProducing(self) -> None:
        """All is written already."""

    def resumeProducing(self) -> None:
        """All is written already."""

    def stopProducing(self) -> None:
        """All is written already."""


def read_body(response: Any, most: int) -> Deferred[bytes]:
    """
    Read it even if it is of no use: a body that nobody reads keeps its connection
    open for ever.

    @param response: asked for with C{unbuffered=True}.
    @param most: bytes.

    @return: fires with all of it, or fails with L{TooMuch} if it is more; when
        cancelled (a timeout), nothing further is read.
    """
    body = _Bounded(most)
    response.deliverBody(body)
    return body.whole


class _Bounded(_Protocol):
    transport: Any

    def __init__(self, most: int) -> None:
        self.whole: Deferred[bytes] = Deferred(lambda _: self._abort())
        self._most = most
        self._body = bytearray()

    def dataReceived(self, data: bytes) -> None:
        if self.whole.called:
            return  # on its way before the connection was given up
        self._body += data
        if len(self._body) > self._most:
            self.whole.errback(TooMuch(f"more than {self._most} bytes"))
            self._abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.whole.called:
            return
        if reason.check(ResponseDone, PotentialDataLoss):
            self.whole.callback(bytes(self._body))
        else:
            self.whole.errback(reason)

    def _abort(self) -> None:
        self._body.clear()
        # HTTP/1.1's has no abortConnection; to close is all that can be said there.
        self.transport.loseConnection()


def in_a_line(error: Exception) -> str:
    """
    @return: what happened, in a line.
    """
    reasons = getattr(error, "reasons", None)  # of ResponseFailed and its kin
    if reasons:
        return "; ".join(
            f"{type(r.value).__name__}: {r.getErrorMessage()}" for r in reasons
        )
    return f"{type(error).__name__}: {error}"
