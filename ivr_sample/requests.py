"""
Requests to others than Azure: the gateway's variables, and whoever calls back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone
from twisted.web.error import SchemeNotSupported
from twisted.web.http import PotentialDataLoss

from acsgw.acs.http import HTTP, NOT_SENT, OUTCOME_UNKNOWN, Body, in_a_line

from .errors import IvrError
from .handover import parse_variables

#: Seconds for the variables: the caller's telephone is ringing meanwhile.
FETCH_SECONDS = 3.0

MAX_BODY = 1024 * 1024

POST_SECONDS = 5.0

#: Seconds before each further try to tell of a callback.
TRY_AGAIN_AFTER = (2.0, 10.0)


class _Bounded(Protocol):
    """
    Reads a body that may not be larger than L{MAX_BODY}.
    """

    transport: Any

    def __init__(self) -> None:
        self.whole: Deferred[bytes] = Deferred()
        self._body = bytearray()

    def dataReceived(self, data: bytes) -> None:
        self._body += data
        if len(self._body) > MAX_BODY:
            self._fail(ValueError(f"more than {MAX_BODY} bytes"))
            self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if reason.check(ResponseDone, PotentialDataLoss):
            if not self.whole.called:
                self.whole.callback(bytes(self._body))
        else:
            self._fail(reason)

    def _fail(self, reason: Any) -> None:
        if not self.whole.called:
            self.whole.errback(reason)


@dataclass(frozen=True)
class Requests:
    """
    Each is bounded in time and size.
    """

    http: HTTP
    clock: IReactorTime

    async def fetch_variables(self, url: str) -> dict[str, str]:
        """
        @raise IvrError: if they cannot be had; the text does not hold the URL.
        """

        async def fetch() -> bytes:
            response = await self.http.request(
                "GET", url, allow_redirects=False, unbuffered=True
            )
            if response.code != 200:
                raise ValueError(f"HTTP {response.code}")
            body = _Bounded()
            response.deliverBody(body)
            return await body.whole

        exchange = Deferred.fromCoroutine(fetch())
        try:
            body = await exchange.addTimeout(FETCH_SECONDS, self.clock)
            return parse_variables(body)
        except (*NOT_SENT, *OUTCOME_UNKNOWN, SchemeNotSupported, ValueError) as e:
            raise IvrError(f"variablesUrl: {in_a_line(e)}") from e

    async def tell_callback(
        self, url: str, key: str | None, told: Mapping[str, Any]
    ) -> None:
        """
        Up to three times.  The receiver may hear of one conversation twice.

        @raise IvrError: if nobody took it.
        """
        headers = {"content-type": "application/json"}
        if key:
            headers["authorization"] = f"Bearer {key}"
        body = json.dumps(told, ensure_ascii=False).encode("utf-8")
        for pause in (*TRY_AGAIN_AFTER, None):
            posting = Deferred.fromCoroutine(self._post(url, headers, body))
            try:
                await posting.addTimeout(POST_SECONDS, self.clock)
                return
            except (*NOT_SENT, *OUTCOME_UNKNOWN, SchemeNotSupported, ValueError) as e:
                if pause is None:
                    raise IvrError(f"callback.webhook: {in_a_line(e)}") from e
            await deferLater(self.clock, pause)

    async def _post(self, url: str, headers: dict[str, str], body: bytes) -> None:
        response = await self.http.request(
            "POST", url, headers=headers, data=Body(body), allow_redirects=False
        )
        await response.content()
        if not 200 <= response.code < 300:
            raise ValueError(f"HTTP {response.code}")
