"""
What there is in Azure, read from Resource Manager's answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: What stands in the place of a secret's value.
_HIDDEN = ("hidden", "")


@dataclass(frozen=True)
class FoundHeader:
    """
    @ivar value: L{None} if it cannot be read back.
    """

    name: str
    value: str | None = field(repr=False)
    is_secret: bool


@dataclass(frozen=True)
class FoundFilter:
    """
    An advanced filter as it is.
    """

    operator: str
    key: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.key} {self.operator} {' '.join(self.values)}"


@dataclass(frozen=True, kw_only=True)
class FoundSubscription:
    """
    @ivar endpoint: with its query only if C{is_whole}.
    @ivar event_types: none: all.
    @ivar dead_letter: resource id of a blob container.
    """

    name: str
    arm_id: str
    state: str
    labels: tuple[str, ...]
    endpoint: str
    is_whole: bool
    schema: str
    event_types: tuple[str, ...]
    subject: tuple[str, str]
    filters: tuple[FoundFilter, ...]
    headers: tuple[FoundHeader, ...]
    max_attempts: int
    ttl_minutes: int
    max_events: int
    dead_letter: str | None


@dataclass(frozen=True, kw_only=True)
class Found:
    """
    @ivar immutable_id: of the Communication Services resource.
    @ivar topic_id: Resource Manager's id of its system topic; L{None} if there is
        none.
    @ivar name_taken: the name wanted for the topic is another source's.
    @ivar subscriptions: on the system topic.
    @ivar elsewhere: on the resource itself.
    """

    immutable_id: str
    topic_id: str | None
    name_taken: bool = False
    subscriptions: tuple[FoundSubscription, ...] = ()
    elsewhere: tuple[FoundSubscription, ...] = ()


def read_subscription(
    body: Mapping[str, Any],
    full_url: str | None = None,
    attributes: Sequence[Mapping[str, Any]] | None = None,
) -> FoundSubscription:
    """
    @param full_url: what C{getFullUrl} says.
    @param attributes: what C{getDeliveryAttributes} says.
    """
    properties = _map(body, "properties")
    destination = _map(_map(properties, "destination"), "properties")
    chosen = _map(properties, "filter")
    retry = _map(properties, "retryPolicy")
    shown = str(
        destination.get("endpointUrl") or destination.get("endpointBaseUrl") or ""
    )
    if attributes is None:
        attributes = destination.get("deliveryAttributeMappings") or ()
    kinds = chosen.get("includedEventTypes") or ()
    return FoundSubscription(
        name=str(body.get("name")),
        arm_id=str(body.get("id")),
        state=str(properties.get("provisioningState")),
        labels=tuple(properties.get("labels") or ()),
        endpoint=full_url or shown,
        is_whole=full_url is not None,
        schema=str(properties.get("eventDeliverySchema") or "EventGridSchema"),
        event_types=() if list(kinds) == ["All"] else tuple(kinds),
        subject=(
            str(chosen.get("subjectBeginsWith") or ""),
            str(chosen.get("subjectEndsWith") or ""),
        ),
        filters=tuple(_filter(f) for f in chosen.get("advancedFilters") or ()),
        headers=tuple(_header(h) for h in attributes),
        max_attempts=int(retry.get("maxDeliveryAttempts") or 30),
        ttl_minutes=int(retry.get("eventTimeToLiveInMinutes") or 1440),
        max_events=int(destination.get("maxEventsPerBatch") or 1),
        dead_letter=_dead_letter(properties),
    )


def _filter(given: Mapping[str, Any]) -> FoundFilter:
    values = given.get("values")
    if values is None:
        values = [given["value"]] if "value" in given else []
    return FoundFilter(
        str(given.get("operatorType")),
        str(given.get("key")),
        tuple(str(v) for v in values),
    )


def _header(given: Mapping[str, Any]) -> FoundHeader:
    about = _map(given, "properties")
    value = about.get("value")
    is_secret = bool(about.get("isSecret"))
    if given.get("type") != "Static":
        value = f"(dynamic: {about.get('sourceField')})"
    elif value is None or (is_secret and str(value).lower() in _HIDDEN):
        value = None
    return FoundHeader(
        str(given.get("name")), None if value is None else str(value), is_secret
    )


def _dead_letter(properties: Mapping[str, Any]) -> str | None:
    about = _map(_map(properties, "deadLetterDestination"), "properties")
    if not about:
        return None
    account, container = about.get("resourceId"), about.get("blobContainerName")
    return f"{account}/blobServices/default/containers/{container}"


def _map(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = body.get(key)
    return value if isinstance(value, Mapping) else {}
