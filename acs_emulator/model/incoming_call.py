"""
The C{Microsoft.Communication.IncomingCall} event in both schemas.

Fields after "Azure Communication Services - Voice and video calling events" in
the Azure docs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .identifiers import identifier
from .subscriptions import Schema

INCOMING_CALL = "Microsoft.Communication.IncomingCall"


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """
    A ringing call, before it is put into an envelope.

    @ivar voip_headers: goes into C{customContext}; L{None} leaves that out.
    """

    event_id: str
    caller: str
    callee: str
    context: str = field(repr=False)
    correlation_id: str
    server_call_id: str
    voip_headers: Mapping[str, str] | None = field(repr=False, default=None)
    sip_headers: Mapping[str, str] | None = field(repr=False, default=None)


def envelope(call: Announcement, schema: Schema, topic: str, time: str) -> Any:
    """
    @return: the event, ready for JSON.
    """
    data: dict[str, Any] = {
        "to": identifier(call.callee),
        "from": identifier(call.caller),
        "serverCallId": call.server_call_id,
        "callerDisplayName": "",
    }
    if call.voip_headers is not None or call.sip_headers is not None:
        data["customContext"] = {
            "sipHeaders": dict(call.sip_headers or {}),
            "voipHeaders": dict(call.voip_headers or {}),
        }
    data["incomingCallContext"] = call.context
    data["correlationId"] = call.correlation_id
    subject = f"/caller/{call.caller}/recipient/{call.callee}"
    if schema is Schema.CLOUD_EVENT:
        return {
            "id": call.event_id,
            "source": topic,
            "subject": subject,
            "type": INCOMING_CALL,
            "time": time,
            "specversion": "1.0",
            "data": data,
        }
    return {
        "id": call.event_id,
        "topic": topic,
        "subject": subject,
        "data": data,
        "eventType": INCOMING_CALL,
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "eventTime": time,
    }
