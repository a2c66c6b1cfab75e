"""
The set-up as a Bicep file.

Source: Microsoft Learn, "Bicep file structure and syntax", "Data types in Bicep".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .arm import EVENT_GRID
from .files import (
    EVENT_GRID_TYPE,
    Declared,
    Parameter,
    parameters,
    subscriptions,
    topic,
)
from .wanted import Wanted


def bicep_file(wanted: Wanted) -> str:
    """
    @return: to be deployed to the resource group.
    """
    return "\n".join(_lines(wanted)) + "\n"


def _lines(wanted: Wanted) -> Iterator[str]:
    yield "targetScope = 'resourceGroup'"
    for declared in parameters(wanted):
        yield ""
        yield from _declaration(declared)
    of_topic = topic(wanted)
    yield ""
    yield f"resource topic '{EVENT_GRID_TYPE}@{EVENT_GRID}' = {{"
    yield f"  name: {_text(of_topic.name)}"
    yield from _members(of_topic.body, "  ")
    yield "}"
    for number, one in enumerate(subscriptions(wanted), 1):
        kind = f"{EVENT_GRID_TYPE}/eventSubscriptions@{EVENT_GRID}"
        yield ""
        yield f"resource subscription{number} '{kind}' = {{"
        yield "  parent: topic"
        yield f"  name: {_text(one.name)}"
        yield from _members(one.body, "  ")
        yield "}"


def _declaration(declared: Declared) -> Iterator[str]:
    yield f"@description({_text(declared.about)})"
    if declared.is_secret:
        yield "@secure()"
    default = "" if declared.otherwise is None else f" = {_text(declared.otherwise)}"
    yield f"param {declared.name} string{default}"


def _members(body: dict[str, Any], indent: str) -> Iterator[str]:
    for key, value in body.items():
        name = key if re.fullmatch(r"[A-Za-z_]\w*", key) else _text(key)
        yield f"{indent}{name}: {_value(value, indent)}"


def _value(value: Any, indent: str) -> str:
    deeper = f"{indent}  "
    match value:
        case Parameter(name):
            return name
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case dict():
            return "\n".join(["{", *_members(value, deeper), f"{indent}}}"])
        case list() if not value:
            return "[]"
        case list():
            items = [f"{deeper}{_value(item, deeper)}" for item in value]
            return "\n".join(["[", *items, f"{indent}]"])
    return _text(str(value))


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\${")
    return f"'{escaped}'"
