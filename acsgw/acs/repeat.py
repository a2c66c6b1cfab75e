"""
What all who command Azure's SDK share: a client over our transport, tries again that
do nothing twice, and failures told in a line.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any, TypeVar

from azure.communication.callautomation import (
    CommunicationIdentifier,
    CommunicationUserIdentifier,
    PhoneNumberIdentifier,
    UnknownIdentifier,
)
from azure.communication.callautomation.aio import CallAutomationClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import (
    AzureError,
    DeserializationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from ..errors import CallControlError as CallControlError, CallGone as CallGone
from .http import HTTP
from .treq_transport import TreqTransport

T = TypeVar("T")

#: Seconds for one exchange.  An incoming call rings for 30 s, so the SDK's default
#: of 300 s would outlive it ten times.
EXCHANGE_SECONDS = 6.0

#: Seconds before each further try of an operation that may be repeated.
TRY_AGAIN_AFTER = (0.25, 1.0)

#: What the service says when trying again makes sense.
_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})

#: What it says when it has surely not begun.
_NOT_BEGUN = frozenset({429, 503})


def new_client(
    endpoint: str,
    access_key: str,
    http: HTTP,
    clock: IReactorTime,
    seconds: float = EXCHANGE_SECONDS,
) -> CallAutomationClient:
    """
    @param endpoint: C{https://name.communication.azure.com}; without a slash at
        the end and in lower case, or the signatures do not match.
    @param access_key: base64, as the portal shows it.
    @param seconds: for one exchange.
    """
    return CallAutomationClient(
        endpoint.rstrip("/").lower(),
        AzureKeyCredential(access_key),
        transport=TreqTransport(http, clock, seconds),
        # Signed requests are for nobody else; Azure sends none on.
        permit_redirects=False,
        # Tries again are ours: the SDK repeats operations that have no
        # Repeatability-Request-ID too, and never a lost connection.
        retry_total=0,
    )


class Repeat:
    """
    Tries an operation of the SDK up to three times.
    """

    def __init__(
        self,
        clock: IReactorTime,
        wall: Callable[[], float],
        new_request_id: Callable[[], str],
    ) -> None:
        """
        @param wall: seconds since the epoch.
        @param new_request_id: makes a value of C{Repeatability-Request-ID} (a GUID).
        """
        self._clock = clock
        self._wall = wall
        self._new_request_id = new_request_id

    async def repeat(self, what: str, operation: Callable[..., Awaitable[T]]) -> T:
        """
        All tries carry the same Repeatability-Request-ID, so that the service does
        the thing once, even if an answer got lost.

        @raise CallControlError: if all failed, or it was refused.
        """
        headers = {
            "Repeatability-Request-ID": self._new_request_id(),
            "Repeatability-First-Sent": formatdate(self._wall(), usegmt=True),
        }
        return await self._try(
            what, lambda: operation(headers=headers), _is_worth_repeating
        )

    async def unless_begun(self, what: str, operation: Callable[[], Awaitable[T]]) -> T:
        """
        For what the service would do twice (play, recognize): tried again only if
        it has surely not begun.

        @raise CallControlError: if all failed, or it was refused.
        """
        return await self._try(what, operation, _is_not_begun)

    async def _try(
        self,
        what: str,
        operation: Callable[[], Awaitable[T]],
        again: Callable[[AzureError], bool],
    ) -> T:
        for pause in (*TRY_AGAIN_AFTER, None):
            try:
                return await operation()
            except (DeserializationError, RecursionError) as e:
                raise CallControlError(f"{what}: the answer makes no sense") from e
            except AzureError as e:
                if pause is None or not again(e):
                    raise _explained(what, e) from e
                await deferLater(self._clock, _retry_after(e) or pause)
        raise AssertionError("not reached")


def identifier(raw_id: str) -> CommunicationIdentifier:
    """
    @return: the SDK's form of a raw id.
    """
    if raw_id.startswith("4:"):
        return PhoneNumberIdentifier(raw_id.removeprefix("4:"))
    if raw_id.startswith("8:"):
        return CommunicationUserIdentifier(raw_id)
    return UnknownIdentifier(raw_id)


def _is_worth_repeating(error: AzureError) -> bool:
    if isinstance(error, HttpResponseError):
        return error.status_code in _TRANSIENT
    return isinstance(error, ServiceRequestError | ServiceResponseError)


def _is_not_begun(error: AzureError) -> bool:
    if isinstance(error, HttpResponseError):
        return error.status_code in _NOT_BEGUN
    return isinstance(error, ServiceRequestError)


def _retry_after(error: AzureError) -> float | None:
    """
    @return: seconds that the service asks for, but no more than a ringing call
        can wait.
    """
    headers: Any = getattr(getattr(error, "response", None), "headers", {})
    try:
        return min(5.0, max(0.0, float(headers["Retry-After"])))
    except (KeyError, ValueError):
        return None


def _explained(what: str, error: AzureError) -> CallControlError:
    if not isinstance(error, HttpResponseError):
        return CallControlError(f"{what}: {error.message}")
    model = error.error
    code = getattr(model, "code", None) or "no code"
    text = str(getattr(model, "message", None) or error.reason or "")[:200]
    told = f"{what}: HTTP {error.status_code} {code}: {text}"
    if error.status_code == 401:
        told += " (is the access key the right one, and the clock of this machine?)"
    kind = CallGone if isinstance(error, ResourceNotFoundError) else CallControlError
    return kind(told)
