"""
A TOML document -> checked, frozen settings.

Pure: no reactor, no files, no logging.  All problems are found in one pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .errors import BadSubscription, SettingsError
from .model.actions import Timings
from .model.phone_plan import PhonePlan
from .model.subscriptions import Subscription, parse_subscription
from .settings_delivery import DeliverySettings, take_delivery
from .settings_tls import TRUST_SYSTEM, TlsSettings, parse_tls, parse_trust
from .settings_values import (
    DEFAULT_LISTEN,
    DEFAULT_NUMBER,
    access_key,
    clock_name,
    endpoint,
    flag,
    guid,
    http_url,
    is_loopback,
    numbers,
    own_url,
    phone_plans,
    seconds,
    text,
    user_names,
    word_of,
)

T = TypeVar("T")


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
    delivery: DeliverySettings
    broken_after_failure: bool
    silent_after_redirect: bool
    phones: Mapping[str, PhonePlan]
    subscriptions: tuple[Subscription, ...]
    refuse_media_conflicts: bool
    tls: TlsSettings | None
    trust: str
    manual_clock: bool = False

    @property
    def endpoint(self) -> str:
        """
        For clients that insist on C{https}; without TLS, where the rest is.
        """
        if self.tls is None or self.tls.listen is None:
            return self.base_url
        return own_url(self.tls.listen, tls=True)


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
    top = _Table(document, "", problems)
    where = top.take("listen", endpoint, DEFAULT_LISTEN)
    if listen is not None:
        try:
            where = endpoint(listen)
        except ValueError as e:
            problems.append(f"--listen: {e}")
    insecure = top.take("insecure", flag, is_loopback(where))
    encrypted = top.take("tls", parse_tls, TlsSettings() if tls else None)
    on_this_port = encrypted is not None and encrypted.listen is None
    base_url = top.take("base_url", http_url, own_url(where, tls=on_this_port))
    if not base_url:
        problems.append(
            f"base_url: needed, because it does not follow from listen = {where!r}; "
            'for example "http://127.0.0.1:8480"'
        )
    resource, transfer = top.table("resource"), top.table("transfer")
    incoming, media = top.table("incoming"), top.table("media")
    timing, time = top.table("timing"), top.table("time")
    default = Timings()
    nobody: tuple[str, ...] = ()
    settings = Settings(
        listen=where,
        base_url=base_url,
        issuer=top.take("issuer", text, base_url),
        insecure=insecure,
        strict=top.take("strict", flag, True),
        access_key=resource.take("access_key", access_key, None),
        immutable_id=resource.take("immutable_id", guid, None),
        phone_numbers=resource.take("phone_numbers", numbers, (DEFAULT_NUMBER,)),
        users=resource.take(
            "users", user_names, ("0000002b-1c7e-4a55-92fd-8b3a0d00a1f2",)
        ),
        timings=Timings(
            ring=timing.take("ring", seconds, default.ring),
            media=timing.take("media", seconds, default.media),
            connect=timing.take("connect", seconds, default.connect),
            streaming=timing.take("streaming", seconds, default.streaming),
            transfer=timing.take("transfer", seconds, default.transfer),
            operation=timing.take("operation", seconds, default.operation),
        ),
        answer_delay=timing.take("answer", seconds, 0.0),
        transfer_fail=frozenset(transfer.take("fail", numbers, nobody)),
        delivery=take_delivery(top),
        broken_after_failure=transfer.take(
            "after_failure", word_of(alive=False, broken=True), False
        ),
        silent_after_redirect=incoming.take(
            "after_redirect", word_of(refused=False, silent=True), False
        ),
        phones=top.take("phones", phone_plans, {}),
        subscriptions=top.take("subscriptions", _subscriptions(insecure), ()),
        refuse_media_conflicts=media.take("refuse_conflicts", flag, False),
        tls=encrypted,
        trust=top.take("trust", parse_trust, TRUST_SYSTEM),
        manual_clock=time.take("clock", clock_name, "real") == "manual",
    )
    for table in (top, resource, transfer, incoming, timing, media, time):
        table.done()
    if problems:
        raise SettingsError(problems)
    return settings


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
