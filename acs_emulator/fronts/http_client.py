"""
HTTP exchanges with the applications under test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from OpenSSL.SSL import Error as TLSError
from service_identity import VerificationError
from twisted.internet.defer import (
    CancelledError,
    Deferred,
    TimeoutError as OutOfTime,
    succeed,
)
from twisted.internet.error import ConnectError, ConnectionClosed, DNSLookupError
from twisted.internet.interfaces import IConsumer, IReactorTime
from twisted.web.client import PartialDownloadError, ResponseFailed, readBody
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IBodyProducer
from zope.interface import implementer

from ..errors import NoAnswer


@implementer(IBodyProducer)
class WholeBody:
    """
    Writes a body at once: no cooperator, so that it works without a reactor.
    """

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.length = len(body)

    def startProducing(self, consumer: IConsumer) -> Deferred[None]:
        consumer.write(self._body)
        return succeed(None)

    def pauseProducing(self) -> None:
        """Nothing is left to pause."""

    def resumeProducing(self) -> None:
        """Nothing is left to resume."""

    def stopProducing(self) -> None:
        """Nothing is left to stop."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """
    @ivar headers: names in lower case.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class HttpClient:
    """
    Sends one request and reads all of its answer, in a limited time.
    """

    def __init__(self, agent: IAgent, clock: IReactorTime) -> None:
        self._agent = agent
        self._clock = clock

    async def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        timeout: float,
    ) -> Reply:
        """
        @param timeout: seconds for the whole exchange.

        @raise NoAnswer: if there was none; the text holds no part of the URL,
            which may carry tokens.
        """
        exchange = Deferred.fromCoroutine(self._exchange(method, url, headers, body))
        out_of_time = False

        def give_up() -> None:
            nonlocal out_of_time
            out_of_time = True
            exchange.cancel()

        timer = self._clock.callLater(timeout, give_up)
        try:
            return await exchange
        except (
            CancelledError,
            ConnectError,
            ConnectionClosed,
            DNSLookupError,
            OSError,
            OutOfTime,
            PartialDownloadError,
            ResponseFailed,
        ) as e:
            if out_of_time:
                raise NoAnswer(f"no answer in {timeout:g} s", "TimedOut") from None
            if isinstance(e, CancelledError):
                raise
            raise NoAnswer(_reason(e), _outcome(e)) from None
        finally:
            if timer.active():
                timer.cancel()

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        response = await self._agent.request(
            method.encode("ascii"),
            url.encode("ascii"),
            Headers({name: [value] for name, value in headers.items()}),
            WholeBody(body) if body else None,
        )
        content: bytes = await readBody(response)
        return Reply(
            status=response.code,
            headers={
                name.decode("latin-1").lower(): values[0].decode("latin-1")
                for name, values in response.headers.getAllRawHeaders()
            },
            body=content,
        )


def _outcome(error: Exception) -> str:
    if isinstance(error, DNSLookupError):
        return "ResolutionError"
    return "TimedOut" if isinstance(error, OutOfTime) else "SocketError"


def _reason(error: Exception) -> str:
    if isinstance(error, ResponseFailed) and error.reasons:
        reason = error.reasons[0]
        if reason.check(TLSError, VerificationError):
            return "no TLS: its certificate or its version is not accepted"
        return f"no answer: {reason.type.__name__}"
    return f"no connection: {type(error).__name__}"
