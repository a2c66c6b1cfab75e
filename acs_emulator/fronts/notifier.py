"""
Callbacks: mid-call events, posted with a token of the service.
"""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

from ..model.tokens import CALLBACK_LIFETIME, Issuer
from .http_client import HttpClient

#: Seconds; Microsoft does not document it.
TIMEOUT = 30.0


class Notifier:
    """
    Posts callbacks; a token is made for each.
    """

    def __init__(self, http: HttpClient, issuer: Issuer, clock: IReactorTime) -> None:
        self._http = http
        self._issuer = issuer
        self._clock = clock

    async def post(self, url: str, body: bytes) -> int:
        """
        @return: the status of the answer.

        @raise NoAnswer: if there was none.
        """
        token = self._issuer.token(self._clock.seconds(), CALLBACK_LIFETIME)
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/cloudevents-batch+json; charset=utf-8",
        }
        reply = await self._http.request("POST", url, headers, body, timeout=TIMEOUT)
        return reply.status
