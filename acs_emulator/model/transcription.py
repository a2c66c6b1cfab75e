"""
The transcription WebSocket: what is asked for, and the messages that go over it.

After "Add real-time transcription into your application" in the call automation
how-tos and the parser of C{@azure/communication-call-automation} 1.6.0, which reads
C{resultStatus} where its own type says C{resultState}.  Inferred: offsets count from
the opening of the socket, and a partial result is C{Intermediate}.  Ours: the local
ears know neither when each word was said nor how sure they are, so words share the
time of their phrase by their length, and C{confidence} is always 1.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from .asked import Asked
from .media_state import MediaState

#: 100 ns each.
_TICKS_A_SECOND = 10_000_000


@dataclass(frozen=True, kw_only=True)
class TranscriptionOptions:
    """
    What was asked for when the call was made.

    @ivar url: of the WebSocket; may carry the peer's token.
    @ivar intermediate: are results wanted before a phrase is complete?
    @ivar model: id of a speech model; repeated, and not used.
    """

    url: str = field(repr=False)
    start: bool
    intermediate: bool
    locale: str
    model: str | None = None


@dataclass(kw_only=True)
class Transcription:
    """
    Of one call connection; changed by its rules alone.

    @ivar told: was C{TranscriptionStarted} told?
    @ivar asked: with what it was started.
    """

    subscription_id: str
    options: TranscriptionOptions
    locale: str
    model: str | None
    state: MediaState = MediaState.NONE
    told: bool = False
    asked: Asked = field(default_factory=Asked)

    def body(self) -> dict[str, Any]:
        """
        @return: C{TranscriptionSubscription}.
        """
        kinds = ["final", "intermediate"] if self.options.intermediate else ["final"]
        active = self.state is MediaState.OPEN
        return {
            "id": self.subscription_id,
            "state": "active" if active else "inactive",
            "subscribedResultTypes": kinds,
            "locale": self.locale,
        }


def new_transcription(given: dict[str, Any], subscription_id: str) -> Transcription:
    """
    @param given: C{transcriptionOptions} of a request, already checked.
    """
    options = TranscriptionOptions(
        url=given["transportUrl"],
        start=bool(given.get("startTranscription")),
        intermediate=bool(given.get("enableIntermediateResults")),
        locale=given["locale"],
        model=given.get("speechModelEndpointId"),
    )
    return Transcription(
        subscription_id=subscription_id,
        options=options,
        locale=options.locale,
        model=options.model,
    )


def transcription_metadata(
    about: Transcription, connection_id: str, correlation_id: str
) -> bytes:
    """
    @return: the first message.
    """
    body = {
        "subscriptionId": about.subscription_id,
        "locale": about.locale,
        "callConnectionId": connection_id,
        "correlationId": correlation_id,
    }
    if about.model is not None:
        body["speechRecognitionModelEndpointId"] = about.model
    return _dump({"kind": "TranscriptionMetadata", "transcriptionMetadata": body})


def transcription_data(
    text: str, *, begin: float, seconds: float, raw_id: str, final: bool
) -> bytes:
    """
    @param begin: seconds since the opening of the socket.
    @param raw_id: of who said it.
    """
    offset, duration = _ticks(begin), _ticks(seconds)
    body = {
        "text": text,
        "format": "display",
        "confidence": 1.0,
        "offset": offset,
        "duration": duration,
        "words": words(text, offset, duration),
        "participantRawID": raw_id,
        "resultStatus": "Final" if final else "Intermediate",
    }
    return _dump({"kind": "TranscriptionData", "transcriptionData": body})


def words(text: str, offset: int, duration: int) -> list[dict[str, Any]]:
    """
    @param offset: of the phrase, in ticks of 100 ns, as C{duration}.

    @return: its words in lower case without punctuation, one after the other.
    """
    found = re.findall(r"[\w']+", text.lower())
    total = sum(len(word) for word in found)
    spoken, told = 0, []
    for word in found:
        begin = offset + duration * spoken // total
        spoken += len(word)
        end = offset + duration * spoken // total
        told.append({"text": word, "offset": begin, "duration": end - begin})
    return told


def _ticks(seconds: float) -> int:
    return round(seconds * _TICKS_A_SECOND)


def _dump(message: dict[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode("utf-8")
