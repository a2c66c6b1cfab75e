"""
What applications did that the contract calls wrong: found once, counted ever after.

Findings are gathered from the REST API, media streams, callbacks' answers and
handshakes, whether the emulator refused them or let them pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .call_index import Party
from .delivery import LOST

#: Different findings that are kept, and calls that each of them names.
MOST_FINDINGS = 500
MOST_CALLS = 10
#: The event that is a call.
INCOMING = "IncomingCall"
#: Longer texts are cut.
_LONGEST = 300

#: What to do, by what was found; the first that fits.
_ADVICE = (
    (r"is not a known field", "leave it out, or correct its spelling"),
    (r"is required", "send it"),
    (r"has no body", "send none"),
    (r"api-version", "use a version that the SDKs name, such as 2026-03-12"),
    (r"no such (operation|document)|is not allowed here", "compare with the reference"),
    (r"signature|Authorization|x-ms-", "sign as 'Sign an HTTP request' tells"),
    (r"not JSON", "send JSON"),
    (r"must be|may have|must hold", "send what it must be"),
    (r"enableBidirectional", "ask for it when the call is answered"),
    (r"answered .* to a callback", "answer 200 at once, and work afterwards"),
    (r"no answer to a callback", "answer 200 at once; see that the address is right"),
    (r"handshake", "answer as 'Webhook event delivery' tells"),
    (r"event is lost", "answer 200 once it is taken, 503 to get it again"),
    (r"socket did not open", "accept the WebSocket at transportUrl"),
    (r"on the transcription socket", "send nothing there"),
)
_ELSE = "compare with the reference"


@dataclass
class Finding:
    """
    @ivar channel: C{rest}, C{identity}, C{recording}, C{openid}, C{media},
        C{callback} or C{event}.
    @ivar where: operation, kind of the event, or name of the subscription.
    @ivar refused: was it, each time?
    @ivar correlation_ids: of the first calls that had it.
    """

    channel: str
    where: str
    what: str
    refused: bool
    first_at: float
    last_at: float
    count: int = 0
    correlation_ids: list[str] = field(default_factory=list)

    def body(self, calls: Mapping[str, str]) -> dict[str, Any]:
        """
        @param calls: ids by correlation id.
        """
        return {
            "channel": self.channel,
            "where": self.where,
            "what": self.what,
            "advice": advice(self.what),
            "count": self.count,
            "refused": self.refused,
            "calls": [calls.get(found, found) for found in self.correlation_ids],
            "first_at": self.first_at,
            "last_at": self.last_at,
        }


def advice(what: str) -> str:
    """
    @return: the way out.
    """
    for pattern, text in _ADVICE:
        if re.search(pattern, what):
            return text
    return _ELSE


def callback_problem(status: int | None, error: str) -> str | None:
    """
    @param status: L{None}: there was no answer, but an C{error}.

    @return: what is wrong with the answer to a callback.
    """
    if status is None:
        return f"no answer to a callback: {error}"
    good = 200 <= status < 300
    return None if good else f"answered {status} to a callback"


def event_problem(status: int | None) -> str | None:
    """
    @return: what is wrong with the answer to an event: that nobody sends it again.
    """
    if status in LOST:
        return f"answered {status} to an event: the event is lost"
    return None


class Report:
    """
    All findings; bounded.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        """
        @param now: seconds since the epoch.
        """
        self._now = now
        self._findings: dict[tuple[str, str, str], Finding] = {}
        self._left_out = 0

    def add(
        self,
        channel: str,
        where: str,
        problems: Iterable[str],
        *,
        party: Party | None = None,
        correlation_id: str = "",
        refused: bool,
    ) -> None:
        """
        @param problems: what was wrong, one by one; may be none.
        @param party: whose call it is, if that is known; or its
            C{correlation_id}.
        """
        call = correlation_id if party is None else party.correlation_id
        for problem in problems:
            self._add(channel, where, problem[:_LONGEST], call, refused)

    def _add(
        self, channel: str, where: str, what: str, call: str, refused: bool
    ) -> None:
        key, now = (channel, where, what), self._now()
        finding = self._findings.get(key)
        if finding is None:
            if len(self._findings) >= MOST_FINDINGS:
                self._left_out += 1
                return
            finding = self._findings[key] = Finding(
                channel, where, what, refused, now, now
            )
        finding.count += 1
        finding.last_at = now
        finding.refused = finding.refused and refused
        known = finding.correlation_ids
        if call and call not in known and len(known) < MOST_CALLS:
            known.append(call)

    def body(self, calls: Mapping[str, str]) -> dict[str, Any]:
        """
        @param calls: ids by correlation id.

        @return: all, for JSON.
        """
        findings = [finding.body(calls) for finding in self._findings.values()]
        total = sum(finding["count"] for finding in findings) + self._left_out
        return {"total": total, "left_out": self._left_out, "findings": findings}

    def clear(self) -> None:
        """
        Begin anew.
        """
        self._findings.clear()
        self._left_out = 0
