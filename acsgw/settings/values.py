"""
What single settings may be.

Each raises L{ValueError} with what is wrong and the way out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from twisted.internet.endpoints import serverFromString

T = TypeVar("T")


def text(value: object) -> str:
    """
    @raise ValueError: if it is not a text, or empty.
    """
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a text; put it into quotes")
    if not value.strip():
        raise ValueError("is empty")
    return value.strip()


def switch(value: object) -> bool:
    """
    @raise ValueError: if it is neither true nor false.
    """
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false (without quotes)")
    return value


def number(low: float, high: float, unit: str) -> Callable[[object], float]:
    """
    @return: a parser of numbers in a range.
    """

    def parse(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{value!r} is not a number of {unit}")
        if not low <= value <= high:
            raise ValueError(f"{value} is not between {low:g} and {high:g} {unit}")
        return value

    return parse


def endpoint(value: object) -> str:
    given = text(value)
    try:
        serverFromString(None, given)
        port = re.match(r"tcp6?:(?:port=)?(\d+)", given)
        if port is not None and int(port[1]) > 65535:
            raise ValueError("a port is at most 65535")
    except (ValueError, TypeError, OSError, KeyError) as e:
        raise ValueError(
            f"{given!r} is not a place to listen ({e}); for example tcp:8080"
        ) from None
    return given


def url(value: object) -> str:
    given = text(value).rstrip("/")
    try:
        parts = urlsplit(given)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment:
        raise ValueError(f"{given!r} is not an http:// or https:// address")
    return given


def guid(value: object) -> str:
    given = text(value)
    try:
        return str(UUID(given))
    except ValueError:
        raise ValueError(f"{given!r} is not a GUID") from None


def e164(value: object) -> str:
    given = text(value)
    if not re.fullmatch(r"\+[1-9][0-9]{5,14}", given):
        raise ValueError(f"{given!r} is not a number in E.164 form, like +18005550100")
    return given


def identity(value: object) -> str:
    given = text(value)
    if given.startswith("+"):
        return f"4:{e164(given)}"
    if not re.fullmatch(r"(4:\+[0-9]+|8:[a-z-]+:.+|28:.+)", given):
        raise ValueError(
            f"{given!r} is neither a phone number (+1...) nor an identity (8:acs:...)"
        )
    return given


def agent(value: object) -> str:
    """
    Whether there is one of that name is not known here.
    """
    given = text(value)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", given):
        raise ValueError(
            f"{given!r} is not the name of an agent: letters, digits, - and _, 64 at"
            " most"
        )
    return given


def keys(value: object) -> str:
    given = text(value)
    if not re.fullmatch(r"[0-9*#]{1,16}", given):
        raise ValueError(
            f"{given!r} is not a sequence of keys: digits, * and #, 16 at most"
        )
    return given


def one_of(*words: str) -> Callable[[object], str]:
    """
    @return: a parser of one of these words.
    """

    def parse(value: object) -> str:
        given = text(value)
        if given not in words:
            raise ValueError(f"{given!r} is none of {', '.join(words)}")
        return given

    return parse


def some(parse: Callable[[object], T]) -> Callable[[object], tuple[T, ...]]:
    """
    @return: a parser of a list, or of its only entry.
    """

    def parse_all(value: object) -> tuple[T, ...]:
        given = value if isinstance(value, list) else [value]
        if not given:
            raise ValueError("is an empty list; leave it out, or name something")
        return tuple(parse(entry) for entry in given)

    return parse_all


def header_name(value: object) -> str:
    given = text(value)
    if not re.fullmatch(r"[!-~]{1,64}", given):
        raise ValueError(
            f"{given!r} is not a name of 1 to 64 characters of ASCII, without spaces"
        )
    return given
