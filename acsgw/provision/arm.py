"""
Azure Resource Manager's REST API, as far as we need it.

Source: Microsoft Learn, "Track asynchronous Azure operations", "Understand how Azure
Resource Manager throttles requests".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from ..acs.http import HTTP, NOT_SENT, OUTCOME_UNKNOWN, Body, in_a_line, read_body
from ..errors import AzureError
from .arm_errors import explained, operation_failed, short

PUBLIC = "https://management.azure.com"
EVENT_GRID = "2022-06-15"
COMMUNICATION = "2023-04-01"

EXCHANGE_SECONDS = 60.0
#: Bytes; a page of a list has some hundred things.
MAX_BODY = 16 * 1024 * 1024
#: An operation that takes longer is given up (it goes on without us).
SETTLE_SECONDS = 600.0
_POLL_SECONDS = 2.0
#: Throttled, or down for a moment: tries in all, and seconds where none are said.
_TRIES = 5
_PAUSE = 5.0
_MOST_PAUSE = 120.0
_AGAIN = frozenset({429, 500, 502, 503, 504})
_SETTLED = frozenset({"succeeded", "failed", "canceled", "awaitingmanualaction"})


@dataclass(frozen=True)
class _Answer:
    status: int
    body: bytes
    headers: Any

    def json(self) -> dict[str, Any]:
        try:
            given = json.loads(self.body) if self.body else {}
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict):
            raise AzureError("Resource Manager's answer is not JSON, or no object")
        return given

    def header(self, name: str) -> str | None:
        values = self.headers.getRawHeaders(name)
        return values[0] if values else None

    def retry_after(self, otherwise: float) -> float:
        """
        @return: seconds.
        """
        try:
            given = float(self.header("Retry-After") or otherwise)
        except ValueError:
            return otherwise
        return min(given, _MOST_PAUSE) if given >= 0 else otherwise  # not NaN either


class Arm:
    """
    One Resource Manager, spoken to with one credential.
    """

    def __init__(
        self,
        http: HTTP,
        clock: IReactorTime,
        token: Callable[[], Deferred[str]],
        endpoint: str = PUBLIC,
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        """
        @param token: fires with a bearer token; asked before each request.
        @param tell: hears what we wait for.
        """
        self._http = http
        self._clock = clock
        self._token = token
        self._endpoint = endpoint.rstrip("/")
        self._tell = tell

    async def get(self, path: str, version: str) -> dict[str, Any]:
        """
        @raise AzureError: with the way out.
        """
        return (await self._request("GET", path, version)).json()

    async def act(self, path: str, action: str) -> dict[str, Any]:
        """
        Ask an event subscription for what a GET hides.

        @raise NoPermission: which readers do not have.
        """
        answer = await self._request("POST", f"{path}/{action}", EVENT_GRID)
        return answer.json()

    async def all(self, path: str, version: str) -> list[dict[str, Any]]:
        """
        @return: all pages of a list.
        """
        found: list[dict[str, Any]] = []
        url: str | None = f"{self._endpoint}{path}?api-version={version}"
        while url:
            page = (await self._send("GET", path, url, None)).json()
            found += page.get("value") or []
            url = self._own(page.get("nextLink"))
        return found

    async def change(self, method: str, path: str, body: Any) -> dict[str, Any]:
        """
        PUT or PATCH something of Event Grid's, and wait until it is done.

        @return: as it is then.
        """
        answer = await self._request(method, path, EVENT_GRID, body)
        deadline = self._clock.seconds() + SETTLE_SECONDS
        operation = self._own(answer.header("Azure-AsyncOperation"))
        if operation is not None:
            await self._follow(path, operation, answer, deadline)
        shown = answer.json()
        while operation is not None or not _is_settled(shown):
            answer = await self._request("GET", path, EVENT_GRID)
            shown, operation = answer.json(), None
            if not _is_settled(shown):
                await self._wait(path, answer, deadline)
        state = str(shown["properties"].get("provisioningState", "Succeeded"))
        if state.lower() == "awaitingmanualaction":
            raise operation_failed(
                path,
                {
                    "code": "validation",
                    "message": "the endpoint answered 200 without the validationCode;"
                    " somebody must fetch the validationUrl that it was sent, within"
                    " five minutes",
                },
            )
        if state.lower() != "succeeded":
            raise operation_failed(path, {"message": f"provisioningState {state}"})
        return shown

    async def _follow(
        self, path: str, operation: str, answer: _Answer, deadline: float
    ) -> None:
        while True:
            await self._wait(path, answer, deadline)
            answer = await self._send("GET", path, operation, None)
            found = answer.json()
            status = str(found.get("status")).lower()
            if status in ("failed", "canceled"):
                raise operation_failed(path, found.get("error"))
            if status in _SETTLED:
                return

    async def _wait(self, path: str, answer: _Answer, deadline: float) -> None:
        if self._clock.seconds() >= deadline:
            raise AzureError(
                f"{short(path)}: not done after {SETTLE_SECONDS / 60:g} minutes; it may"
                " be yet: look again with `acsgw provision`"
            )
        await deferLater(self._clock, answer.retry_after(_POLL_SECONDS))

    def _own(self, url: object) -> str | None:
        """
        @return: the address, if it is this Resource Manager's: nobody else gets our
            token.
        """
        if not isinstance(url, str) or not url:
            return None
        return url if _origin(url) == _origin(self._endpoint) else None

    async def _request(
        self, method: str, path: str, version: str, body: Any = None
    ) -> _Answer:
        url = f"{self._endpoint}{path}?api-version={version}"
        return await self._send(method, path, url, body)

    async def _send(self, method: str, path: str, url: str, body: Any) -> _Answer:
        for left in reversed(range(_TRIES)):
            try:
                answer = await self._exchange(method, url, body)
            except (*NOT_SENT, *OUTCOME_UNKNOWN, OSError, ValueError) as e:
                raise AzureError(
                    f"{self._endpoint} cannot be reached: {in_a_line(e)}"
                ) from e
            if answer.status not in _AGAIN or not left:
                break
            # All that we send may be sent twice.
            pause = answer.retry_after(_PAUSE)
            self._tell(f"Azure says {answer.status}: waiting {pause:g} s")
            await deferLater(self._clock, pause)
        if answer.status >= 300:
            raise explained(method, path, answer.status, answer.body)
        return answer

    async def _exchange(self, method: str, url: str, body: Any) -> _Answer:
        token = await self._token()

        async def exchange() -> _Answer:
            response = await self._http.request(
                method,
                url,
                headers={
                    "Authorization": f"Bearer {token}",
                    "Content-Type": "application/json",
                },
                data=None if body is None else Body(json.dumps(body).encode()),
                allow_redirects=False,
                unbuffered=True,
            )
            return _Answer(
                response.code, await read_body(response, MAX_BODY), response.headers
            )

        waiting = Deferred.fromCoroutine(exchange())
        return await waiting.addTimeout(EXCHANGE_SECONDS, self._clock)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


def _is_settled(shown: Any) -> bool:
    properties = shown.get("properties") if isinstance(shown, dict) else None
    if not isinstance(properties, dict):
        return False
    # Some resources have no such state: they are there when they are there.
    return str(properties.get("provisioningState", "Succeeded")).lower() in _SETTLED
