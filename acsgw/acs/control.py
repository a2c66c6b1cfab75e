"""
L{ICallControl} by Azure's SDK.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any, TypeVar

from azure.communication.callautomation import (
    AudioFormat,
    CommunicationIdentifier,
    CommunicationUserIdentifier,
    MediaStreamingAudioChannelType,
    MediaStreamingContentType,
    MediaStreamingOptions,
    PhoneNumberIdentifier,
    StreamingTransportType,
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
from zope.interface import implementer

from ..deferreds import returns_deferred
from ..errors import CallControlError, CallGone
from ..interfaces import ICallControl
from .http import HTTP
from .treq_transport import TreqTransport

T = TypeVar("T")

AUDIO_FORMATS = {16000: AudioFormat.PCM16_K_MONO, 24000: AudioFormat.PCM24_K_MONO}

#: Seconds for one exchange.  An incoming call rings for 30 s, so the SDK's default
#: of 300 s would outlive it ten times.
EXCHANGE_SECONDS = 6.0

#: Seconds before each further try of an operation that may be repeated.
TRY_AGAIN_AFTER = (0.25, 1.0)

#: What the service says when trying again makes sense.
_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})


@implementer(ICallControl)
class AzureCallControl:
    """
    Commands to one Communication Services resource.
    """

    def __init__(
        self,
        endpoint: str,
        access_key: str,
        http: HTTP,
        clock: IReactorTime,
        wall: Callable[[], float],
        new_request_id: Callable[[], str],
        caller_id: str | None = None,
    ) -> None:
        """
        @param endpoint: C{https://name.communication.azure.com}; without a slash at
            the end and in lower case, or the signatures do not match.
        @param access_key: base64, as the portal shows it.
        @param wall: seconds since the epoch.
        @param new_request_id: makes a value of C{Repeatability-Request-ID} (a GUID).
        @param caller_id: E.164 number of the resource, shown to a transfer target
            on the telephone network.
        """
        self._clock = clock
        self._wall = wall
        self._new_request_id = new_request_id
        self._caller_id = caller_id
        self._client = CallAutomationClient(
            endpoint.rstrip("/").lower(),
            AzureKeyCredential(access_key),
            transport=TreqTransport(http, clock, EXCHANGE_SECONDS),
            # Tries again are ours: the SDK repeats operations that have no
            # Repeatability-Request-ID too, and never a lost connection.
            retry_total=0,
        )

    @returns_deferred
    async def answer(
        self, context: str, callback_url: str, media_url: str, sample_rate: int
    ) -> str:
        streaming = MediaStreamingOptions(
            transport_url=media_url,
            transport_type=StreamingTransportType.WEBSOCKET,
            content_type=MediaStreamingContentType.AUDIO,
            audio_channel_type=MediaStreamingAudioChannelType.MIXED,
            # Each is off by default; without the second the caller hears nothing.
            start_media_streaming=True,
            enable_bidirectional=True,
            enable_dtmf_tones=True,
            audio_format=AUDIO_FORMATS[sample_rate],
        )

        async def answer(**repeatable: Any) -> str:
            properties = await self._client.answer_call(
                context, callback_url, media_streaming=streaming, **repeatable
            )
            return properties.call_connection_id or ""

        connection_id: str | None = await self._repeat("answer", answer)
        if not connection_id:
            raise CallControlError("answer: the service names no call")
        return connection_id

    @returns_deferred
    async def hang_up(self, connection_id: str) -> None:
        async def hang_up(**repeatable: Any) -> None:
            call = self._client.get_call_connection(connection_id)
            await call.hang_up(True, **repeatable)

        await self._repeat("hang up", hang_up)

    @returns_deferred
    async def transfer(
        self,
        connection_id: str,
        target: str,
        variables: Mapping[str, str],
        context: str,
    ) -> None:
        identifier = _identifier(target)
        to_phone = isinstance(identifier, PhoneNumberIdentifier)
        caller_id = (
            PhoneNumberIdentifier(self._caller_id)
            if to_phone and self._caller_id
            else None
        )

        async def transfer(**repeatable: Any) -> None:
            call = self._client.get_call_connection(connection_id)
            await call.transfer_call_to_participant(
                identifier,
                voip_headers=None if to_phone else dict(variables),
                source_caller_id_number=caller_id,
                operation_context=context,
                **repeatable,
            )

        await self._repeat("transfer", transfer)

    @returns_deferred
    async def connection_state(self, connection_id: str) -> str:
        async def look_up(**repeatable: Any) -> str:
            call = self._client.get_call_connection(connection_id)
            properties = await call.get_call_properties(**repeatable)
            return str(properties.call_connection_state or "")

        state: str = await self._repeat("look up", look_up)
        return state

    async def _repeat(self, what: str, operation: Callable[..., Any]) -> Any:
        """
        Try up to three times.  All tries carry the same Repeatability-Request-ID,
        so that the service does the thing once, even if an answer got lost.

        @raise CallControlError: if all failed, or it was refused.
        """
        headers = {
            "Repeatability-Request-ID": self._new_request_id(),
            "Repeatability-First-Sent": formatdate(self._wall(), usegmt=True),
        }
        for pause in (*TRY_AGAIN_AFTER, None):
            try:
                return await operation(headers=headers)
            except DeserializationError as e:
                raise CallControlError(f"{what}: the answer makes no sense") from e
            except AzureError as e:
                if pause is None or not _is_transient(e):
                    raise _explained(what, e) from e
                await deferLater(self._clock, _retry_after(e) or pause)
        raise AssertionError("not reached")


def _identifier(raw_id: str) -> CommunicationIdentifier:
    """
    @return: the SDK's form of a raw id.
    """
    if raw_id.startswith("4:"):
        return PhoneNumberIdentifier(raw_id.removeprefix("4:"))
    if raw_id.startswith("8:"):
        return CommunicationUserIdentifier(raw_id)
    return UnknownIdentifier(raw_id)


def _is_transient(error: AzureError) -> bool:
    if isinstance(error, HttpResponseError):
        return error.status_code in _TRANSIENT
    return isinstance(error, ServiceRequestError | ServiceResponseError)


def _retry_after(error: AzureError) -> float | None:
    """
    @return: seconds that the service asks for, but no more than a ringing call
        can wait.
    """
    headers = getattr(getattr(error, "response", None), "headers", {})
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
