"""
Mid-call events: their envelope, and the results they carry.

The envelope is that of recorded traffic of the Azure SDKs' tests; codes are
those of "Troubleshooting call end response codes" and "Call automation error
codes" in the Communication Services docs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PREFIX = "Microsoft.Communication."


@dataclass(frozen=True)
class Result:
    """
    C{resultInformation}: consumers branch on the codes, never on the text.
    """

    code: int
    sub_code: int
    message: str

    def body(self) -> dict[str, Any]:
        """
        @return: as in C{resultInformation}.
        """
        return {"code": self.code, "subCode": self.sub_code, "message": self.message}


OK = Result(200, 0, "")
DONE = Result(200, 0, "Action completed successfully.")
CALLER_LEFT = Result(0, 0, "The conversation has ended. DiagCode: 0#0.@")
CALLER_CANCELED = Result(487, 0, "Call was canceled by the caller. DiagCode: 487#0.@")
ENDED_BY_SERVICE = Result(
    200,
    7000,
    "Call was ended by Azure Communication Service Call Automation API or a "
    "server bot. DiagCode: 0#7000.@",
)
#: As recorded, for a leg of a conversation that another leg has ended.
ENDED_ELSEWHERE = Result(
    200, 5001, "Another leg of the same conversation has ended. DiagCode: 0#5001.@"
)
#: "Troubleshooting call end response codes", as the next ones.
REMOVED = Result(5000, 5300, "The participant was removed. DiagCode: 5000#5300.@")
PHONE_LEFT = Result(0, 560000, "Normal PSTN call end. DiagCode: 0#560000.@")
BUSY = Result(486, 560486, "The number is busy. DiagCode: 486#560486.@")
BAD_NUMBER = Result(404, 560404, "The number was not found. DiagCode: 404#560404.@")
DECLINED = Result(603, 0, "The call was declined. DiagCode: 603#0.@")
#: Microsoft does not document these.
USER_BUSY = Result(486, 0, "The callee is busy. DiagCode: 486#0.@")
FORBIDDEN = Result(403, 0, "The callee forbids the call. DiagCode: 403#0.@")
NO_PARTICIPANT = Result(404, 8522, "The participant is not in the call.")
NO_INVITATION = Result(404, 8522, "The invitation is not open any more.")
TRANSFERRED = Result(200, 7015, "The transfer operation completed successfully.")
NOT_ANSWERED_IN_TIME = Result(
    487,
    10004,
    "Call was canceled because the callee didn't answer in time. DiagCode: 487#10004.@",
)
NOBODY_REGISTERED = Result(
    480,
    10037,
    "Remote client endpoint not registered. DiagCode: 480#10037.@",
)
MEDIA_FAILED = Result(
    400,
    8581,
    "Action failed, Transport url is not valid or web socket server is not "
    "operational.",
)


@dataclass(frozen=True, kw_only=True)
class LegFacts:
    """
    What every event of a call connection repeats.
    """

    connection_id: str
    server_call_id: str
    correlation_id: str
    api_version: str


def cloud_events(
    leg: LegFacts,
    kind: str,
    *,
    event_id: str,
    time: str,
    result: Result,
    operation_context: str | None = None,
    extra: Mapping[str, Any] | None = None,
) -> bytes:
    """
    @param kind: without prefix, such as C{CallConnected}.
    @param extra: fields beyond those that all events have.

    @return: the body of the callback, an array with one event.
    """
    data: dict[str, Any] = {
        "version": leg.api_version,
        "callConnectionId": leg.connection_id,
        "serverCallId": leg.server_call_id,
        "correlationId": leg.correlation_id,
    }
    if operation_context is not None:
        data["operationContext"] = operation_context
    data.update(extra or {})
    data["resultInformation"] = result.body()
    data["publicEventType"] = PREFIX + kind
    source = f"calling/callConnections/{leg.connection_id}"
    event = {
        "id": event_id,
        "source": source,
        "type": PREFIX + kind,
        "data": data,
        "time": time,
        "specversion": "1.0",
        "datacontenttype": "application/json",
        "subject": source,
    }
    return json.dumps([event]).encode("utf-8")


def streaming_update(status: str, details: str) -> dict[str, Any]:
    """
    @return: the extra field of the three C{MediaStreaming...} events.
    """
    return {
        "mediaStreamingUpdate": {
            "contentType": "Audio",
            "mediaStreamingStatus": f"mediaStreaming{status}",
            "mediaStreamingStatusDetails": details,
        }
    }


def transcription_update(status: str, details: str) -> dict[str, Any]:
    """
    @return: the extra field of the four C{Transcription...} events.
    """
    return {
        "transcriptionUpdate": {
            "transcriptionStatus": f"transcription{status}",
            "transcriptionStatusDetails": details,
        }
    }


def participants(
    sequence: int, participants: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """
    @return: the extra fields of C{ParticipantsUpdated}.
    """
    return {"sequenceNumber": sequence, "participants": list(participants)}
