"""
Events that were given up, as they are put down.

Fields and the path of the file after "Delivery event formats" and "Set
dead-letter location" in the Azure Event Grid docs; that a file holds an array is
inferred.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .subscriptions import Schema, Subscription
from .wire_time import event_grid_time

#: Seconds between the last attempt and the writing, documented.
DELAY = 300.0


def dead_letter(
    subscription: Subscription,
    event: Mapping[str, Any],
    *,
    reason: str,
    attempts: int,
    outcome: str,
    published: float,
    last_attempt: float | None,
) -> bytes:
    """
    @param published: seconds since the epoch.
    @param last_attempt: L{None}: there was none.

    @return: the file.
    """
    more: dict[str, Any] = {
        "deadLetterReason": reason,
        "deliveryAttempts": attempts,
        "lastDeliveryOutcome": outcome,
        "publishTime": event_grid_time(published),
    }
    if last_attempt is not None:
        more["lastDeliveryAttemptTime"] = event_grid_time(last_attempt)
    if subscription.schema is Schema.CLOUD_EVENT:
        more = {name.lower(): value for name, value in more.items()}
    return json.dumps([{**event, **more}], indent=2).encode("utf-8")


def dead_letter_path(subscription: Subscription, now: float, file_id: str) -> str:
    """
    @return: relative to the subscription's directory.
    """
    when = datetime.fromtimestamp(now, UTC)
    return (
        f"{subscription.name.upper()}/{when.year}/{when.month}/{when.day}/"
        f"{when.hour}/{file_id}.json"
    )
