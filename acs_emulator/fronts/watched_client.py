"""
Event Grid deliveries and callbacks on their way out: written into the journal,
and spoiled as ordered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.web.iweb import IAgent

from ..errors import NoAnswer
from ..journal import Journal
from ..model.call_index import Party
from ..model.elision import show_headers, show_json, show_url
from ..model.faults import FaultBook
from ..model.forgery import Forger
from ..model.report import INCOMING, Report, callback_problem, event_problem
from ..model.tokens import CALLBACK_LIFETIME
from .http_client import HttpClient, Reply

#: Seconds after which something that is held goes out, whatever else does.
HELD_AT_MOST = 10.0


@dataclass(frozen=True, kw_only=True)
class _Item:
    """
    One event, of a batch or alone; or nothing, as in a handshake.
    """

    party: Party
    name: str
    content: Any


@dataclass(frozen=True, kw_only=True)
class _Post:
    """
    @ivar spoiled: is something wrong with it, as ordered?
    @ivar items: at least one.
    """

    channel: str
    spoiled: bool
    items: tuple[_Item, ...] = field(repr=False)
    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    timeout: float


@dataclass
class _Held:
    """
    Waits until so many others of its calls went out.
    """

    correlation_ids: frozenset[str]
    others: int
    released: Deferred[None] = field(default_factory=Deferred)
    timer: IDelayedCall | None = None

    def release(self) -> None:
        if self.timer is not None and self.timer.active():
            self.timer.cancel()
        if not self.released.called:
            self.released.callback(None)


class WatchedClient(HttpClient):
    """
    An L{HttpClient} whose requests are looked at.

    @ivar in_flight: exchanges that wait for an answer.
    """

    _log = Logger()

    def __init__(
        self,
        agent: IAgent,
        clock: IReactorTime,
        *,
        journal: Journal,
        faults: FaultBook,
        forger: Forger,
        report: Report,
    ) -> None:
        super().__init__(agent, clock)
        self._time = clock
        self._journal = journal
        self._faults = faults
        self._forger = forger
        self._report = report
        self._held: list[_Held] = []
        self._keys = 0
        self.in_flight = 0

    async def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        timeout: float,
    ) -> Reply:
        """
        See L{HttpClient.request}; C{timeout} does not count what was ordered.
        """
        channel, items = self._about(headers, body)
        batch = [(item.party, item.name) for item in items]
        fault = self._faults.strike_batch(channel, batch)
        if fault.get("rotate_keys"):
            self._keys += 1
            self._forger.rotate(f"rotated-{self._keys}", self._time.seconds())
            fault = {"clock_skew": 0.001, **fault}  # signed anew
        headers = self._forger.headers(
            headers, fault, self._time.seconds(), CALLBACK_LIFETIME
        )
        post = _Post(
            channel=channel,
            spoiled=bool(fault),
            items=items,
            method=method,
            url=url,
            headers=headers,
            body=body,
            timeout=timeout,
        )
        if fault:
            for party, name in batch:
                self._journal.note(party, channel, "fault", name, **fault)
        if fault.get("lose"):
            # The service believes that it was delivered.
            return Reply(status=200, headers={}, body=b"")
        if "delay" in fault:
            await deferLater(self._time, fault["delay"])
        if "hold_for" in fault:
            calls = frozenset(party.correlation_id for party, _ in batch)
            await self._hold(calls, fault["hold_for"])
        reply = await self._send(post)
        for _ in range(fault.get("duplicate", 0)):
            reply = await self._send(post)
        return reply

    def _about(
        self, headers: Mapping[str, str], body: bytes
    ) -> tuple[str, tuple[_Item, ...]]:
        """
        @return: C{event} or C{callback}; and each event, whose it is.
        """
        content = _parsed(body)
        events = content if isinstance(content, list) and content else [content]
        lowered = {key.lower(): value for key, value in headers.items()}
        subscription = lowered.get("aeg-subscription-name")
        index = self._journal.index
        if subscription is None and "webhook-request-origin" not in lowered:
            channel, party_of = "callback", index.of_callback
        else:
            channel = "event"
            party_of = partial(index.of_event, subscription=subscription or "")
        return channel, tuple(
            _Item(party=party_of(event), name=_short_name(event), content=event)
            for event in events
        )

    async def _hold(self, correlation_ids: frozenset[str], others: int) -> None:
        held = _Held(correlation_ids, others)
        held.timer = self._time.callLater(HELD_AT_MOST, held.release)
        self._held.append(held)
        try:
            await held.released
        finally:
            held.release()
            self._held.remove(held)

    def _went_out(self, post: _Post) -> None:
        calls = {item.party.correlation_id for item in post.items}
        for held in list(self._held):
            if held.correlation_ids & calls:
                held.others -= 1
                if held.others <= 0:
                    held.release()

    async def _send(self, post: _Post) -> Reply:
        for item in post.items:
            self._journal.note(
                item.party,
                post.channel,
                "out",
                f"{post.method} {item.name}".strip(),
                url=show_url(post.url),
                headers=show_headers(post.headers),
                body=show_json(item.content),
            )
        self.in_flight += 1
        try:
            reply = await super().request(
                post.method, post.url, post.headers, post.body, timeout=post.timeout
            )
        except NoAnswer as e:
            self._came(post, str(e))
            self._judge(post, None, str(e))
            raise
        except CancelledError:
            self._came(post, "given up")
            raise
        finally:
            self.in_flight -= 1
            self._went_out(post)
        self._came(
            post,
            str(reply.status),
            headers=show_headers(reply.headers),
            body=show_json(_parsed(reply.body)),
        )
        self._judge(post, reply.status, "")
        return reply

    def _judge(self, post: _Post, status: int | None, error: str) -> None:
        if post.spoiled:
            return
        for item in post.items:
            if post.channel == "callback":
                problem = callback_problem(status, error)
            else:
                problem = event_problem(status) if item.name == INCOMING else None
            if problem is not None:
                self._report.add(
                    post.channel,
                    item.name,
                    [problem],
                    party=item.party,
                    refused=False,
                )

    def _came(self, post: _Post, what: str, **detail: Any) -> None:
        for item in post.items:
            self._journal.note(
                item.party, post.channel, "in", f"{item.name}: {what}", **detail
            )


def _short_name(event: object) -> str:
    kind = ""
    if isinstance(event, Mapping):
        kind = str(event.get("eventType") or event.get("type") or "")
    return kind.rpartition(".")[2]


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body[:200].decode("utf-8", "replace")
