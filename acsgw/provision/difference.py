"""
One event subscription: what is wanted against what is there, field by field.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .found import FoundHeader, FoundSubscription
from .wanted import (
    INCOMING_CALL,
    LABEL,
    MAX_ATTEMPTS,
    TTL_MINUTES,
    SecretHeader,
    WantedSubscription,
)

DESTINATION = "destination"
#: The whole of it: it has to be made anew.
WHOLE = "*"

NONE = "(none)"


@dataclass(frozen=True)
class Field:
    """
    @ivar part: of the body, that has to be sent to change it.
    @ivar old: L{None}: there was nothing.
    @ivar new: the same as C{old}: it stays.
    @ivar remark: in place of a secret's value.
    """

    name: str
    part: str
    old: str | None
    new: str | None
    remark: str = ""

    @property
    def changes(self) -> bool:
        return self.old != self.new


def created(wanted: WantedSubscription) -> list[Field]:
    """
    @return: everything that a new subscription will have.
    """
    fields = [Field(name, part, None, new) for name, part, new, _ in _plain(wanted)]
    headers = [
        Field(header.name, DESTINATION, None, "(secret)") for header in wanted.headers
    ]
    return [f for f in fields if f.new != NONE] + headers


def compared(
    wanted: WantedSubscription, found: FoundSubscription, *, rotate: bool
) -> list[Field]:
    """
    @param rotate: send the secrets anew, whatever is there.
    """
    present = _present(found)
    fields = []
    if found.state != "Succeeded":
        fields.append(Field("provisioningState", WHOLE, found.state, "Succeeded"))
    for name, part, new, key in _plain(wanted):
        old = present[name]
        same = old == new if name == "endpoint" else _key(old) == key
        fields.append(Field(name, part, new if same else old, new))
    if not found.is_whole and "?" in wanted.endpoint:
        fields = [_without_query(f) if f.name == "endpoint" else f for f in fields]
    fields.extend(_headers(wanted, found, rotate))
    return fields


def _plain(wanted: WantedSubscription) -> Iterator[tuple[str, str, str, str]]:
    """
    @return: name, part of the body, value as shown, value as compared.
    """
    for name, part, value in (
        ("endpoint", DESTINATION, wanted.endpoint),
        ("events per request", DESTINATION, "1"),
        ("event schema", "eventDeliverySchema", wanted.schema),
        ("event types", "filter", INCOMING_CALL),
        ("subject", "filter", NONE),
        ("filter", "filter", str(wanted.filter)),
        ("delivery attempts", "retryPolicy", str(MAX_ATTEMPTS)),
        ("time to live", "retryPolicy", _minutes(TTL_MINUTES)),
        ("dead letters", "deadLetterDestination", wanted.dead_letter or NONE),
        ("labels", "labels", LABEL),
    ):
        yield name, part, value, _key(value)


def _present(found: FoundSubscription) -> dict[str, str]:
    labels = [x for x in found.labels if x.lower() == LABEL] or found.labels
    begins, ends = found.subject
    return {
        "endpoint": found.endpoint,
        "events per request": str(found.max_events),
        "event schema": found.schema,
        "event types": " ".join(found.event_types) or "(all)",
        "subject": f"{begins or '*'} ... {ends or '*'}" if begins or ends else NONE,
        "filter": "; ".join(str(f) for f in found.filters) or NONE,
        "delivery attempts": str(found.max_attempts),
        "time to live": _minutes(found.ttl_minutes),
        "dead letters": found.dead_letter or NONE,
        "labels": " ".join(labels) or NONE,
    }


def _minutes(number: int) -> str:
    return f"{number} minute{'' if number == 1 else 's'}"


def _key(shown: str) -> str:
    """
    Event Grid ignores case, and the order of a filter's values.
    """
    return " ".join(sorted(shown.lower().split()))


def _without_query(field: Field) -> Field:
    """
    The query of an endpoint is shown only to those who may see secrets.
    """
    base = str(field.new).partition("?")[0]
    same = str(field.old).partition("?")[0] == base
    remark = "its query cannot be read back" if same else ""
    return Field(field.name, field.part, base if same else field.old, base, remark)


def _headers(
    wanted: WantedSubscription, found: FoundSubscription, rotate: bool
) -> Iterator[Field]:
    there = {header.name.lower(): header for header in found.headers}
    for header in wanted.headers:
        yield _header(header, there.pop(header.name.lower(), None), rotate)
    for other in there.values():
        yield Field(other.name, DESTINATION, "(set)", None)


def _header(wanted: SecretHeader, found: FoundHeader | None, rotate: bool) -> Field:
    name = wanted.name
    if found is None:
        return Field(name, DESTINATION, None, "(secret)")
    if rotate:
        return Field(name, DESTINATION, "(secret)", "(secret, sent anew)")
    if not found.is_secret:
        return Field(name, DESTINATION, "(shown to everybody)", "(secret)")
    same = None if found.value is None else wanted.matches(found.value)
    if same is None:
        remark = "cannot be read back: kept unless --rotate-secrets"
        if found.value is not None:
            remark = "nothing to compare it with: kept unless --rotate-secrets"
        return Field(name, DESTINATION, "(secret)", "(secret)", remark)
    if same:
        how = "the same" if wanted.plain is not None else "matches the hash"
        return Field(name, DESTINATION, "(secret)", "(secret)", how)
    return Field(name, DESTINATION, "(another secret)", "(secret)")


def parts_to_send(fields: list[Field]) -> set[str]:
    """
    @return: parts of the body; L{WHOLE} among them: all.
    """
    return {field.part for field in fields if field.changes}


def secret_value(header: SecretHeader, found: FoundSubscription | None) -> Any:
    """
    @return: what is to be sent; L{None} if it is not known.
    """
    if header.plain is not None:
        return header.plain
    for known in found.headers if found else ():
        if known.name.lower() == header.name.lower() and known.value is not None:
            # Sent back as it is, unless it is known to be wrong.
            return known.value if header.matches(known.value) is not False else None
    return None
