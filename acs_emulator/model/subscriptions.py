"""
Event Grid subscriptions: who wants events, which, and how they are sent.

After "Webhook event delivery", "Delivery properties" and "Set dead-letter
location and retry policy" in the Azure Event Grid docs; the names of fields are
ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ..errors import BadSubscription
from .fields import url
from .filters import Filter, parse_filters

MAX_HEADERS = 10
MAX_HEADER_BYTES = 4096
#: What GETs show in place of a secret; Azure's word, as we infer.
HIDDEN = "Hidden"

_NAME = re.compile(r"[0-9A-Za-z-]{3,64}")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_EVENT_TYPES = "microsoft.communication."
_ALLOWED = (
    "dead_letter",
    "endpoint",
    "event_ttl_minutes",
    "filters",
    "headers",
    "included_event_types",
    "max_delivery_attempts",
    "max_events_per_batch",
    "preferred_batch_size_in_kilobytes",
    "schema",
    "subject_begins_with",
    "subject_ends_with",
)


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
    @ivar shown_headers: those whose values are not secret.
    @ivar event_types: none: all.
    @ivar max_attempts: deliveries of one event before it is given up.
    @ivar time_to_live: seconds after which an event is given up.
    @ivar dead_letter: directory for events that were given up.
    """

    name: str
    endpoint: str = field(repr=False)
    schema: Schema
    headers: Mapping[str, str] = field(repr=False)
    shown_headers: frozenset[str] = frozenset()
    filters: tuple[Filter, ...]
    event_types: tuple[str, ...] = ()
    subject_begins_with: str = ""
    subject_ends_with: str = ""
    max_attempts: int = 30
    time_to_live: float = 24 * 3600.0
    max_events_per_batch: int = 1
    preferred_batch_kilobytes: int = 64
    dead_letter: str | None = None

    def wants(self, event: Mapping[str, Any]) -> bool:
        """
        @param event: in the schema of this subscription.
        """
        kind = str(event.get("eventType", event.get("type"))).lower()
        subject = str(event["subject"]).lower()
        return (
            (not self.event_types or kind in {t.lower() for t in self.event_types})
            and subject.startswith(self.subject_begins_with.lower())
            and subject.endswith(self.subject_ends_with.lower())
            and all(f.matches(event) for f in self.filters)
        )

    def body(self) -> dict[str, Any]:
        """
        @return: for GETs: secrets are hidden, and so is the query of the
            endpoint, where Azure has people put them.
        """
        return {
            "name": self.name,
            "endpoint": self.endpoint.partition("?")[0],
            "schema": self.schema.value,
            "headers": {
                name: value if name in self.shown_headers else HIDDEN
                for name, value in sorted(self.headers.items())
            },
            "included_event_types": list(self.event_types),
            "subject_begins_with": self.subject_begins_with,
            "subject_ends_with": self.subject_ends_with,
            "filters": [
                {"key": f.key, "operator": f.operator, "values": list(f.values)}
                for f in self.filters
            ],
            "max_delivery_attempts": self.max_attempts,
            "event_ttl_minutes": round(self.time_to_live / 60),
            "max_events_per_batch": self.max_events_per_batch,
            "preferred_batch_size_in_kilobytes": self.preferred_batch_kilobytes,
            "dead_letter": self.dead_letter,
        }


def parse_subscription(
    name: str, given: Mapping[str, Any], *, insecure: bool
) -> Subscription:
    """
    @param given: C{endpoint}, and if wanted the others of L{_ALLOWED}.

    @raise BadSubscription: with every problem found.
    """
    problems: list[str] = []
    for key in sorted(set(given) - {*_ALLOWED, "name"}):
        problems.append(f"{key}: not known; use {', '.join(_ALLOWED)}")
    if not _NAME.fullmatch(name):
        problems.append(f"name: {name!r} is not 3 to 64 letters, digits and dashes (-)")
    schema = _schema(given.get("schema", Schema.EVENT_GRID.value), problems)
    headers, shown = _headers(given.get("headers", {}), problems)
    cloud_events = schema is Schema.CLOUD_EVENT

    def whole(key: str, otherwise: int, most: int) -> int:
        return _whole(given, key, otherwise, most, problems)

    def text(key: str) -> str:
        return _text(given, key, problems)

    subscription = Subscription(
        name=name,
        endpoint=_endpoint(given.get("endpoint"), insecure, problems),
        schema=schema,
        headers=headers,
        shown_headers=shown,
        filters=parse_filters(
            given.get("filters", []), problems, cloud_events=cloud_events
        ),
        event_types=_event_types(given.get("included_event_types"), problems),
        subject_begins_with=text("subject_begins_with"),
        subject_ends_with=text("subject_ends_with"),
        max_attempts=whole("max_delivery_attempts", 30, 30),
        time_to_live=60.0 * whole("event_ttl_minutes", 1440, 1440),
        max_events_per_batch=whole("max_events_per_batch", 1, 5000),
        preferred_batch_kilobytes=whole("preferred_batch_size_in_kilobytes", 64, 1024),
        dead_letter=text("dead_letter") or None,
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


def _headers(
    given: object, problems: list[str]
) -> tuple[dict[str, str], frozenset[str]]:
    if not isinstance(given, Mapping):
        problems.append("headers: must be names with values")
        return {}, frozenset()
    if len({str(name).lower() for name in given}) < len(given):
        problems.append("headers: a name stands twice; case does not count")
    if len(given) > MAX_HEADERS:
        problems.append(f"headers: at most {MAX_HEADERS}")
    values, shown = {}, set()
    for name, about in given.items():
        value, is_secret = _header(name, about, problems)
        values[name] = value
        if not is_secret:
            shown.add(name)
    return values, frozenset(shown)


def _header(name: object, about: object, problems: list[str]) -> tuple[str, bool]:
    value: object = about
    secret: object = True
    if isinstance(about, Mapping):
        value, secret = about.get("value"), about.get("secret", False)
        for key in sorted(set(about) - {"value", "secret"}):
            problems.append(
                f"headers.{name}.{key}: not known; only static headers are emulated, "
                "with value and secret"
            )
    if not isinstance(secret, bool):
        problems.append(f"headers.{name}.secret: must be true or false")
    if not isinstance(value, str) or not (value.isascii() and value.isprintable()):
        problems.append(f"headers.{name}: must be a text of one line, in ASCII")
    elif len(value) > MAX_HEADER_BYTES:
        problems.append(f"headers.{name}: at most {MAX_HEADER_BYTES} bytes")
    if not _HEADER.fullmatch(str(name)):
        problems.append(f"headers.{name}: not a name of a header")
    if str(name).lower().startswith("aeg-"):
        problems.append(f"headers.{name}: names must not begin with aeg-")
    return str(value), bool(secret)


def _event_types(given: object, problems: list[str]) -> tuple[str, ...]:
    if given is None or given == ["All"]:
        return ()
    if (
        not isinstance(given, list)
        or not given
        or not all(str(kind).lower().startswith(_EVENT_TYPES) for kind in given)
    ):
        problems.append(
            "included_event_types: must be a list of types that this topic has, such "
            'as "Microsoft.Communication.IncomingCall"; leave it out for all'
        )
        return ()
    return tuple(given)


def _text(given: Mapping[str, Any], key: str, problems: list[str]) -> str:
    value = given.get(key) or ""
    if not isinstance(value, str):
        problems.append(f"{key}: must be a text")
        return ""
    return value


def _whole(
    given: Mapping[str, Any], key: str, otherwise: int, most: int, problems: list[str]
) -> int:
    value = given.get(key, otherwise)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        problems.append(f"{key}: must be a whole number from 1 to {most}")
        return otherwise
    return value
