"""
Callbacks: mid-call events, posted with a token of the service.
"""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from ..errors import NoAnswer
from ..model.callback_log import (
    CallbackAttempt,
    CallbackLog,
    CallbackRetries,
)
from ..model.tokens import CALLBACK_LIFETIME, Issuer
from .http_client import HttpClient

#: Seconds; Microsoft does not document it.
TIMEOUT = 30.0


class Notifier:
    """
    Posts callbacks, again if so configured; a token is made for each attempt.
    """

    def __init__(
        self,
        http: HttpClient,
        issuer: Issuer,
        clock: IReactorTime,
        retries: CallbackRetries,
    ) -> None:
        self._http = http
        self._issuer = issuer
        self._clock = clock
        self._retries = retries
        self.log = CallbackLog()

    async def post(self, url: str, body: bytes) -> int:
        """
        @param body: an array with one event.

        @return: the status of the last answer.

        @raise NoAnswer: if there was none.
        """
        record = self.log.add(body)
        while True:
            attempt = await self._attempt(url, body)
            record.attempts.append(attempt)
            wait = self._retries.next_wait(len(record.attempts))
            if attempt.good or wait is None:
                break
            await deferLater(self._clock, wait)
        if attempt.status is None:
            raise NoAnswer(str(attempt.error))
        return attempt.status

    async def _attempt(self, url: str, body: bytes) -> CallbackAttempt:
        began = self._clock.seconds()
        token = self._issuer.token(began, CALLBACK_LIFETIME)
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/cloudevents-batch+json; charset=utf-8",
        }
        status, error = None, None
        try:
            reply = await self._http.request(
                "POST", url, headers, body, timeout=TIMEOUT
            )
            status = reply.status
        except NoAnswer as e:
            error = str(e)
        seconds = round(self._clock.seconds() - began, 6)
        return CallbackAttempt(at=began, seconds=seconds, status=status, error=error)
