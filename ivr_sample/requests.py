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
from twisted.internet.task import deferLater
from twisted.web.error import SchemeNotSupported

from acsgw.acs.http import (
    HTTP,
    NOT_SENT,
    OUTCOME_UNKNOWN,
    Body,
    in_a_line,
    read_body,
)

from .errors import IvrError
from .handover import parse_variables

#: Seconds for the variables: the caller's telephone is ringing meanwhile.
FETCH_SECONDS = 3.0

MAX_BODY = 1024 * 1024

POST_SECONDS = 5.0

#: Seconds before each further try to tell of a callback.
TRY_AGAIN_AFTER = (2.0, 10.0)

_FAILURES = (*NOT_SENT, *OUTCOME_UNKNOWN, SchemeNotSupported, ValueError)


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

        exchange = Deferred.fromCoroutine(self._exchange("GET", url))
        try:
            body = await exchange.addTimeout(FETCH_SECONDS, self.clock)
            return parse_variables(body)
        except _FAILURES as e:
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
        body = Body(json.dumps(told).encode("ascii"))
        for pause in (*TRY_AGAIN_AFTER, None):
            posting = Deferred.fromCoroutine(
                self._exchange("POST", url, headers=headers, data=body)
            )
            try:
                await posting.addTimeout(POST_SECONDS, self.clock)
                return
            except _FAILURES as e:
                if pause is None:
                    raise IvrError(f"callback.webhook: {in_a_line(e)}") from e
            await deferLater(self.clock, pause)

    async def _exchange(self, method: str, url: str, **more: Any) -> bytes:
        response = await self.http.request(
            method, url, allow_redirects=False, unbuffered=True, **more
        )
        body = await read_body(response, MAX_BODY)
        if not 200 <= response.code < 300:
            raise ValueError(f"HTTP {response.code}")
        return body
