"""
Recordings of calls: what can be asked for, their states, and their files.

After "Call Recording overview" and the quickstart of the Communication Services
docs, and the generated client in C{azure-communication-callautomation} 1.6.0.
Inferred: that a recording which was stopped is not found any more, that it ends
with the connection through which it was started.  Ours: where no format is asked
for it is audio in WAV, because nothing else can be written here; the service's own
default is MP4.
"""

from __future__ import annotations

import json
import struct
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import Refusal, bad_request
from .recording_channels import wanted_channels

#: Operations and their statuses.
RECORDING_STATUS = {
    "start_recording": 200,
    "recording_state": 200,
    "stop_recording": 204,
    "pause_recording": 202,
    "resume_recording": 202,
}
KIND = "azureCommunicationServices"
#: Hz.
RATE = 16000


@dataclass(frozen=True, kw_only=True)
class RecordingRequest:
    """
    @ivar wanted: channels by raw id, as they were asked for; L{None} is mixed.
    """

    wanted: Mapping[str, int] | None
    paused: bool
    callback_url: str | None = field(repr=False)


def recording_request(
    body: Mapping[str, Any], people: Sequence[str]
) -> RecordingRequest:
    """
    @param body: a C{StartCallRecordingRequest}, already checked.
    @param people: raw ids of those who are in the call.

    @raise Refusal: for what is not emulated, with a text that says so.
    """
    content = (body.get("recordingContentType") or "audio").lower()
    shape = (body.get("recordingFormatType") or "wav").lower()
    if content != "audio" or shape != "wav":
        raise bad_request(
            "Only recordingContentType audio with recordingFormatType wav can be "
            f"recorded here, not {content} with {shape}."
        )
    storage = body.get("externalStorage") or {}
    if storage.get("recordingStorageKind", "").lower() == "azureblobstorage":
        raise Refusal(501, "NotEmulated", "Blob storage is not emulated yet.")
    unmixed = (body.get("recordingChannelType") or "mixed").lower() == "unmixed"
    return RecordingRequest(
        wanted=wanted_channels(body, people) if unmixed else None,
        paused=bool(body.get("pauseOnStart")),
        callback_url=body.get("recordingStateCallbackUri"),
    )


def new_recording_id(unique: str) -> str:
    """
    @return: in the form of the ids in recorded traffic: JSON in base64.
    """
    inside = {"PlatformEndpointId": unique, "ResourceSpecificId": unique}
    # The safe alphabet: the id stands in paths.
    text = json.dumps(inside)
    # Without "=" at its end: the SDK's asyncio client signs that percent-encoded and
    # sends it as it is.
    text += " " * (-len(text) % 3)
    return b64encode(text.encode("ascii"), b"-_").decode("ascii")


def state_body(recording_id: str, active: bool) -> dict[str, Any]:
    """
    @return: C{RecordingStateResponse}.
    """
    return {
        "recordingId": recording_id,
        "recordingState": "active" if active else "inactive",
        "recordingKind": KIND,
    }


def state_event(recording_id: str, active: bool, started: str) -> dict[str, Any]:
    """
    @param started: when, as callbacks write it.

    @return: the extra fields of C{RecordingStateChanged}.
    """
    return {
        "recordingId": recording_id,
        "state": "active" if active else "inactive",
        "startDateTime": started,
        "recordingKind": KIND,
    }


def wav_header(channels: int, size: int) -> bytes:
    """
    @param size: bytes of 16 bit samples that follow.
    """
    frame = channels * 2
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + size, b"WAVE"),
        *(b"fmt ", 16, 1, channels, RATE, RATE * frame, frame, 16),
        *(b"data", size),
    )


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """
    @param header: C{Range}, of which one range of bytes is understood.

    @return: first byte and how many; L{None}: there is no such part.
    """
    if header is None or not header.startswith("bytes=") or "," in header:
        return 0, size
    first, dash, last = header.removeprefix("bytes=").strip().partition("-")
    if not dash or not (first + last).isdigit():
        return 0, size
    if not first:
        begin, end = max(0, size - int(last)), size
    else:
        begin, end = int(first), min(size, int(last) + 1 if last else size)
    return (begin, end - begin) if begin < end else None
