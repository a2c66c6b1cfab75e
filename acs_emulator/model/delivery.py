"""
Deliveries of events: their requests, what an endpoint's answer means, and when
the next attempt is due.

After "Event Grid message delivery and retry" in the Azure docs (the newest text
known to us lists 403 among the answers that are never retried).  Names of
outcomes are those of C{lastDeliveryOutcome} and of the page's table of delays;
which status gets which of them is inferred.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .handshake import ORIGIN, WebhookRequest
from .subscriptions import Schema, Subscription

#: Seconds; no answer within them counts as none.
DELIVERY_TIMEOUT = 30.0

DELIVERED = frozenset({200, 201, 202, 203, 204})
#: Never tried again.  404 is said to be tried again after five minutes where the
#: endpoint is an Azure resource; no call rings so long.
LOST = frozenset({400, 401, 403, 404, 413})
#: Seconds to wait at least, by status.
_LEAST_WAIT = {408: 120.0, 503: 30.0}
_SCHEDULE = (10.0, 30.0, 60.0, 300.0, 600.0, 1800.0, 3600.0, 10800.0, 21600.0)
_LAST_WAIT = 12 * 3600.0

_OUTCOMES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    408: "TimedOut",
    413: "PayloadTooLarge",
    429: "Busy",
    503: "Busy",
    504: "TimedOut",
}

DELETED_EVENT = "Microsoft.EventGrid.SubscriptionDeletedEvent"


def outcome_of(status: int) -> str:
    """
    @return: one word for what an endpoint answered.
    """
    if status in DELIVERED:
        return "Delivered"
    return _OUTCOMES.get(status, "GenericError")


def next_attempt(
    subscription: Subscription,
    *,
    status: int | None,
    attempt: int,
    age: float,
    jitter: float = 0.0,
) -> float | None:
    """
    @param status: what was answered; L{None} is no answer.
    @param attempt: the one that just failed; 0 for the first.
    @param age: seconds since the event was published.
    @param jitter: a share of the wait that is added to it.

    @return: seconds to wait before the next attempt, or L{None} if the event
        is given up.
    """
    if status in LOST:
        return None
    planned = _SCHEDULE[attempt] if attempt < len(_SCHEDULE) else _LAST_WAIT
    wait = max(planned, _LEAST_WAIT.get(status or 0, 0.0)) * (1.0 + jitter)
    if attempt + 1 >= subscription.max_attempts:
        return None
    return wait if age + wait <= subscription.time_to_live else None


def dead_letter_reason(
    subscription: Subscription, *, status: int | None, attempts: int
) -> str:
    """
    @param attempts: made so far.

    @return: why there is no next attempt.  The first is documented, the second
        for namespaces only, the third is inferred.
    """
    if attempts >= subscription.max_attempts:
        return "MaxDeliveryAttemptsExceeded"
    if status in LOST:
        return "Undeliverable due to client error"
    return "TimeToLiveExceeded"


def delivery_request(
    subscription: Subscription,
    events: Sequence[Mapping[str, Any]],
    attempt: int,
    *,
    kind: str = "Notification",
) -> WebhookRequest:
    """
    @param events: one; more only if the subscription asks for batches.
    @param attempt: 0 for the first.
    @param kind: C{aeg-event-type}.
    """
    headers = {
        **subscription.headers,
        "aeg-event-type": kind,
        "aeg-subscription-name": subscription.name.upper(),
        "aeg-delivery-count": str(attempt),
    }
    if len(events) == 1:
        headers["aeg-output-event-id"] = str(events[0]["id"])
    body: object = list(events)
    if subscription.schema is Schema.CLOUD_EVENT:
        batch = "-batch" if subscription.max_events_per_batch > 1 else ""
        headers["Content-Type"] = f"application/cloudevents{batch}+json; charset=utf-8"
        headers["aeg-metadata-version"] = "1.0"
        headers["Origin"] = ORIGIN
        body = body if batch else events[0]
    else:
        headers["Content-Type"] = "application/json; charset=utf-8"
        headers["aeg-metadata-version"] = "1"
        headers["aeg-data-version"] = str(events[0]["dataVersion"])
    return WebhookRequest(
        method="POST", headers=headers, body=json.dumps(body).encode("utf-8")
    )


def deletion_event(
    subscription: Subscription, *, topic: str, event_id: str, time: str
) -> dict[str, Any]:
    """
    @return: what an endpoint is told when its subscription is deleted; fields
        after C{SubscriptionDeletedEventData} of the Azure SDKs.
    """
    where = f"{topic}/providers/Microsoft.EventGrid/eventSubscriptions/"
    data = {"eventSubscriptionId": where + subscription.name}
    if subscription.schema is Schema.CLOUD_EVENT:
        return {
            "id": event_id,
            "source": topic,
            "subject": "",
            "type": DELETED_EVENT,
            "time": time,
            "specversion": "1.0",
            "data": data,
        }
    return {
        "id": event_id,
        "topic": topic,
        "subject": "",
        "data": data,
        "eventType": DELETED_EVENT,
        "eventTime": time,
        "metadataVersion": "1",
        "dataVersion": "1",
    }
