"""
Commands to Azure about recordings, through its SDK.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, cast

from azure.communication.callautomation import (
    RecordingChannel,
    RecordingContent,
    RecordingFormat,
    RecordingState,
)
from azure.core.exceptions import HttpResponseError
from azure.core.rest import AsyncHttpResponse, HttpRequest
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from acsgw.acs.http import HTTP
from acsgw.acs.repeat import (
    EXCHANGE_SECONDS,
    CallControlError,
    Repeat,
    identifier,
    new_client,
)
from acsgw.acs.treq_transport import TreqTransport

from .settings import Settings

#: For one exchange about a recording; a caller may be waiting for the next question.
COMMAND_SECONDS = 3.0

#: Seconds before each further look whether a pause is in force.
LOOK_AGAIN_AFTER = (0.1, 0.3, 0.8)


class IRecordingControl(Protocol):
    """
    All fail with L{CallControlError}; a recording that is gone with its C{CallGone}.
    """

    async def start(self, connection_id: str, caller: str) -> tuple[str, bool]:
        """
        @return: the recording's id, and whether it takes sound already.
        """

    async def pause(self, recording_id: str) -> None:
        """
        Returns when no sound is taken any more.
        """

    async def resume(self, recording_id: str) -> None: ...
    async def stop(self, recording_id: str) -> None: ...


class RecordingControl:
    """
    An L{IRecordingControl}; also fetches files.

    Commands are tried again only if they surely did not begin: a late second
    "resume" could undo a pause.
    """

    def __init__(
        self,
        settings: Settings,
        http: HTTP,
        clock: IReactorTime,
        wall: Callable[[], float],
        new_request_id: Callable[[], str],
    ) -> None:
        """
        @param wall: seconds since the epoch.
        """
        acs = settings.acs
        self._transport = TreqTransport(http, clock, EXCHANGE_SECONDS)
        self._clock = clock
        self._endpoint = acs.endpoint.rstrip("/").lower()
        key = acs.access_key.get_secret_value()
        self._client = new_client(acs.endpoint, key, http, clock, COMMAND_SECONDS)
        self._files = new_client(acs.endpoint, key, http, clock)
        self._again = Repeat(clock, wall, new_request_id)
        recording = settings.recording
        self._unmixed = recording is not None and recording.channels == "unmixed"

    async def start(self, connection_id: str, caller: str) -> tuple[str, bool]:
        """
        It begins paused: should the answer get lost, nobody could pause what he has
        no id of.

        @param caller: raw id of who gets the first channel, if there are several.
        """
        options: dict[str, Any] = {}
        if self._unmixed and re.match(r"4:\+|8:", caller):
            options["audio_channel_participant_ordering"] = [identifier(caller)]
        start = partial(
            self._client.start_recording,
            call_connection_id=connection_id,
            recording_content_type=RecordingContent.AUDIO,
            recording_channel_type=RecordingChannel.UNMIXED
            if self._unmixed
            else RecordingChannel.MIXED,
            recording_format_type=RecordingFormat.WAV,
            pause_on_start=True,
            **options,
        )
        begun = await self._again.repeat("start the recording", start)
        if not begun.recording_id:
            raise CallControlError("start the recording: the service names none")
        active = begun.recording_state == RecordingState.ACTIVE
        return str(begun.recording_id), active

    async def pause(self, recording_id: str) -> None:
        """
        That the request is accepted is no proof: it is looked at.
        """
        pause = partial(self._client.pause_recording, recording_id)
        await self._again.unless_begun("pause the recording", pause)
        look = partial(self._client.get_recording_properties, recording_id)
        for wait in (*LOOK_AGAIN_AFTER, None):
            seen = await self._again.unless_begun("look at the recording", look)
            if seen.recording_state == RecordingState.INACTIVE:
                return
            if wait is not None:
                await deferLater(self._clock, wait)
        raise CallControlError("pause the recording: it goes on")

    async def resume(self, recording_id: str) -> None:
        resume = partial(self._client.resume_recording, recording_id)
        await self._again.unless_begun("resume the recording", resume)

    async def stop(self, recording_id: str) -> None:
        stop = partial(self._client.stop_recording, recording_id)
        await self._again.unless_begun("stop the recording", stop)

    # Files.

    async def piece(self, url: str, begin: int, count: int) -> tuple[bytes, int]:
        """
        @param url: C{contentLocation}.

        @return: so many bytes, or all if the server knows no ranges; and the size of
            the whole.
        """
        wanted = f"bytes={begin}-{begin + count - 1}"
        try:
            get = self._own if self._is_own(url) else self._azures
            status, headers, content = await self._again.repeat(
                "fetch the recording", partial(get, url, wanted)
            )
        except (TypeError, ValueError) as e:  # the SDK sends its key to Azure only
            raise CallControlError(f"fetch the recording: {e}") from e
        if status == 200:
            return content[begin:], len(content)
        told = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", headers.get("Content-Range", ""))
        if told is None or int(told[1]) != begin:
            raise CallControlError("fetch the recording: not the part that was wanted")
        return content, int(told[2])

    def _is_own(self, url: str) -> bool:
        return url.startswith(f"{self._endpoint}/")

    async def _azures(self, url: str, wanted: str, headers: object) -> Any:
        """
        Signed by the SDK, which goes to Microsoft's hosts only.

        @param headers: for operations that must not be done twice; this one may be.
        """
        # Given as an offset of 0 the SDK would leave the range out.
        answer = await self._files.download_recording(url, headers={"Range": wanted})
        got = cast(AsyncHttpResponse, answer)
        return got.status_code, got.headers, await got.read()

    async def _own(self, url: str, wanted: str, headers: object) -> Any:
        """
        Kept by the endpoint itself: the emulator does that, and wants no signature.
        """
        request = HttpRequest("GET", url, headers={"Range": wanted})
        answer = await self._transport.send(request)
        if answer.status_code not in (200, 206):
            raise HttpResponseError(response=answer)
        return answer.status_code, answer.headers, await answer.read()
