"""
Checking of JSON bodies: a small language for what a request may contain.

A L{Check} takes a value and where it stands, and answers with a list of what
is wrong; checks are put together from smaller ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

#: Value and where it stands in; problems out.
Check = Callable[[Any, str], list[str]]


def text(value: Any, where: str) -> list[str]:
    """
    A string that is not empty.
    """
    if isinstance(value, str) and value:
        return []
    return [f"{where} must be a string that is not empty"]


def flag(value: Any, where: str) -> list[str]:
    """
    True or false.
    """
    return [] if isinstance(value, bool) else [f"{where} must be true or false"]


def one_of(*allowed: str) -> Check:
    """
    One of some words, in any case.
    """

    def check(value: Any, where: str) -> list[str]:
        words = {word.lower() for word in allowed}
        if isinstance(value, str) and value.lower() in words:
            return []
        return [f"{where} must be one of {', '.join(allowed)}"]

    return check


def url(*schemes: str) -> Check:
    """
    An absolute address with one of some schemes.
    """

    def check(value: Any, where: str) -> list[str]:
        try:
            parts = urlsplit(value if isinstance(value, str) else "")
            good = parts.scheme in schemes and parts.hostname and parts.port != 0
        except ValueError:
            good = False
        if good and value.isascii() and value.isprintable() and " " not in value:
            return []
        return [f"{where} must be an absolute URL with {' or '.join(schemes)}"]

    return check


def texts(value: Any, where: str) -> list[str]:
    """
    An object of strings.
    """
    if isinstance(value, Mapping) and all(isinstance(v, str) for v in value.values()):
        return []
    return [f"{where} must be an object whose values are strings"]


def record(
    required: Mapping[str, Check], optional: Mapping[str, Check], *, strict: bool
) -> Check:
    """
    An object.  C{null} counts as absent.

    @param strict: complain of fields that are not known.
    """

    def check(value: Any, where: str) -> list[str]:
        if not isinstance(value, Mapping):
            return [f"{where or 'the body'} must be an object"]
        dot = f"{where}." if where else ""
        problems = [
            f"{dot}{name} is required" for name in required if value.get(name) is None
        ]
        known = {**required, **optional}
        for name, item in value.items():
            if name in known:
                if item is not None:
                    problems.extend(known[name](item, dot + name))
            elif strict:
                problems.append(f"{dot}{name} is not a known field")
        return problems

    return check
