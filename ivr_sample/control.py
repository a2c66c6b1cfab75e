"""
Commands to Azure, through its SDK.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import groupby
from typing import Any
from urllib.parse import quote

from azure.communication.callautomation import (
    DtmfTone,
    FileSource,
    RecognizeInputType,
    TextSource,
)
from twisted.internet.interfaces import IReactorTime

from acsgw.acs.control import AzureCallControl
from acsgw.acs.http import HTTP
from acsgw.acs.repeat import CallControlError, Repeat, identifier, new_client

from .actions import Ask
from .prompts import SEPARATOR, is_file
from .settings import Settings

_STOP_TONES = {"#": DtmfTone.POUND, "*": DtmfTone.ASTERISK}


class IvrControl:
    """
    All fail with L{CallControlError}; a call that is gone with its C{CallGone}.
    """

    def __init__(
        self,
        settings: Settings,
        prompts_url: str,
        http: HTTP,
        clock: IReactorTime,
        wall: Callable[[], float],
        new_request_id: Callable[[], str],
    ) -> None:
        """
        @param prompts_url: where our WAV files are served.
        @param wall: seconds since the epoch.
        """
        acs = settings.acs
        key = acs.access_key.get_secret_value()
        self._settings = settings
        self._prompts_url = prompts_url
        self._client = new_client(acs.endpoint, key, http, clock)
        self._again = Repeat(clock, wall, new_request_id)
        self._plain = AzureCallControl(
            *(acs.endpoint, key, http, clock, wall, new_request_id),
            settings.human.caller_id,
        )
        self.hang_up = self._plain.hang_up
        self.transfer = self._plain.transfer
        self.connection_state = self._plain.connection_state

    async def answer(self, context: str, callback_url: str) -> str:
        """
        @param context: C{incomingCallContext}.

        @return: connection id of our leg.
        """
        answer = partial(
            self._client.answer_call,
            context,
            callback_url,
            cognitive_services_endpoint=self._settings.acs.cognitive_services_endpoint,
        )
        properties = await self._again.repeat("answer", answer)
        if not properties.call_connection_id:
            raise CallControlError("answer: the service names no call")
        return str(properties.call_connection_id)

    async def play(
        self, connection_id: str, phrases: tuple[str, ...], context: str
    ) -> None:
        """
        To the caller; C{PlayCompleted} or C{PlayFailed} follows.
        """
        call = self._client.get_call_connection(connection_id)
        play = partial(
            call.play_media_to_all, self._sources(phrases), operation_context=context
        )
        await self._again.unless_begun("play", play)

    async def recognize(
        self, connection_id: str, caller: str, ask: Ask, context: str
    ) -> None:
        """
        C{RecognizeCompleted} or C{RecognizeFailed} follows.

        @param caller: raw id of whose keys count.
        """
        options: dict[str, Any] = {
            "initial_silence_timeout": ask.silence,
            "interrupt_prompt": self._settings.flow.barge_in,
            "dtmf_max_tones_to_collect": ask.max_digits,
            "dtmf_inter_tone_timeout": ask.between,
            "play_prompt": self._sources(ask.phrases),
        }
        if ask.stop_tone:
            options["dtmf_stop_tones"] = [_STOP_TONES[ask.stop_tone]]
        call = self._client.get_call_connection(connection_id)
        recognize = partial(
            call.start_recognizing_media,
            RecognizeInputType.DTMF,
            identifier(caller),
            operation_context=context,
            **options,
        )
        await self._again.unless_begun("recognize", recognize)

    def _sources(self, phrases: tuple[str, ...]) -> list[TextSource | FileSource]:
        """
        @return: neighbors of a kind as one: Azure takes few sources at a time, and a
            number that is read back has many digits.
        """
        voice = self._settings.prompts.voice
        sources: list[TextSource | FileSource] = []
        for files, group in groupby(phrases, is_file):
            if files:
                url = f"{self._prompts_url}/{quote(SEPARATOR.join(group))}"
                sources.append(FileSource(url=url))
            else:
                sources.append(TextSource(text=" ".join(group), voice_name=voice))
        return sources
