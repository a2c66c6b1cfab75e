"""
L{ICallControl} by Azure's SDK.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from azure.communication.callautomation import (
    AudioFormat,
    MediaStreamingAudioChannelType,
    MediaStreamingContentType,
    MediaStreamingOptions,
    PhoneNumberIdentifier,
    StreamingTransportType,
)
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from ..deferreds import returns_deferred
from ..errors import CallControlError
from ..interfaces import ICallControl
from .http import HTTP
from .repeat import Repeat, identifier, new_client

AUDIO_FORMATS = {16000: AudioFormat.PCM16_K_MONO, 24000: AudioFormat.PCM24_K_MONO}


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
        self._caller_id = caller_id
        self._client = new_client(endpoint, access_key, http, clock)
        self._again = Repeat(clock, wall, new_request_id)

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

        connection_id = await self._again.repeat("answer", answer)
        if not connection_id:
            raise CallControlError("answer: the service names no call")
        return connection_id

    @returns_deferred
    async def hang_up(self, connection_id: str) -> None:
        async def hang_up(**repeatable: Any) -> None:
            call = self._client.get_call_connection(connection_id)
            await call.hang_up(True, **repeatable)

        await self._again.repeat("hang up", hang_up)

    @returns_deferred
    async def transfer(
        self,
        connection_id: str,
        target: str,
        variables: Mapping[str, str],
        context: str,
    ) -> None:
        who = identifier(target)
        to_phone = isinstance(who, PhoneNumberIdentifier)
        caller_id = (
            PhoneNumberIdentifier(self._caller_id)
            if to_phone and self._caller_id
            else None
        )

        async def transfer(**repeatable: Any) -> None:
            call = self._client.get_call_connection(connection_id)
            await call.transfer_call_to_participant(
                who,
                voip_headers=None if to_phone else dict(variables),
                source_caller_id_number=caller_id,
                operation_context=context,
                **repeatable,
            )

        await self._again.repeat("transfer", transfer)

    @returns_deferred
    async def connection_state(self, connection_id: str) -> str:
        async def look_up(**repeatable: Any) -> str:
            call = self._client.get_call_connection(connection_id)
            properties = await call.get_call_properties(**repeatable)
            return str(properties.call_connection_state or "")

        return await self._again.repeat("look up", look_up)
