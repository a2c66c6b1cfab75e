"""
One table of the settings file, taken value by value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


class Table:
    """
    One table of the document; notes what is wrong and what was not asked for.
    """

    def __init__(self, given: object, name: str, problems: list[str]) -> None:
        self._prefix = f"{name}." if name else ""
        self._problems = problems
        self._left = dict(given) if isinstance(given, Mapping) else {}
        if not isinstance(given, Mapping):
            problems.append(f"{name}: must be a table, written as [{name}]")

    def take(self, key: str, parse: Callable[[Any], T], otherwise: T) -> T:
        if key not in self._left:
            return otherwise
        try:
            return parse(self._left.pop(key))
        except ValueError as e:
            self._problems.append(f"{self._prefix}{key}: {e}")
            return otherwise

    def table(self, key: str) -> Table:
        return Table(self._left.pop(key, {}), self._prefix + key, self._problems)

    def done(self) -> None:
        for key in self._left:
            self._problems.append(
                f"{self._prefix}{key}: not known; remove it or correct its spelling"
            )
