"""
Lets Azure's SDK speak HTTP through Twisted.

The asynchronous clients of the SDK take any
L{azure.core.pipeline.transport.AsyncHttpTransport}; with this one they need no
asyncio loop and may be awaited in C{Deferred.fromCoroutine}.
"""

from __future__ import annotations

from typing import Any

from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from .http import HTTP, NOT_SENT, OUTCOME_UNKNOWN, Body, in_a_line, read_body
from .sdk_response import Response

#: Bytes; no answer to a command has nearly as many.
MAX_BODY = 16 * 1024 * 1024


class TreqTransport(AsyncHttpTransport[HttpRequest, AsyncHttpResponse]):
    """
    Sends the SDK's requests with treq.
    """

    def __init__(self, http: HTTP, clock: IReactorTime, timeout: float) -> None:
        """
        @param timeout: seconds for a whole exchange, body included.
        """
        self._http = http
        self._clock = clock
        self._timeout = timeout

    async def send(self, request: HttpRequest, **kwargs: Any) -> AsyncHttpResponse:
        """
        @raise ServiceRequestError: the request did not get through.
        @raise ServiceResponseError: what became of it is not known.
        """
        exchange = Deferred.fromCoroutine(self._exchange(request))
        try:
            return await exchange.addTimeout(self._timeout, self._clock)
        except NOT_SENT as e:
            raise ServiceRequestError(in_a_line(e), error=e) from e
        except OUTCOME_UNKNOWN as e:
            text = f"no whole answer within {self._timeout:g} s: {in_a_line(e)}"
            raise ServiceResponseError(text, error=e) from e

    async def _exchange(self, request: HttpRequest) -> AsyncHttpResponse:
        headers = {
            name: value
            for name, value in request.headers.items()
            # Twisted adds its own; a second one is answered with 400.
            if name.lower() not in {"content-length", "host"}
        }
        content = request.content
        body = content.encode() if isinstance(content, str) else content
        answer = await self._http.request(
            request.method,
            request.url,
            headers=headers,
            data=Body(body) if body else None,
            allow_redirects=False,
            unbuffered=True,
        )
        return Response(request, answer, await read_body(answer, MAX_BODY))

    async def sleep(self, duration: float) -> None:
        """
        Between two tries of the SDK's retry policy.
        """
        await deferLater(self._clock, duration)

    async def open(self) -> None:
        """Nothing to open: the agent behind treq keeps the connections."""

    async def close(self) -> None:
        """Nothing to close."""

    async def __aexit__(self, *exc_info: object) -> None:
        """Nothing to close."""
