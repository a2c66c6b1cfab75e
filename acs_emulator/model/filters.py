"""
Advanced filters of Event Grid: which events a subscription wants.

Semantics after "Event filtering for Event Grid subscriptions" in the Azure
docs: comparison ignores case, values of a filter are alternatives, all filters
must match, and a key that the event lacks matches only the negated operators.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_FILTERS = 25
MAX_VALUES = 25
MAX_VALUE_LENGTH = 512

_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "stringin": lambda text, value: text == value,
    "stringbeginswith": lambda text, value: text.startswith(value),
    "stringcontains": lambda text, value: value in text,
}
_NEGATED = {"stringnotin": "stringin"}


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
        operator = self.operator.lower()
        positive = _NEGATED.get(operator, operator)
        text = _look_up(event, self.key)
        compare = _OPERATORS[positive]
        found = text is not None and any(
            compare(text.lower(), value.lower()) for value in self.values
        )
        return found is not (operator in _NEGATED)


def _look_up(event: Mapping[str, Any], key: str) -> str | None:
    value: Any = event
    for part in key.lower().split("."):
        if not isinstance(value, Mapping):
            return None
        value = {str(k).lower(): v for k, v in value.items()}.get(part)
    if value is None or isinstance(value, Mapping | list):
        return None
    return str(value)


def parse_filters(given: object, problems: list[str]) -> tuple[Filter, ...]:
    """
    @param problems: what is wrong is added here.
    """
    if not isinstance(given, Sequence) or isinstance(given, str):
        problems.append("filters: must be a list of {key, operator, values}")
        return ()
    filters = tuple(_parse_filter(i, item, problems) for i, item in enumerate(given))
    if len(filters) > MAX_FILTERS:
        problems.append(f"filters: at most {MAX_FILTERS} in one subscription")
    if sum(len(f.values) for f in filters) > MAX_VALUES:
        problems.append(f"filters: at most {MAX_VALUES} values over all filters")
    return filters


def _parse_filter(index: int, item: object, problems: list[str]) -> Filter:
    name = f"filters[{index}]"
    if not isinstance(item, Mapping):
        problems.append(f"{name}: must be {{key, operator, values}}")
        return Filter(key="", operator="StringIn", values=())
    key, operator, values = (item.get(k) for k in ("key", "operator", "values"))
    if not isinstance(key, str) or not key:
        problems.append(f"{name}.key: must be a text such as data.to.rawId")
        key = ""
    known = [*_OPERATORS, *_NEGATED]
    if not isinstance(operator, str) or operator.lower() not in known:
        problems.append(
            f"{name}.operator: {operator!r} is not one of StringIn, "
            "StringBeginsWith, StringContains, StringNotIn"
        )
        operator = "StringIn"
    if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
        problems.append(f"{name}.values: must be a list of texts")
        values = []
    if any(len(value) > MAX_VALUE_LENGTH for value in values):
        problems.append(f"{name}.values: at most {MAX_VALUE_LENGTH} characters each")
    return Filter(key=key, operator=operator, values=tuple(values))
