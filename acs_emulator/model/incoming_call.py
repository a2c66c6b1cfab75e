"""
The C{Microsoft.Communication.IncomingCall} event in both schemas, and what an
endpoint's answer to it means.

Fields after "Azure Communication Services - Voice and video calling events";
the table of outcomes and the retry schedule after "Event Grid message delivery
and retry", both in the Azure docs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .identifiers import identifier
from .subscriptions import Schema, Subscription, WebhookRequest

INCOMING_CALL = "Microsoft.Communication.IncomingCall"

#: Seconds; no answer within them counts as none.
DELIVERY_TIMEOUT = 30.0

DELIVERED = frozenset({200, 201, 202, 203, 204})
#: Never tried again.  403 and 404 are said to be tried again after five
#: minutes for some endpoints; no call rings so long.
LOST = frozenset({400, 401, 403, 404, 413})
#: Seconds to wait at least, by status; L{None} is no answer at all.
_LEAST_WAIT = {408: 120.0, 503: 30.0}
_SCHEDULE = (10.0, 30.0, 60.0, 300.0, 600.0, 1800.0, 3600.0, 10800.0, 21600.0)
_LAST_WAIT = 12 * 3600.0


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


def delivery_request(
    subscription: Subscription, event: Mapping[str, Any], attempt: int
) -> WebhookRequest:
    """
    @param attempt: 0 for the first.
    """
    headers = {
        **subscription.headers,
        "aeg-event-type": "Notification",
        "aeg-subscription-name": subscription.name.upper(),
        "aeg-delivery-count": str(attempt),
        "aeg-output-event-id": str(event["id"]),
    }
    if subscription.schema is Schema.CLOUD_EVENT:
        headers["Content-Type"] = "application/cloudevents+json; charset=utf-8"
        headers["aeg-metadata-version"] = "1.0"
        headers["Origin"] = "eventgrid.azure.net"
        body: object = event
    else:
        headers["Content-Type"] = "application/json; charset=utf-8"
        headers["aeg-metadata-version"] = "1"
        headers["aeg-data-version"] = str(event["dataVersion"])
        body = [event]
    return WebhookRequest(
        method="POST", headers=headers, body=json.dumps(body).encode("utf-8")
    )


def next_attempt(
    subscription: Subscription, *, status: int | None, attempt: int, age: float
) -> float | None:
    """
    @param status: what was answered; L{None} is no answer.
    @param attempt: the one that just failed; 0 for the first.
    @param age: seconds since the event was published.

    @return: seconds to wait before the next attempt, or L{None} if the event
        is given up.
    """
    if status in LOST:
        return None
    planned = _SCHEDULE[attempt] if attempt < len(_SCHEDULE) else _LAST_WAIT
    wait = max(planned, _LEAST_WAIT.get(status or 0, 0.0))
    if attempt + 1 >= subscription.max_attempts:
        return None
    return wait if age + wait <= subscription.time_to_live else None
