"""
Event Grid subscriptions: what they are, and what is asked of an endpoint before
it gets its first event.

After "Webhook event delivery", "Endpoint validation with CloudEvents schema"
and "Delivery properties" in the Azure Event Grid docs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ..errors import BadSubscription, HandshakeFailed
from .fields import url
from .filters import Filter, parse_filters

MAX_HEADERS = 10
MAX_HEADER_BYTES = 4096
ORIGIN = "eventgrid.azure.net"
VALIDATION_EVENT = "Microsoft.EventGrid.SubscriptionValidationEvent"


class Schema(Enum):
    """
    The two envelopes of an event.
    """

    EVENT_GRID = "EventGridSchema"
    CLOUD_EVENT = "CloudEventSchemaV1_0"


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """
    Somebody who wants events.

    @ivar headers: sent with each request, the handshake included.
    @ivar max_attempts: deliveries of one event before it is given up.
    @ivar time_to_live: seconds after which an event is given up.
    """

    name: str
    endpoint: str = field(repr=False)
    schema: Schema
    headers: Mapping[str, str] = field(repr=False)
    filters: tuple[Filter, ...]
    max_attempts: int = 30
    time_to_live: float = 24 * 3600.0

    def wants(self, event: Mapping[str, Any]) -> bool:
        """
        @param event: in the schema of this subscription.
        """
        return all(f.matches(event) for f in self.filters)


@dataclass(frozen=True, kw_only=True)
class WebhookRequest:
    """
    A request to be sent to an endpoint.
    """

    method: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def parse_subscription(
    name: str, given: Mapping[str, Any], *, insecure: bool
) -> Subscription:
    """
    @param given: C{endpoint}, and if wanted C{schema}, C{headers}, C{filters},
        C{max_delivery_attempts}, C{event_ttl_minutes}.

    @raise BadSubscription: with every problem found.
    """
    problems: list[str] = []
    allowed = {
        "endpoint",
        "schema",
        "headers",
        "filters",
        "max_delivery_attempts",
        "event_ttl_minutes",
    }
    for key in sorted(set(given) - allowed - {"name"}):
        problems.append(f"{key}: not known; use {', '.join(sorted(allowed))}")
    subscription = Subscription(
        name=name,
        endpoint=_endpoint(given.get("endpoint"), insecure, problems),
        schema=_schema(given.get("schema", Schema.EVENT_GRID.value), problems),
        headers=_headers(given.get("headers", {}), problems),
        filters=parse_filters(given.get("filters", []), problems),
        max_attempts=_whole(given, "max_delivery_attempts", 30, 30, problems),
        time_to_live=60.0 * _whole(given, "event_ttl_minutes", 1440, 1440, problems),
    )
    if problems:
        raise BadSubscription(problems)
    return subscription


def _endpoint(given: object, insecure: bool, problems: list[str]) -> str:
    schemes = ("http", "https") if insecure else ("https",)
    problems.extend(url(*schemes)(given, "endpoint"))
    return str(given)


def _schema(given: object, problems: list[str]) -> Schema:
    for schema in Schema:
        if str(given).lower() == schema.value.lower():
            return schema
    names = " or ".join(s.value for s in Schema)
    problems.append(f"schema: {given!r} is not {names}")
    return Schema.EVENT_GRID


def _headers(given: object, problems: list[str]) -> dict[str, str]:
    if not isinstance(given, Mapping):
        problems.append("headers: must be names with values")
        return {}
    if len(given) > MAX_HEADERS:
        problems.append(f"headers: at most {MAX_HEADERS}")
    for name, value in given.items():
        if not isinstance(value, str) or "\n" in value or "\r" in value:
            problems.append(f"headers.{name}: must be a text of one line")
        elif len(value.encode("utf-8")) > MAX_HEADER_BYTES:
            problems.append(f"headers.{name}: at most {MAX_HEADER_BYTES} bytes")
        if str(name).lower().startswith("aeg-"):
            problems.append(f"headers.{name}: names must not begin with aeg-")
    return {str(name): str(value) for name, value in given.items()}


def _whole(
    given: Mapping[str, Any], key: str, otherwise: int, most: int, problems: list[str]
) -> int:
    value = given.get(key, otherwise)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        problems.append(f"{key}: must be a whole number from 1 to {most}")
        return otherwise
    return value


def validation_request(
    subscription: Subscription, *, topic: str, event_id: str, code: str, time: str
) -> WebhookRequest:
    """
    @return: the handshake of this subscription's schema.
    """
    if subscription.schema is Schema.CLOUD_EVENT:
        headers = {**subscription.headers, "WebHook-Request-Origin": ORIGIN}
        return WebhookRequest(method="OPTIONS", headers=headers, body=b"")
    event = {
        "id": event_id,
        "topic": topic,
        "subject": "",
        "data": {"validationCode": code},
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
) -> None:
    """
    @param headers: of the answer, names in lower case.

    @raise HandshakeFailed: if the answer does not opt in.
    """
    if status != 200:
        text = body[:200].decode("utf-8", "replace")
        raise HandshakeFailed(f"the endpoint answered {status}, not 200: {text}")
    if schema is Schema.CLOUD_EVENT:
        allowed = headers.get("webhook-allowed-origin", "")
        if allowed.lower() not in {ORIGIN, "*"}:
            raise HandshakeFailed(
                "the endpoint answered 200 without WebHook-Allowed-Origin: "
                f"{ORIGIN} (or *)"
            )
        return
    try:
        answer = json.loads(body)
    except ValueError:
        raise HandshakeFailed("the endpoint answered 200, but not JSON") from None
    if not isinstance(answer, dict) or answer.get("validationResponse") != code:
        raise HandshakeFailed(
            "the endpoint answered 200, but without the validationCode as "
            "validationResponse"
        )
