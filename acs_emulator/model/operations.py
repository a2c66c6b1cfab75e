"""
The REST operations of call automation: their paths, and what their bodies may
contain.

Paths and fields are those of the Call Automation REST reference and of the
generated client in C{azure-communication-callautomation} 1.6.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from ..errors import bad_request, no_such_operation, wrong_body
from .call_bodies import CALL_OPERATIONS, REPEATABLE, CallBodies
from .custom_context import context_problems
from .fields import Check, flag, one_of, record, text, texts, url
from .media_requests import media_checks

API_VERSIONS = frozenset(
    {
        "2023-03-06",
        "2023-10-15",
        "2024-04-15",
        "2024-09-15",
        "2025-05-15",
        "2025-06-15",
        "2026-03-12",
    }
)

_CALL = r"/callConnections/(?P<connection_id>[^/:]+)"
_RECORDING = r"/recordings/(?P<recording_id>[^/:]+)"

#: Method, path under /calling, our name.
_OPERATIONS = (
    ("POST", r"/callConnections:answer", "answer"),
    ("GET", _CALL, "get"),
    ("DELETE", _CALL, "hang_up"),
    ("POST", _CALL + ":terminate", "terminate"),
    ("POST", _CALL + ":transferToParticipant", "transfer"),
    ("POST", _CALL + ":play", "play"),
    ("POST", _CALL + ":recognize", "recognize"),
    ("POST", _CALL + ":cancelAllMediaOperations", "cancel_all"),
    ("POST", _CALL + ":startContinuousDtmfRecognition", "start_continuous"),
    ("POST", _CALL + ":stopContinuousDtmfRecognition", "stop_continuous"),
    ("POST", _CALL + ":sendDtmfTones", "send_tones"),
    ("POST", r"/recordings", "start_recording"),
    ("GET", _RECORDING, "recording_state"),
    ("DELETE", _RECORDING, "stop_recording"),
    ("POST", _RECORDING + ":pause", "pause_recording"),
    ("POST", _RECORDING + ":resume", "resume_recording"),
    *CALL_OPERATIONS,
)


@dataclass(frozen=True)
class Operation:
    """
    A request that was recognized.

    @ivar base: scheme and host by which the client reached us.
    @ivar skip: where a page begins, as the client says.
    """

    name: str
    connection_id: str = ""
    participant: str = ""
    recording_id: str = ""
    base: str = ""
    skip: str = "0"


def check_version(version: str | None) -> None:
    """
    @raise Refusal: 400 without a version, 404 with one that there is not (any
        more), as happens when a preview is withdrawn.
    """
    if version is None:
        raise bad_request("The api-version query parameter is required.")
    if version not in API_VERSIONS:
        raise no_such_operation(404, "This api-version is not available.")


def find_operation(method: str, path: str) -> Operation:
    """
    @param path: under C{/calling}, percent-encoded as sent.

    @raise Refusal: 404 for what the service does not know.
    """
    known_path = False
    for verb, pattern, name in _OPERATIONS:
        match = re.fullmatch(pattern, path)
        if match is not None and verb == method:
            named = {key: unquote(value) for key, value in match.groupdict().items()}
            return Operation(name, **named)
        known_path = known_path or match is not None
    if known_path:
        raise no_such_operation(405, f"{method} is not allowed here.")
    raise no_such_operation()


def is_repeatable(method: str, path: str) -> bool:
    """
    Does C{Repeatability-Request-ID} mean anything on this operation?
    """
    return method == "POST" and any(re.fullmatch(p, path) for p in REPEATABLE)


@dataclass(frozen=True)
class Strictness:
    """
    @ivar strict: refuse fields that are not known.
    @ivar insecure: allow addresses without TLS.
    """

    strict: bool = True
    insecure: bool = False

    def check_body(self, operation: str, body: Any) -> list[str]:
        """
        @return: what is let pass that a strict service refuses.

        @raise Refusal: 400 with everything that is wrong.
        """
        problems = self._problems(operation, body)
        if problems:
            raise wrong_body(problems)
        if self.strict:
            return []
        return replace(self, strict=True)._problems(operation, body)

    def _problems(self, operation: str, body: Any) -> list[str]:
        own = {"answer": self._answer, "transfer": self._transfer}.get(operation)
        media = media_checks(strict=self.strict, insecure=self.insecure)
        check = (
            own()
            if own is not None
            else CallBodies(self).find(operation) or media.get(operation)
        )
        if check is None:
            return [] if body is None else ["this operation has no body"]
        return check(body, "")

    def record(
        self, required: Mapping[str, Check], optional: Mapping[str, Check]
    ) -> Check:
        """
        An object with these fields.
        """
        return record(required, optional, strict=self.strict)

    def callback_url(self) -> Check:
        """
        Where callbacks go.
        """
        return url("https", "http") if self.insecure else url("https")

    def _media_url(self) -> Check:
        return url("wss", "ws") if self.insecure else url("wss")

    def making_a_call(self) -> dict[str, Check]:
        """
        What may be given when a call is answered, created or connected to.
        """
        return {
            "operationContext": text,
            "callIntelligenceOptions": self.record(
                {}, {"cognitiveServicesEndpoint": text}
            ),
            "mediaStreamingOptions": self._media_options(),
            "transcriptionOptions": self._transcription_options(),
        }

    def _answer(self) -> Check:
        user = self.record({"id": text}, {})
        return self.record(
            {"incomingCallContext": text, "callbackUri": self.callback_url()},
            {"answeredBy": user, **self.making_a_call()},
        )

    def _media_options(self) -> Check:
        return self.record(
            {
                "transportType": one_of("websocket"),
                "audioChannelType": one_of("mixed", "unmixed"),
                "transportUrl": self._media_url(),
                "contentType": one_of("audio"),
            },
            {
                "startMediaStreaming": flag,
                "enableBidirectional": flag,
                "audioFormat": one_of("pcm16KMono", "pcm24KMono"),
                "enableDtmfTones": flag,
            },
        )

    def _transcription_options(self) -> Check:
        # The address may be left out as the models have it, but nobody can be
        # reached without one.
        return self.record(
            {
                "transportType": one_of("websocket"),
                "locale": text,
                "transportUrl": self._media_url(),
            },
            {
                "startTranscription": flag,
                "enableIntermediateResults": flag,
                "speechModelEndpointId": text,
            },
        )

    def phone(self) -> Check:
        """
        A phone number.
        """
        return self.record({"value": text}, {"isAnonymous": flag, "assertedId": text})

    def participant(self) -> Check:
        """
        A phone number or a user.
        """
        return self.record(
            {},
            {
                "kind": text,
                "rawId": text,
                "communicationUser": self.record({"id": text}, {}),
                "phoneNumber": self.phone(),
            },
        )

    def custom_context(self) -> Check:
        """
        Headers for whoever is called.
        """
        context = self.record(
            {},
            {
                "voipHeaders": texts,
                "sipHeaders": texts,
                "teamsPhoneCallDetails": self.not_emulated,
            },
        )

        def custom(value: Any, where: str) -> list[str]:
            return context(value, where) or context_problems(value)

        return custom

    def _transfer(self) -> Check:
        return self.record(
            {"targetParticipant": self.participant()},
            {
                "operationContext": text,
                "transferee": self.participant(),
                "operationCallbackUri": self.callback_url(),
                "customCallingContext": self.custom_context(),
                "sourceCallerIdNumber": self.phone(),
            },
        )

    def not_emulated(self, value: Any, where: str) -> list[str]:
        """
        A field that the service knows and the emulator does not.
        """
        return [f"{where} is not emulated yet"]
