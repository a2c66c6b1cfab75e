"""
A plain HTTP exchange, with its failures as one kind of error.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.web.error import SchemeNotSupported

from ..acs.http import HTTP, NOT_SENT, OUTCOME_UNKNOWN, Body, in_a_line, read_body
from .dial import Unreachable

SECONDS = 30.0
MAX_BODY = 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """
    What came back.
    """

    status: int
    body: bytes = field(repr=False)
    headers: Any = field(repr=False)

    def json(self) -> dict[str, Any]:
        """
        @return: empty, if it is not a JSON object.
        """
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    def header(self, name: str) -> str | None:
        values = self.headers.getRawHeaders(name)
        return str(values[0]) if values else None


async def exchange(
    http: HTTP,
    clock: IReactorTime,
    method: str,
    url: str,
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """
    @raise Unreachable: there was no whole answer.
    """

    async def ask() -> Answer:
        response = await http.request(
            method,
            url,
            headers=headers or {},
            data=None if body is None else Body(body),
            allow_redirects=False,
            unbuffered=True,
        )
        return Answer(
            response.code, await read_body(response, MAX_BODY), response.headers
        )

    try:
        return await Deferred.fromCoroutine(ask()).addTimeout(SECONDS, clock)
    except (*NOT_SENT, *OUTCOME_UNKNOWN, SchemeNotSupported, ValueError) as e:
        raise Unreachable(in_a_line(e)) from e
