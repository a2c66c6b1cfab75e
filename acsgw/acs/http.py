"""
Requests to others: what we need of an HTTP client, and how its failures are told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred, TimeoutError as OutOfTime, succeed
from twisted.internet.error import ConnectError, ConnectionClosed, DNSLookupError
from twisted.internet.interfaces import IConsumer
from twisted.web.client import RequestTransmissionFailed, ResponseFailed
from twisted.web.iweb import IBodyProducer
from zope.interface import implementer

#: The request did not reach anybody.
NOT_SENT = (ConnectError, DNSLookupError)

#: The request may have been acted on, and nobody told us.
OUTCOME_UNKNOWN = (
    OutOfTime,
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
