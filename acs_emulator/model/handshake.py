"""
What is asked of an endpoint before it gets its first event.

After "Webhook event delivery" and "Endpoint validation with CloudEvents schema"
in the Azure Event Grid docs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from ..errors import HandshakeFailed
from .subscriptions import Schema, Subscription

ORIGIN = "eventgrid.azure.net"
VALIDATION_EVENT = "Microsoft.EventGrid.SubscriptionValidationEvent"
#: Seconds in which C{validationUrl} may be fetched.
MANUAL_LIFETIME = 300.0


class Provisioning(Enum):
    """
    How far a subscription has got, in the words of Azure's resource manager.
    """

    SUCCEEDED = "Succeeded"
    AWAITING_MANUAL_ACTION = "AwaitingManualAction"
    FAILED = "Failed"


@dataclass(frozen=True, kw_only=True)
class WebhookRequest:
    """
    A request to be sent to an endpoint.
    """

    method: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def validation_request(
    subscription: Subscription,
    *,
    topic: str,
    event_id: str,
    code: str,
    validation_url: str,
    time: str,
) -> WebhookRequest:
    """
    @param validation_url: to be fetched instead of echoing the code.

    @return: the handshake of this subscription's schema.
    """
    if subscription.schema is Schema.CLOUD_EVENT:
        headers = {**subscription.headers, "WebHook-Request-Origin": ORIGIN}
        return WebhookRequest(method="OPTIONS", headers=headers, body=b"")
    event = {
        "id": event_id,
        "topic": topic,
        "subject": "",
        "data": {"validationCode": code, "validationUrl": validation_url},
        "eventType": VALIDATION_EVENT,
        "eventTime": time,
        "metadataVersion": "1",
        "dataVersion": "2",
    }
    headers = {
        **subscription.headers,
        "Content-Type": "application/json; charset=utf-8",
        "aeg-event-type": "SubscriptionValidation",
        "aeg-subscription-name": subscription.name.upper(),
        "aeg-delivery-count": "0",
        "aeg-metadata-version": "1",
        "aeg-data-version": "2",
    }
    return WebhookRequest(
        method="POST", headers=headers, body=json.dumps([event]).encode("utf-8")
    )


def check_validation(
    schema: Schema, *, code: str, status: int, headers: Mapping[str, str], body: bytes
) -> Provisioning:
    """
    @param headers: of the answer, names in lower case.

    @return: C{AWAITING_MANUAL_ACTION} for a 200 without any code: documented
        for the Event Grid schema only.

    @raise HandshakeFailed: if the answer does not opt in.
    """
    if status != 200:
        text = body[:200].decode("utf-8", "replace")
        raise HandshakeFailed(f"the endpoint answered {status}, not 200", text)
    if schema is Schema.CLOUD_EVENT:
        allowed = headers.get("webhook-allowed-origin", "")
        if allowed.lower() not in {ORIGIN, "*"}:
            raise HandshakeFailed(
                "the endpoint answered 200 without WebHook-Allowed-Origin: "
                f"{ORIGIN} (or *)"
            )
        return Provisioning.SUCCEEDED
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or "validationResponse" not in answer:
        return Provisioning.AWAITING_MANUAL_ACTION
    if answer["validationResponse"] != code:
        raise HandshakeFailed(
            "the endpoint answered 200 with another validationResponse than the "
            "validationCode"
        )
    return Provisioning.SUCCEEDED
