"""
What is asked of ASAPP over HTTP.

Sources: ASAPP's OpenAPI descriptions of its media gateway and of GenerativeAgent; its
page "Error handling" (which statuses may be tried again, and when).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from twisted.internet.defer import CancelledError, Deferred, TimeoutError as OutOfTime
from twisted.internet.error import (
    ConnectError,
    ConnectingCancelledError,
    ConnectionClosed,
    DNSLookupError,
)
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.web.client import RequestTransmissionFailed, ResponseFailed

from ...errors import AgentRefused
from ..options import GenerativeAgentOptions

STREAM_URL = "/mg-genagent/v1/twilio-media-stream-url"
CALL_TRANSFERS = "/generativeagent/v1/call-transfers/"
HEALTH = "/v1/health"

#: Of an answer, in bytes.
MOST_BYTES = 1024 * 1024

_NO_ANSWER = (
    *(ConnectError, DNSLookupError, ConnectionClosed, OutOfTime, OSError),
    *(RequestTransmissionFailed, ResponseFailed, ConnectingCancelledError),
)

#: Seconds before the next try.
_BACK_OFF_BUSY = (1.0, 2.0, 4.0)
_BACK_OFF_BROKEN = (0.25, 0.5, 1.0)


class HTTP(Protocol):
    """
    What we need of treq: its C{HTTPClient}, or C{StubTreq} in tests.
    """

    @property
    def request(self) -> Callable[..., Deferred[Any]]:
        """Called with method and URL, and what treq takes by name."""


@dataclass(frozen=True)
class Answer:
    """
    @ivar status: 0 if there was no answer; C{body} is empty then.
    """

    status: int
    body: bytes = field(repr=False)
    reason: str = ""

    @property
    def problem(self) -> str:
        """
        In a line, with the id that ASAPP's support wants to know.
        """
        if not self.status:
            return self.reason
        text = f"HTTP {self.status}"
        try:
            error = json.loads(self.body)["error"]
            told = f"{error['message']} (request {error['requestId']})"
        except (ValueError, KeyError, TypeError):
            return text
        return f"{text}: {' '.join(told.split())[:200]}"


class AsappApi:
    """
    Of one account with ASAPP.
    """

    def __init__(
        self, http: HTTP, clock: IReactorTime, options: GenerativeAgentOptions
    ) -> None:
        self._http = http
        self._clock = clock
        self._options = options

    async def stream_url(self) -> str:
        """
        @return: where a stream may go for five minutes; it carries a token.

        @raise AgentRefused: if there is none to be had.
        """
        mode = self._options.voice_agent_mode
        query = f"?{urlencode({'voiceAgentMode': mode})}" if mode else ""
        answer = await self.get(STREAM_URL + query)
        for busy, broken in zip(_BACK_OFF_BUSY, _BACK_OFF_BROKEN, strict=True):
            if answer.status == 429:
                await deferLater(self._clock, busy)
            elif not answer.status or answer.status >= 500:
                await deferLater(self._clock, broken)
            else:
                break
            answer = await self.get(STREAM_URL + query)
        if answer.status != 200:
            text = f"no stream address from ASAPP: {answer.problem}"
            # It was tried again as often as it should.
            raise AgentRefused(text, retryable=False)
        try:
            url = json.loads(answer.body)["streamingUrl"]
        except (ValueError, KeyError, TypeError):
            url = None
        if not isinstance(url, str):
            raise AgentRefused("ASAPP's answer has no streamingUrl", retryable=False)
        return url

    async def healthy(self) -> None:
        """
        @raise AgentRefused: if the API does not say that it is.
        """
        answer = await self.get(HEALTH)
        if answer.status != 200:
            text = f"{self._options.api_url}{HEALTH}: {answer.problem}"
            raise AgentRefused(text, retryable=True)

    async def call_transfer(self, transfer_id: str) -> Answer:
        """
        @return: what came of a conversation, as it stands now.
        """
        return await self.get(CALL_TRANSFERS + quote(transfer_id, safe=""))

    async def get(self, path: str) -> Answer:
        """
        One request, once.
        """
        seconds = self._options.request_seconds
        ends = self._clock.seconds() + seconds
        exchange = Deferred.fromCoroutine(self._exchange(path))
        try:
            return await exchange.addTimeout(seconds, self._clock)
        except _NO_ANSWER as e:
            if self._clock.seconds() >= ends:
                return Answer(0, b"", f"no answer in {seconds:g} s")
            if _was_cancelled(e):
                raise CancelledError() from e
            return Answer(0, b"", f"no answer: {type(e).__name__}")

    async def _exchange(self, path: str) -> Answer:
        response = await self._http.request(
            "GET",
            self._options.api_url + path,
            headers={
                "asapp-api-id": self._options.api_id,
                "asapp-api-secret": self._options.api_secret,
                "accept": "application/json",
            },
            allow_redirects=False,
            unbuffered=True,
        )
        pieces: list[bytes] = []
        size = 0

        def collect(piece: bytes) -> None:
            nonlocal size
            size += len(piece)
            if size <= MOST_BYTES:
                pieces.append(piece)

        await response.collect(collect)
        if size > MOST_BYTES:
            return Answer(0, b"", "the answer is too long")
        return Answer(response.code, b"".join(pieces))


def _was_cancelled(error: Exception) -> bool:
    """
    The client tells a cancelled request in its own ways.
    """
    reasons = getattr(error, "reasons", None) or ()
    return isinstance(error, ConnectingCancelledError) or any(
        reason.check(CancelledError, ConnectingCancelledError) for reason in reasons
    )
