"""
Event Grid deliveries and callbacks on their way out: written into the journal,
and spoiled as ordered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
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
from ..model.tokens import CALLBACK_LIFETIME
from .http_client import HttpClient, Reply

#: Seconds after which something that is held goes out, whatever else does.
HELD_AT_MOST = 10.0


@dataclass(frozen=True, kw_only=True)
class _Post:
    party: Party
    channel: str
    name: str
    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    timeout: float


@dataclass
class _Held:
    """
    Waits until so many others of its call went out.
    """

    correlation_id: str
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
    ) -> None:
        super().__init__(agent, clock)
        self._time = clock
        self._journal = journal
        self._faults = faults
        self._forger = forger
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
        party, channel, name = self._about(headers, body)
        fault = self._faults.strike(channel, party, name)
        if fault.get("rotate_keys"):
            self._keys += 1
            self._forger.rotate(f"rotated-{self._keys}", self._time.seconds())
            fault = {"clock_skew": 0.001, **fault}  # signed anew
        headers = self._forger.headers(
            headers, fault, self._time.seconds(), CALLBACK_LIFETIME
        )
        post = _Post(
            party=party,
            channel=channel,
            name=name,
            method=method,
            url=url,
            headers=headers,
            body=body,
            timeout=timeout,
        )
        if fault:
            self._journal.note(party, channel, "fault", name, **fault)
        if fault.get("lose"):
            # The service believes that it was delivered.
            return Reply(status=200, headers={}, body=b"")
        if "delay" in fault:
            await deferLater(self._time, fault["delay"])
        if "hold_for" in fault:
            await self._hold(party.correlation_id, fault["hold_for"])
        reply = await self._send(post)
        for _ in range(fault.get("duplicate", 0)):
            reply = await self._send(post)
        return reply

    def _about(self, headers: Mapping[str, str], body: bytes) -> tuple[Party, str, str]:
        """
        @return: whose it is, C{event} or C{callback}, and its short name.
        """
        content = _parsed(body)
        first = content[0] if isinstance(content, list) and content else content
        kind = ""
        if isinstance(first, Mapping):
            kind = str(first.get("eventType") or first.get("type") or "")
        name = kind.rpartition(".")[2]
        lowered = {key.lower(): value for key, value in headers.items()}
        subscription = lowered.get("aeg-subscription-name")
        if subscription is None and "webhook-request-origin" not in lowered:
            return self._journal.index.of_callback(content), "callback", name
        party = self._journal.index.of_event(content, subscription or "")
        return party, "event", name

    async def _hold(self, correlation_id: str, others: int) -> None:
        held = _Held(correlation_id, others)
        held.timer = self._time.callLater(HELD_AT_MOST, held.release)
        self._held.append(held)
        try:
            await held.released
        finally:
            held.release()
            self._held.remove(held)

    def _went_out(self, correlation_id: str) -> None:
        for held in list(self._held):
            if held.correlation_id == correlation_id:
                held.others -= 1
                if held.others <= 0:
                    held.release()

    async def _send(self, post: _Post) -> Reply:
        note = self._journal.note
        note(
            post.party,
            post.channel,
            "out",
            f"{post.method} {post.name}".strip(),
            url=show_url(post.url),
            headers=show_headers(post.headers),
            body=show_json(_parsed(post.body)),
        )
        self.in_flight += 1
        try:
            reply = await super().request(
                post.method, post.url, post.headers, post.body, timeout=post.timeout
            )
        except NoAnswer as e:
            note(post.party, post.channel, "in", f"{post.name}: {e}")
            raise
        except CancelledError:
            note(post.party, post.channel, "in", f"{post.name}: given up")
            raise
        finally:
            self.in_flight -= 1
            self._went_out(post.party.correlation_id)
        note(
            post.party,
            post.channel,
            "in",
            f"{post.name}: {reply.status}",
            headers=show_headers(reply.headers),
            body=show_json(_parsed(reply.body)),
        )
        return reply


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body[:200].decode("utf-8", "replace")
