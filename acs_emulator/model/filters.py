"""
Advanced filters of Event Grid: which events a subscription wants.

Semantics after "Event filtering for Event Grid subscriptions" in the Azure
docs: comparison ignores case, values of a filter are alternatives, all filters
must match, and a key that the event lacks matches only C{StringNotIn} and, we
infer, the other negated operators.  Which keys are refused when a subscription
is made is inferred from the page's list of keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_FILTERS = 25
MAX_VALUES = 25
MAX_VALUE_LENGTH = 512

_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringIn": lambda text, value: text == value,
    "StringBeginsWith": lambda text, value: text.startswith(value),
    "StringEndsWith": lambda text, value: text.endswith(value),
    "StringContains": lambda text, value: value in text,
}
_NEGATED = {
    "StringNotIn": "StringIn",
    "StringNotBeginsWith": "StringBeginsWith",
    "StringNotEndsWith": "StringEndsWith",
    "StringNotContains": "StringContains",
}
_WITHOUT_VALUES = ("IsNullOrUndefined", "IsNotNull")
_ALL = (*_OPERATORS, *_NEGATED, *_WITHOUT_VALUES)
_SPELLING = {name.lower(): name for name in _ALL}
#: Event Grid knows them; no event of Call Automation has a number or a flag.
_OF_NUMBERS = ("number", "boolequals")

_ENVELOPE = {"id", "topic", "subject", "eventtype", "dataversion"}
_CLOUD_ENVELOPE = {
    "id",
    "source",
    "subject",
    "type",
    "specversion",
    "eventid",
    "eventtype",
    "eventtypeversion",
}
#: Names that the docs give to attributes of CloudEvents.
_ALIASES = {"eventid": "id", "eventtype": "type"}


@dataclass(frozen=True, kw_only=True)
class Filter:
    """
    @ivar key: dotted, such as C{data.to.rawId}.
    @ivar operator: such as C{StringIn}, in any case.
    """

    key: str
    operator: str
    values: tuple[str, ...]

    def matches(self, event: Mapping[str, Any]) -> bool:
        """
        @param event: the whole event, envelope included, in its own schema.
        """
        operator = _SPELLING[self.operator.lower()]
        text = _look_up(event, self.key)
        if operator in _WITHOUT_VALUES:
            return (text is None) is (operator == "IsNullOrUndefined")
        compare = _OPERATORS[_NEGATED.get(operator, operator)]
        found = text is not None and any(
            compare(text.lower(), value.lower()) for value in self.values
        )
        return found is not (operator in _NEGATED)


def _look_up(event: Mapping[str, Any], key: str) -> str | None:
    parts = key.lower().split(".")
    if "specversion" in event:
        parts[0] = _ALIASES.get(parts[0], parts[0])
    value: Any = event
    for part in parts:
        if not isinstance(value, Mapping):
            return None
        value = {str(k).lower(): v for k, v in value.items()}.get(part)
    if value is None or isinstance(value, Mapping | list):
        return None
    return str(value)


def parse_filters(
    given: object, problems: list[str], *, cloud_events: bool = False
) -> tuple[Filter, ...]:
    """
    @param problems: what is wrong is added here.
    @param cloud_events: keys are those of CloudEvents.
    """
    if not isinstance(given, Sequence) or isinstance(given, str):
        problems.append("filters: must be a list of {key, operator, values}")
        return ()
    filters = tuple(
        _parse_filter(f"filters[{i}]", item, problems, cloud_events)
        for i, item in enumerate(given)
    )
    if len(filters) > MAX_FILTERS:
        problems.append(f"filters: at most {MAX_FILTERS} in one subscription")
    if sum(len(f.values) for f in filters) > MAX_VALUES:
        problems.append(f"filters: at most {MAX_VALUES} values over all filters")
    return filters


def _parse_filter(
    name: str, item: object, problems: list[str], cloud_events: bool
) -> Filter:
    if not isinstance(item, Mapping):
        problems.append(f"{name}: must be {{key, operator, values}}")
        return Filter(key="", operator="StringIn", values=())
    for key in sorted(set(item) - {"key", "operator", "values"}):
        problems.append(f"{name}.{key}: not known; use key, operator, values")
    key_problem = _key_problem(item.get("key"), cloud_events)
    if key_problem is not None:
        problems.append(f"{name}.key: {key_problem}")
    operator = _operator(item.get("operator"), name, problems)
    return Filter(
        key=str(item.get("key")),
        operator=operator,
        values=_values(item.get("values"), operator, name, problems),
    )


def _key_problem(key: object, cloud_events: bool) -> str | None:
    if not isinstance(key, str) or not all(key.split(".")):
        return "must be a text such as data.to.rawId"
    first, _, rest = key.lower().partition(".")
    known = _CLOUD_ENVELOPE if cloud_events else _ENVELOPE
    if first == "data" and not rest:
        return "data holds fields; name one, such as data.to.rawId"
    if first == "data" or (first in known and not rest):
        return None
    names = ", ".join(sorted(known))
    return f"{key!r} is no field of the event; use {names}, or data.{key} if meant"


def _operator(given: object, name: str, problems: list[str]) -> str:
    text = str(given).lower()
    if text in _SPELLING:
        return _SPELLING[text]
    if text.startswith(_OF_NUMBERS):
        why = "is for numbers and flags, which no event here has: not emulated"
    else:
        why = f"is not one of {', '.join(_ALL)}"
    problems.append(f"{name}.operator: {given!r} {why}")
    return "StringIn"


def _values(
    given: object, operator: str, name: str, problems: list[str]
) -> tuple[str, ...]:
    if operator in _WITHOUT_VALUES:
        if given is not None:
            problems.append(f"{name}.values: {operator} takes none")
        return ()
    if (
        not isinstance(given, list)
        or not given
        or not all(isinstance(v, str) for v in given)
    ):
        problems.append(f"{name}.values: must be a list of one or more texts")
        return ()
    if any(len(value) > MAX_VALUE_LENGTH for value in given):
        problems.append(f"{name}.values: at most {MAX_VALUE_LENGTH} characters each")
    return tuple(given)
