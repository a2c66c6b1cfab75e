"""
A TOML document -> checked, frozen settings.

Pure: no reactor, no files, no logging.  All problems are found in one pass.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from twisted.internet.endpoints import serverFromString

from .errors import BadSubscription, SettingsError
from .model.actions import Timings
from .model.identifiers import is_phone_number
from .model.phone_plan import PhonePlan, parse_phone_plan
from .model.subscriptions import Subscription, parse_subscription

T = TypeVar("T")

DEFAULT_LISTEN = "tcp:8480:interface=127.0.0.1"
DEFAULT_NUMBER = "+18005550100"

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", r"\:\:1"})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    Settings that passed every check.

    @ivar base_url: where applications reach the emulator, and its default
        issuer; no slash at the end.
    @ivar access_key: base64; L{None}: make one at start.
    @ivar immutable_id: a GUID; L{None}: make one at start.
    @ivar users: the last parts of users' raw ids.
    @ivar insecure: allow C{http} and C{ws} where Azure wants TLS.
    @ivar answer_delay: seconds until an answer's response.
    @ivar transfer_fail: numbers to which transfers fail.
    @ivar broken_after_failure: does a failed transfer leave the call unusable?
    @ivar silent_after_redirect: is the answer to a call that was redirected
        accepted, with nothing to follow?
    @ivar phones: by number, what phones do when they are called.
    """

    listen: str
    base_url: str
    issuer: str
    access_key: str | None = field(repr=False)
    immutable_id: str | None
    phone_numbers: tuple[str, ...]
    users: tuple[str, ...]
    insecure: bool
    strict: bool
    timings: Timings
    answer_delay: float
    transfer_fail: frozenset[str]
    broken_after_failure: bool
    silent_after_redirect: bool
    phones: Mapping[str, PhonePlan]
    subscriptions: tuple[Subscription, ...]


class _Table:
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

    def table(self, key: str) -> _Table:
        return _Table(self._left.pop(key, {}), self._prefix + key, self._problems)

    def done(self) -> None:
        for key in self._left:
            self._problems.append(
                f"{self._prefix}{key}: not known; remove it or correct its spelling"
            )


def parse_settings(document: Mapping[str, Any], listen: str | None) -> Settings:
    """
    @param document: the TOML document.
    @param listen: from the command line; goes before the document's.

    @raise SettingsError: with every problem found.
    """
    problems: list[str] = []
    top = _Table(document, "", problems)
    where = top.take("listen", _endpoint, DEFAULT_LISTEN)
    if listen is not None:
        try:
            where = _endpoint(listen)
        except ValueError as e:
            problems.append(f"--listen: {e}")
    insecure = top.take("insecure", _flag, _is_loopback(where))
    base_url = top.take("base_url", _url, _own_url(where))
    if not base_url:
        problems.append(
            f"base_url: needed, because it does not follow from listen = {where!r}; "
            'for example "http://127.0.0.1:8480"'
        )
    resource, transfer = top.table("resource"), top.table("transfer")
    incoming = top.table("incoming")
    timing = top.table("timing")
    default = Timings()
    nobody: tuple[str, ...] = ()
    settings = Settings(
        listen=where,
        base_url=base_url,
        issuer=top.take("issuer", _text, base_url),
        insecure=insecure,
        strict=top.take("strict", _flag, True),
        access_key=resource.take("access_key", _key, None),
        immutable_id=resource.take("immutable_id", _guid, None),
        phone_numbers=resource.take("phone_numbers", _numbers, (DEFAULT_NUMBER,)),
        users=resource.take("users", _users, ("0000002b-1c7e-4a55-92fd-8b3a0d00a1f2",)),
        timings=Timings(
            ring=timing.take("ring", _seconds, default.ring),
            media=timing.take("media", _seconds, default.media),
            connect=timing.take("connect", _seconds, default.connect),
            streaming=timing.take("streaming", _seconds, default.streaming),
            transfer=timing.take("transfer", _seconds, default.transfer),
            operation=timing.take("operation", _seconds, default.operation),
        ),
        answer_delay=timing.take("answer", _seconds, 0.0),
        transfer_fail=frozenset(transfer.take("fail", _numbers, nobody)),
        broken_after_failure=transfer.take(
            "after_failure", _word(alive=False, broken=True), False
        ),
        silent_after_redirect=incoming.take(
            "after_redirect", _word(refused=False, silent=True), False
        ),
        phones=top.take("phones", _phones, {}),
        subscriptions=top.take("subscriptions", _subscriptions(insecure), ()),
    )
    for table in (top, resource, transfer, incoming, timing):
        table.done()
    if problems:
        raise SettingsError(problems)
    return settings


def _endpoint(given: Any) -> str:
    text = _text(given)
    try:
        serverFromString(None, text)
    except Exception as e:  # whatever a plugin for endpoints may raise
        raise ValueError(
            f"{text!r} is not a place to listen ({e}); for example {DEFAULT_LISTEN}"
        ) from None
    return text


def _port(listen: str) -> int:
    match = re.match(r"tcp6?:(?:port=)?(\d+)", listen)
    return int(match.group(1)) if match is not None else 0


def _interface(listen: str) -> str:
    match = re.search(r":interface=((?:\\:|[^:])+)", listen)
    return match.group(1) if match is not None else ""


def _is_loopback(listen: str) -> bool:
    return _interface(listen) in _LOOPBACK


def _own_url(listen: str) -> str:
    port = _port(listen)
    return f"http://127.0.0.1:{port}" if port else ""


def _text(given: Any) -> str:
    if not isinstance(given, str) or not given:
        raise ValueError(f"{given!r} is not a text")
    return given


def _flag(given: Any) -> bool:
    if not isinstance(given, bool):
        raise ValueError(f"{given!r} must be true or false")
    return given


def _url(given: Any) -> str:
    parts = urlsplit(_text(given))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{given!r} is not an http:// or https:// address")
    return str(given).rstrip("/")


def _key(given: Any) -> str:
    text = _text(given)
    try:
        good = len(b64decode(text, validate=True)) >= 16
    except ValueError:
        good = False
    if not good:
        raise ValueError(
            "must be base64 of 16 bytes or more; leave it out to have one made"
        )
    return text


def _guid(given: Any) -> str:
    try:
        return str(UUID(_text(given)))
    except ValueError:
        raise ValueError(
            f"{given!r} is not a GUID; leave it out to have one made"
        ) from None


def _numbers(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(
        isinstance(number, str) and is_phone_number(number) for number in given
    ):
        raise ValueError(f"must be a list of numbers such as {DEFAULT_NUMBER!r}")
    return tuple(given)


def _users(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(
        isinstance(user, str) and re.fullmatch(r"[0-9A-Za-z-]+", user) for user in given
    ):
        raise ValueError(
            "must be a list of the last parts of users' ids (letters, digits, dashes)"
        )
    return tuple(given)


def _seconds(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ValueError(f"{given!r} is not a number of seconds")
    if not 0 <= given <= 3600:
        raise ValueError(f"{given!r} is not between 0 and 3600 seconds")
    return float(given)


def _word(**meanings: bool) -> Callable[[Any], bool]:
    def parse(given: Any) -> bool:
        if not isinstance(given, str) or given not in meanings:
            raise ValueError(f"{given!r} is not one of {', '.join(meanings)}")
        return meanings[given]

    return parse


def _phones(given: Any) -> dict[str, PhonePlan]:
    if not isinstance(given, list) or not all(isinstance(i, dict) for i in given):
        raise ValueError("must be tables with a number, written [[phones]]")
    found = {}
    for item in given:
        number = item.get("number")
        if not isinstance(number, str) or not is_phone_number(number):
            raise ValueError(f"{number!r} is not a number such as {DEFAULT_NUMBER!r}")
        for key in sorted(set(item) - {"number", "outcome", "after"}):
            raise ValueError(f"{key}: not known; use number, outcome, after")
        found[number] = parse_phone_plan(item)
    return found


def _subscriptions(insecure: bool) -> Callable[[Any], tuple[Subscription, ...]]:
    def parse(given: Any) -> tuple[Subscription, ...]:
        if not isinstance(given, list) or not all(
            isinstance(item, dict) and isinstance(item.get("name"), str)
            for item in given
        ):
            raise ValueError("must be tables with a name, written [[subscriptions]]")
        try:
            return tuple(
                parse_subscription(item["name"], item, insecure=insecure)
                for item in given
            )
        except BadSubscription as e:
            raise ValueError("; ".join(e.problems)) from None

    return parse
