"""
What single values of the settings file may be: each function takes what TOML
has given, and raises L{ValueError} with what is wrong.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from twisted.internet.endpoints import serverFromString

from .errors import BadScript
from .model.caller_script import parse_script
from .model.identifiers import is_phone_number
from .model.phone_plan import parse_phone_plan

DEFAULT_LISTEN = "tcp:8480:interface=127.0.0.1"
DEFAULT_NUMBER = "+18005550100"

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", r"\:\:1"})


def endpoint(given: Any) -> str:
    """
    A place to listen.
    """
    found = text(given)
    try:
        serverFromString(None, found)
    except Exception as e:  # whatever a plugin for endpoints may raise
        raise ValueError(
            f"{found!r} is not a place to listen ({e}); for example {DEFAULT_LISTEN}"
        ) from None
    return found


def _port(listen: str) -> int:
    match = re.match(r"tcp6?:(?:port=)?(\d+)", listen)
    return int(match.group(1)) if match is not None else 0


def _interface(listen: str) -> str:
    match = re.search(r":interface=((?:\\:|[^:])+)", listen)
    return match.group(1) if match is not None else ""


def is_loopback(listen: str) -> bool:
    """
    @return: can only this machine reach it?
    """
    return _interface(listen) in _LOOPBACK


def own_url(listen: str, *, tls: bool) -> str:
    """
    @return: where the emulator is reached that listens there; empty if that cannot
        be told.
    """
    # A name for TLS: some clients refuse certificates for addresses.
    start = "https://localhost" if tls else "http://127.0.0.1"
    port = _port(listen)
    return f"{start}:{port}" if port else ""


def clock_name(given: Any) -> str:
    """
    @raise ValueError: unless it is real or manual.
    """
    if given not in ("real", "manual"):
        raise ValueError(f'{given!r} must be "real" or "manual"')
    return str(given)


def text(given: Any) -> str:
    """
    Any text that is not empty.
    """
    if not isinstance(given, str) or not given:
        raise ValueError(f"{given!r} is not a text")
    return given


def flag(given: Any) -> bool:
    """
    True or false.
    """
    if not isinstance(given, bool):
        raise ValueError(f"{given!r} must be true or false")
    return given


def http_url(given: Any) -> str:
    """
    @return: without a slash at its end.
    """
    parts = urlsplit(text(given))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{given!r} is not an http:// or https:// address")
    return str(given).rstrip("/")


def access_key(given: Any) -> str:
    """
    Base64 of enough bytes.
    """
    found = text(given)
    try:
        good = len(b64decode(found, validate=True)) >= 16
    except ValueError:
        good = False
    if not good:
        raise ValueError(
            "must be base64 of 16 bytes or more; leave it out to have one made"
        )
    return found


def guid(given: Any) -> str:
    """
    @return: in small letters.
    """
    try:
        return str(UUID(text(given)))
    except ValueError:
        raise ValueError(
            f"{given!r} is not a GUID; leave it out to have one made"
        ) from None


def numbers(given: Any) -> tuple[str, ...]:
    """
    A list of phone numbers.
    """
    if not isinstance(given, list) or not all(
        isinstance(number, str) and is_phone_number(number) for number in given
    ):
        raise ValueError(f"must be a list of numbers such as {DEFAULT_NUMBER!r}")
    return tuple(given)


def user_names(given: Any) -> tuple[str, ...]:
    """
    A list of the last parts of users' ids.
    """
    if not isinstance(given, list) or not all(
        isinstance(user, str) and re.fullmatch(r"[0-9A-Za-z-]+", user) for user in given
    ):
        raise ValueError(
            "must be a list of the last parts of users' ids (letters, digits, dashes)"
        )
    return tuple(given)


def host_names(given: Any) -> tuple[str, ...]:
    """
    A list of names or addresses of this machine.
    """
    if not isinstance(given, list) or not all(
        isinstance(name, str) and re.fullmatch(r"[0-9A-Za-z.:-]+", name)
        for name in given
    ):
        raise ValueError("must be a list of host names or addresses, without ports")
    return tuple(given)


def seconds(given: Any) -> float:
    """
    A span of time.
    """
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ValueError(f"{given!r} is not a number of seconds")
    if not 0 <= given <= 3600:
        raise ValueError(f"{given!r} is not between 0 and 3600 seconds")
    return float(given)


def word_of(**meanings: bool) -> Callable[[Any], bool]:
    """
    @param meanings: the words that are allowed, and what they say.
    """

    def parse(given: Any) -> bool:
        if not isinstance(given, str) or given not in meanings:
            raise ValueError(f"{given!r} is not one of {', '.join(meanings)}")
        return meanings[given]

    return parse


def page_size(given: Any) -> int:
    """
    How many things are listed at once.
    """
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= 1000:
        raise ValueError(f"{given!r} is not a whole number from 1 to 1000")
    return given


def phone_plans(given: Any) -> dict[str, dict[str, Any]]:
    """
    @return: by number, what phones do when they are called.
    """
    if not isinstance(given, list) or not all(isinstance(i, dict) for i in given):
        raise ValueError("must be tables with a number, written [[phones]]")
    found = {}
    for item in given:
        number = item.get("number")
        if not isinstance(number, str) or not is_phone_number(number):
            raise ValueError(f"{number!r} is not a number such as {DEFAULT_NUMBER!r}")
        known = ("number", "outcome", "after", "steps", "heard")
        for key in sorted(set(item) - set(known)):
            raise ValueError(f"{key}: not known; use {', '.join(known)}")
        parse_phone_plan(item)
        try:
            parse_script(item)
        except BadScript as e:
            raise ValueError(f"{number}: {'; '.join(e.problems)}") from None
        found[number] = {key: item[key] for key in item if key != "number"}
    return found
