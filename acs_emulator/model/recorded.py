"""
What is told of a recording that is finished: the event
C{Microsoft.Communication.RecordingFileStatusUpdated}, and the metadata of its file.

Event after "Azure Communication Services - Voice and video calling events", metadata
after "Call Recording overview", fields for content, channels and format after
C{AcsRecordingFileStatusUpdatedEventData} in C{@azure/eventgrid}.  Inferred: the id of
the call is its correlation id, a recording that was stopped ends with
C{InitiatorLeft}, channels count from 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .recordings import RATE
from .wire_time import event_grid_time

RECORDING_FINISHED = "Microsoft.Communication.RecordingFileStatusUpdated"
CALL_ENDED = "CallEnded"
INITIATOR_LEFT = "InitiatorLeft"
#: Of 16 bit samples.
_BITS = 16


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """
    A finished recording, which is one chunk; a
    L{GridEvent<acs_emulator.model.grid_events.GridEvent>}.

    @ivar url: of the recording at the emulator.
    @ivar started: seconds since the epoch.
    @ivar seconds: length of the file, without pauses.
    @ivar pauses: when each began, and how long it lasted.
    @ivar participants: raw ids with their channels, or L{None} where all are in one.
    """

    event_id: str
    recording_id: str
    document_id: str
    resource_id: str
    server_call_id: str
    correlation_id: str
    url: str
    started: float
    seconds: float
    pauses: Sequence[tuple[float, float]]
    unmixed: bool
    channels: int
    participants: Mapping[str, int | None] = field(repr=False)
    session_end: str
    kind: str = RECORDING_FINISHED

    @property
    def subject(self) -> str:
        return (
            f"/recording/call/{self.correlation_id}/serverCallId/{self.server_call_id}"
            f"/recordingId/{self.recording_id}"
        )

    def data(self) -> dict[str, Any]:
        """
        @return: for both schemas.
        """
        chunk = {
            "documentId": self.document_id,
            "index": 0,
            "endReason": "SessionEnded",
            "metadataLocation": f"{self.url}/content/acsmetadata",
            "contentLocation": f"{self.url}/content",
            "deleteLocation": self.url,
        }
        return {
            "recordingStorageInfo": {"recordingChunks": [chunk]},
            "recordingStartTime": event_grid_time(self.started),
            "recordingDurationMs": round(self.seconds * 1000),
            "recordingContentType": "Audio",
            "recordingChannelType": "Unmixed" if self.unmixed else "Mixed",
            "recordingFormatType": "Wav",
            "sessionEndReason": self.session_end,
        }

    def metadata(self) -> dict[str, Any]:
        """
        @return: the document at C{metadataLocation}.
        """
        audio = {
            "sampleRate": RATE,
            "bitRate": RATE * _BITS * self.channels,
            "channels": self.channels,
        }
        return {
            "resourceId": self.resource_id,
            "callId": self.correlation_id,
            "chunkDocumentId": self.document_id,
            "chunkIndex": 0,
            "chunkStartTime": event_grid_time(self.started),
            "chunkDuration": round(self.seconds * 1000),
            "pauseResumeIntervals": [
                {"startTime": event_grid_time(at), "duration": round(seconds * 1000)}
                for at, seconds in self.pauses
            ],
            "recordingInfo": {
                "contentType": "audio",
                "channelType": "unmixed" if self.unmixed else "mixed",
                "format": "wav",
                "audioConfiguration": audio,
            },
            "participants": [
                {"participantId": raw_id}
                if channel is None
                else {"participantId": raw_id, "channel": channel}
                for raw_id, channel in self.participants.items()
            ],
        }
