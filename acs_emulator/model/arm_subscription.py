"""
Event subscriptions as Azure Resource Manager words them.

Shapes after the REST specification of C{Microsoft.EventGrid}, 2022-06-15
(C{EventSubscription}, C{EventSubscriptionUpdateParameters}).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import BadSubscription, Refusal
from .subscriptions import HIDDEN, Subscription, parse_subscription

#: What has a place in the body, each with its own parts.
_PROPERTIES: dict[str, tuple[str, ...] | None] = {
    "deadLetterDestination": None,
    "destination": ("endpointType", "properties"),
    "eventDeliverySchema": None,
    "filter": (
        "advancedFilters",
        "enableAdvancedFilteringOnArrays",
        "includedEventTypes",
        "isSubjectCaseSensitive",
        "subjectBeginsWith",
        "subjectEndsWith",
    ),
    "labels": None,
    "retryPolicy": ("eventTimeToLiveInMinutes", "maxDeliveryAttempts"),
}
_DESTINATION = (
    "deliveryAttributeMappings",
    "endpointBaseUrl",
    "endpointUrl",
    "maxEventsPerBatch",
    "preferredBatchSizeInKilobytes",
)


@dataclass(frozen=True, kw_only=True)
class Extras:
    """
    What Resource Manager keeps of a subscription beside what delivery needs.

    @ivar topic: name of the system topic it hangs on; empty: on the resource itself.
    @ivar dead_letter: kept and shown; nothing is written there.
    """

    topic: str = ""
    labels: tuple[str, ...] = ()
    dead_letter: Mapping[str, Any] | None = None
    on_arrays: bool = False


def bad(*problems: str) -> Refusal:
    """
    The body is wrong.
    """
    return Refusal(400, "InvalidRequest", "; ".join(problems))


def parse_arm(
    name: str, body: Any, topic: str, *, insecure: bool
) -> tuple[Subscription, Extras]:
    """
    @raise Refusal: 400 with everything that is wrong.
    """
    given = body.get("properties") if isinstance(body, Mapping) else None
    if not isinstance(given, Mapping):
        raise bad("The body has no properties")
    problems: list[str] = []
    parts = {key: _part(given, key, problems) for key in ("destination", "filter")}
    retry = _part(given, "retryPolicy", problems)
    problems += [f"properties.{k}: not known" for k in given if k not in _PROPERTIES]
    destination = parts["destination"].get("properties") or {}
    if str(parts["destination"].get("endpointType")).lower() != "webhook":
        problems.append("destination.endpointType: only WebHook is emulated")
    if not isinstance(destination, Mapping):
        raise bad(*problems, "destination.properties: must be an object")
    problems += [
        f"destination.properties.{key}: not known"
        for key in destination
        if key not in _DESTINATION
    ]
    words = _words(given, destination, parts["filter"], retry)
    words["headers"] = _headers(destination, problems)
    if problems:
        raise bad(*problems)
    try:
        subscription = parse_subscription(name, words, insecure=insecure)
    except BadSubscription as e:
        raise bad(*e.problems) from None
    return subscription, _extras(given, topic)


def _extras(given: Mapping[str, Any], topic: str) -> Extras:
    labels = given.get("labels") or []
    if not isinstance(labels, list) or not all(isinstance(x, str) for x in labels):
        raise bad("labels: must be a list of texts")
    arrays = (given.get("filter") or {}).get("enableAdvancedFilteringOnArrays")
    return Extras(
        topic=topic,
        labels=tuple(labels),
        dead_letter=given.get("deadLetterDestination"),
        on_arrays=bool(arrays),
    )


def _part(given: Mapping[str, Any], key: str, problems: list[str]) -> Mapping[str, Any]:
    value = given.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        problems.append(f"properties.{key}: must be an object")
        return {}
    known = _PROPERTIES[key] or ()
    problems += [f"{key}.{name}: not known" for name in value if name not in known]
    return value


def _words(
    given: Mapping[str, Any],
    destination: Mapping[str, Any],
    chosen: Mapping[str, Any],
    retry: Mapping[str, Any],
) -> dict[str, Any]:
    """
    @return: the same in the words of the control API; what is L{None} is left out.
    """
    words = {
        "endpoint": destination.get("endpointUrl"),
        "schema": given.get("eventDeliverySchema"),
        "included_event_types": chosen.get("includedEventTypes"),
        "subject_begins_with": chosen.get("subjectBeginsWith"),
        "subject_ends_with": chosen.get("subjectEndsWith"),
        "filters": [
            {
                {"operatorType": "operator"}.get(key, key): value
                for key, value in item.items()
            }
            if isinstance(item, Mapping)
            else item
            for item in chosen.get("advancedFilters") or []
        ],
        "max_delivery_attempts": retry.get("maxDeliveryAttempts"),
        "event_ttl_minutes": retry.get("eventTimeToLiveInMinutes"),
        "max_events_per_batch": destination.get("maxEventsPerBatch"),
        "preferred_batch_size_in_kilobytes": destination.get(
            "preferredBatchSizeInKilobytes"
        ),
    }
    return {key: value for key, value in words.items() if value is not None}


def _headers(destination: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    for item in destination.get("deliveryAttributeMappings") or []:
        about = item.get("properties") if isinstance(item, Mapping) else None
        if not isinstance(about, Mapping) or item.get("type") != "Static":
            problems.append("deliveryAttributeMappings: only type Static is emulated")
            continue
        headers[str(item.get("name"))] = {
            "value": about.get("value"),
            "secret": about.get("isSecret", False),
        }
    return headers


def delivery_attributes(
    subscription: Subscription, *, secrets: bool
) -> list[dict[str, Any]]:
    """
    @param secrets: show the values of secret headers too.
    """
    return [
        {
            "name": name,
            "type": "Static",
            "properties": {
                "value": value
                if secrets or name in subscription.shown_headers
                else HIDDEN,
                "isSecret": name not in subscription.shown_headers,
            },
        }
        for name, value in sorted(subscription.headers.items())
    ]


def properties(
    subscription: Subscription, extras: Extras, *, secrets: bool
) -> dict[str, Any]:
    """
    @param secrets: with secret values and the whole endpoint, as in a PUT; without
        them, as in the answer to a GET.
    """
    destination: dict[str, Any] = {
        "maxEventsPerBatch": subscription.max_events_per_batch,
        "preferredBatchSizeInKilobytes": subscription.preferred_batch_kilobytes,
        "deliveryAttributeMappings": delivery_attributes(subscription, secrets=secrets),
    }
    if secrets:
        destination["endpointUrl"] = subscription.endpoint
    else:
        destination["endpointBaseUrl"] = subscription.endpoint.partition("?")[0]
    return {
        "destination": {"endpointType": "WebHook", "properties": destination},
        "filter": {
            "includedEventTypes": list(subscription.event_types) or None,
            "subjectBeginsWith": subscription.subject_begins_with,
            "subjectEndsWith": subscription.subject_ends_with,
            "enableAdvancedFilteringOnArrays": extras.on_arrays,
            "advancedFilters": [
                {"operatorType": f.operator, "key": f.key, "values": list(f.values)}
                for f in subscription.filters
            ],
        },
        "labels": list(extras.labels),
        "eventDeliverySchema": subscription.schema.value,
        "retryPolicy": {
            "maxDeliveryAttempts": subscription.max_attempts,
            "eventTimeToLiveInMinutes": round(subscription.time_to_live / 60),
        },
        "deadLetterDestination": extras.dead_letter,
    }
