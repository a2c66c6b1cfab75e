"""
A TOML document -> checked, frozen settings.

Pure: no reactor, no files, no logging.  All problems are found in one pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from .errors import BadSubscription, SettingsError
from .model.actions import Timings
from .model.subscriptions import Subscription, parse_subscription
from .settings_delivery import DeliverySettings, take_delivery
from .settings_table import Table
from .settings_tls import TRUST_SYSTEM, TlsSettings, parse_tls, parse_trust
from .settings_values import (
    DEFAULT_LISTEN,
    DEFAULT_NUMBER,
    access_key,
    clock_name,
    endpoint,
    flag,
    guid,
    host_names,
    http_url,
    is_loopback,
    numbers,
    own_url,
    page_size,
    phone_plans,
    seconds,
    text,
    user_names,
    word_of,
)


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
    @ivar refuse_media_conflicts: refuse a second play or recognize, with 8500,
        instead of letting it queue up.
    @ivar tls: L{None}: C{http} only.
    @ivar trust: whom to believe as a client; see L{parse_trust}.
    @ivar manual_clock: time moves only when the control API says so.
    @ivar broken_after_failure: does a failed transfer leave the call unusable?
    @ivar silent_after_redirect: is the answer to a call that was redirected
        accepted, with nothing to follow?
    @ivar control_hosts: names, in lower case, under which the control API may be
        reached, besides those that every machine has for itself.
    @ivar phones: by number, what phones do when they are called: checked, but for
        the recordings that they play.
    @ivar page_size: participants that are listed at once; L{None}: all.
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
    delivery: DeliverySettings
    broken_after_failure: bool
    silent_after_redirect: bool
    phones: Mapping[str, dict[str, Any]]
    subscriptions: tuple[Subscription, ...]
    refuse_media_conflicts: bool
    tls: TlsSettings | None
    trust: str
    manual_clock: bool = False
    control_hosts: frozenset[str] = frozenset()
    page_size: int | None = None

    @property
    def endpoint(self) -> str:
        """
        For clients that insist on C{https}; without TLS, where the rest is.
        """
        if self.tls is None or self.tls.listen is None:
            return self.base_url
        return own_url(self.tls.listen, tls=True)


def parse_settings(
    document: Mapping[str, Any], listen: str | None, *, tls: bool = False
) -> Settings:
    """
    @param document: the TOML document.
    @param listen: from the command line; goes before the document's.
    @param tls: from the command line: speak TLS, if the document says nothing.

    @raise SettingsError: with every problem found.
    """
    problems: list[str] = []
    top = Table(document, "", problems)
    where = _listen(top, listen, problems)
    insecure = top.take("insecure", flag, is_loopback(where))
    encrypted = top.take("tls", parse_tls, TlsSettings() if tls else None)
    on_this_port = encrypted is not None and encrypted.listen is None
    base_url = top.take("base_url", http_url, own_url(where, tls=on_this_port))
    if not base_url:
        problems.append(
            f"base_url: needed, because it does not follow from listen = {where!r}; "
            'for example "http://127.0.0.1:8480"'
        )
    settings = Settings(
        listen=where,
        base_url=base_url,
        issuer=top.take("issuer", text, base_url),
        insecure=insecure,
        strict=top.take("strict", flag, True),
        delivery=take_delivery(top),
        subscriptions=top.take("subscriptions", _subscriptions(insecure), ()),
        tls=encrypted,
        trust=top.take("trust", parse_trust, TRUST_SYSTEM),
        **_resource(top.table("resource")),
        control_hosts=_control_hosts(top.table("control"), base_url, encrypted),
        **_calls(top),
    )
    top.done()
    if problems:
        raise SettingsError(problems)
    return settings


def _listen(top: Table, given: str | None, problems: list[str]) -> str:
    where = top.take("listen", endpoint, DEFAULT_LISTEN)
    if given is not None:
        try:
            where = endpoint(given)
        except ValueError as e:
            problems.append(f"--listen: {e}")
    return where


def _resource(table: Table) -> dict[str, Any]:
    number: tuple[str, ...] = (DEFAULT_NUMBER,)
    user: tuple[str, ...] = ("0000002b-1c7e-4a55-92fd-8b3a0d00a1f2",)
    found = {
        "access_key": table.take("access_key", access_key, None),
        "immutable_id": table.take("immutable_id", guid, None),
        "phone_numbers": table.take("phone_numbers", numbers, number),
        "users": table.take("users", user_names, user),
    }
    table.done()
    return found


def _control_hosts(
    table: Table, base_url: str, tls: TlsSettings | None
) -> frozenset[str]:
    nobody: tuple[str, ...] = ()
    names = [*table.take("hosts", host_names, nobody), *(tls.names if tls else ())]
    table.done()
    own = urlsplit(base_url).hostname
    return frozenset(name.lower() for name in (*names, own) if name)


def _timings(table: Table) -> Timings:
    default = Timings()
    names = [known.name for known in fields(Timings)]
    return Timings(
        **{name: table.take(name, seconds, getattr(default, name)) for name in names}
    )


def _calls(top: Table) -> dict[str, Any]:
    """
    @return: how calls go.
    """
    transfer, incoming = top.table("transfer"), top.table("incoming")
    media, timing, time = top.table("media"), top.table("timing"), top.table("time")
    people = top.table("participants")
    broken = word_of(alive=False, broken=True)
    silent = word_of(refused=False, silent=True)
    nobody: tuple[str, ...] = ()
    no_plans: dict[str, dict[str, Any]] = {}
    found = {
        "timings": _timings(timing),
        "answer_delay": timing.take("answer", seconds, 0.0),
        "transfer_fail": frozenset(transfer.take("fail", numbers, nobody)),
        "broken_after_failure": transfer.take("after_failure", broken, False),
        "silent_after_redirect": incoming.take("after_redirect", silent, False),
        "phones": top.take("phones", phone_plans, no_plans),
        "page_size": people.take("page_size", page_size, None),
        "refuse_media_conflicts": media.take("refuse_conflicts", flag, False),
        "manual_clock": time.take("clock", clock_name, "real") == "manual",
    }
    for table in (transfer, incoming, media, timing, time, people):
        table.done()
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
