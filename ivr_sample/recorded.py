"""
What Event Grid tells of a recording whose files can be fetched.

Core.  Source: Microsoft Learn, "Azure Communication Services - Voice and video calling
events" (C{RecordingFileStatusUpdated}).
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from acsgw.acs.events import BadEvents, Event

RECORDED = "Microsoft.Communication.RecordingFileStatusUpdated"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """
    A finished recording.

    @ivar recording_id: as the event has it.
    @ivar parts: C{contentLocation} by number.
    @ivar seconds: length without pauses, if it is told.
    """

    recording_id: str
    parts: dict[int, str]
    seconds: float | None


def recorded(event: Event) -> Recorded:
    """
    @raise BadEvents: if it names no recording, or no file.
    """
    _, found, recording_id = event.subject.partition("/recordingId/")
    if not found or not recording_id:
        raise BadEvents("the recording's event has no recordingId in its subject")
    storage = event.data.get("recordingStorageInfo")
    chunks = storage.get("recordingChunks") if isinstance(storage, dict) else None
    parts: dict[int, str] = {}
    for number, chunk in enumerate(chunks if isinstance(chunks, list) else []):
        match chunk:
            case {"contentLocation": str(url)} if url:
                index = chunk.get("index")
                parts[index if isinstance(index, int) else number] = url
    if not parts:
        raise BadEvents("the recording's event has no contentLocation")
    return Recorded(
        recording_id=unquote(recording_id).strip("/"),
        parts=parts,
        seconds=_seconds(event.data.get("recordingDurationMs")),
    )


def _seconds(milliseconds: Any) -> float | None:
    return milliseconds / 1000 if isinstance(milliseconds, int | float) else None


def forms(recording_id: str) -> frozenset[str]:
    """
    @param recording_id: of the REST API: base64 of JSON, whose parts may be what the
        event calls the recording.

    @return: all that the same recording may be called.
    """
    try:
        padded = recording_id + "=" * (-len(recording_id) % 4)
        inside = json.loads(
            urlsafe_b64decode(padded.replace("+", "-").replace("/", "_"))
        )
    except (ValueError, RecursionError):
        inside = None
    known = {recording_id}
    if isinstance(inside, dict):
        known |= {v for k, v in inside.items() if k == "ResourceSpecificId" and v}
    return frozenset(text for text in known if isinstance(text, str))
