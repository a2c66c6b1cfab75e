"""
The REST operations of call automation: their paths, and what their bodies may
contain.

Paths and fields are those of the Call Automation REST reference and of the
generated client in C{azure-communication-callautomation} 1.6.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ..errors import Refusal, bad_request
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
)

#: Known to the service, and not to this emulator yet.
_LATER = (
    ("POST", r"/callConnections"),
    ("POST", r"/callConnections:(redirect|reject|connect)"),
    ("GET", _CALL + r"/participants(/[^/]+)?"),
    (
        "POST",
        _CALL + r"/participants:(add|remove|mute|cancelAddParticipant|moveHere)",
    ),
    ("POST", _CALL + r":(hold|unhold|startMediaStreaming|stopMediaStreaming)"),
    ("POST", _CALL + r":(start|stop|update)Transcription"),
)


@dataclass(frozen=True)
class Operation:
    """
    A request that was recognized.
    """

    name: str
    connection_id: str = ""
    recording_id: str = ""


def check_version(version: str | None) -> None:
    """
    @raise Refusal: 400 without a version, 404 with one that there is not (any
        more), as happens when a preview is withdrawn.
    """
    if version is None:
        raise bad_request("The api-version query parameter is required.")
    if version not in API_VERSIONS:
        raise Refusal(404, "NotFound", "This api-version is not available.")


def find_operation(method: str, path: str) -> Operation:
    """
    @param path: under C{/calling}, percent-encoded as sent.

    @raise Refusal: 404 for what the service does not know, 501 for what is
        not emulated.
    """
    known_path = False
    for verb, pattern, name in _OPERATIONS:
        match = re.fullmatch(pattern, path)
        if match is not None and verb == method:
            named = {key: unquote(value) for key, value in match.groupdict().items()}
            return Operation(name, **named)
        known_path = known_path or match is not None
    for verb, pattern in _LATER:
        if re.fullmatch(pattern, path) and verb == method:
            raise Refusal(501, "NotEmulated", f"{method} {path} is not emulated yet.")
    if known_path:
        raise Refusal(405, "MethodNotAllowed", f"{method} is not allowed here.")
    raise Refusal(404, "NotFound", "There is no such operation.")


@dataclass(frozen=True)
class Strictness:
    """
    @ivar strict: refuse fields that are not known.
    @ivar insecure: allow addresses without TLS.
    """

    strict: bool = True
    insecure: bool = False

    def check_body(self, operation: str, body: Any) -> None:
        """
        @raise Refusal: 400 with everything that is wrong.
        """
        build = {"answer": self._answer, "transfer": self._transfer}.get(operation)
        media = media_checks(strict=self.strict, insecure=self.insecure)
        check = media.get(operation) if build is None else build()
        if check is None:
            problems = [] if body is None else ["this operation has no body"]
        else:
            problems = check(body, "")
        if problems:
            raise bad_request("; ".join(problems) + ".")

    def _record(
        self, required: Mapping[str, Check], optional: Mapping[str, Check]
    ) -> Check:
        return record(required, optional, strict=self.strict)

    def _callback_url(self) -> Check:
        return url("https", "http") if self.insecure else url("https")

    def _media_url(self) -> Check:
        return url("wss", "ws") if self.insecure else url("wss")

    def _answer(self) -> Check:
        user = self._record({"id": text}, {})
        intelligence = self._record({}, {"cognitiveServicesEndpoint": text})
        return self._record(
            {"incomingCallContext": text, "callbackUri": self._callback_url()},
            {
                "operationContext": text,
                "callIntelligenceOptions": intelligence,
                "answeredBy": user,
                "mediaStreamingOptions": self._media_options(),
                "transcriptionOptions": _not_emulated,
            },
        )

    def _media_options(self) -> Check:
        return self._record(
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

    def _transfer(self) -> Check:
        phone = self._record({"value": text}, {"isAnonymous": flag, "assertedId": text})
        participant = self._record(
            {},
            {
                "kind": text,
                "rawId": text,
                "communicationUser": self._record({"id": text}, {}),
                "phoneNumber": phone,
            },
        )
        context = self._record(
            {},
            {
                "voipHeaders": texts,
                "sipHeaders": texts,
                "teamsPhoneCallDetails": _not_emulated,
            },
        )

        def custom(value: Any, where: str) -> list[str]:
            return context(value, where) or context_problems(value)

        return self._record(
            {"targetParticipant": participant},
            {
                "operationContext": text,
                "transferee": participant,
                "operationCallbackUri": self._callback_url(),
                "customCallingContext": custom,
                "sourceCallerIdNumber": phone,
            },
        )


def _not_emulated(value: Any, where: str) -> list[str]:
    return [f"{where} is not emulated yet"]
