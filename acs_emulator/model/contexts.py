"""
Incoming call contexts: the ticket with which a ringing call is answered, once
and in time.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..errors import Refusal, bad_request, call_not_found

#: The real ones are 6 to 8 kB long; code that limits their size must notice.
_PADDING = "H4sIAAAAAAAEAO29" * 300


@dataclass
class _Ticket:
    ring_id: str
    good_until: float
    used: bool = False
    deflected: bool = False
    canceled: bool = False


@dataclass
class IncomingCallContexts:
    """
    All contexts given out, and what became of them.

    @ivar new_id: makes a text that was never used before.
    @ivar lifetime: seconds from the ring to the last moment of answering.
    """

    new_id: Callable[[], str]
    lifetime: float
    _tickets: dict[str, _Ticket] = field(default_factory=dict, repr=False)

    def issue(self, ring_id: str, now: float) -> str:
        """
        @return: an opaque text that looks like an unsigned JWT, as the real
            ones do.
        """
        head = _encode({"alg": "none", "typ": "JWT"})
        claims = {"cc": _PADDING + self.new_id(), "shrToken": self.new_id()}
        context = f"{head}.{_encode(claims)}."
        self._tickets[context] = _Ticket(ring_id, now + self.lifetime)
        return context

    def redeem(self, context: str, now: float, *, deflect: bool = False) -> str:
        """
        @param deflect: the call is not answered, but redirected or rejected.

        @return: the id of the ring that this context belongs to.

        @raise Refusal: 400 if it is foreign, used or too old; 404 if the
            caller has gone.
        """
        ticket = self._tickets.get(context)
        if ticket is None:
            raise bad_request("The incomingCallContext is not valid.")
        if ticket.used:
            raise Refusal(400, "8501", "The incomingCallContext was used already.")
        if ticket.canceled:
            raise call_not_found()
        if now > ticket.good_until:
            raise bad_request(
                "IDX23010: Lifetime validation of the signed http request failed. "
                f"Current time: {_when(now)}, valid until: {_when(ticket.good_until)}.",
                [],
            )
        ticket.used, ticket.deflected = True, deflect
        return ticket.ring_id

    def is_deflected(self, context: str) -> bool:
        """
        Was the call redirected or rejected with it?
        """
        ticket = self._tickets.get(context)
        return ticket is not None and ticket.deflected

    def ring_of(self, context: str) -> str:
        """
        @return: the id of the ring that a known context belongs to.
        """
        return self._tickets[context].ring_id

    def cancel(self, context: str) -> None:
        """
        Nobody rings behind it any more.
        """
        self._tickets[context].canceled = True

    def forget(self, context: str) -> None:
        """
        Its call was dropped from the list of calls; no harm if not known.
        """
        self._tickets.pop(context, None)


def _encode(claims: dict[str, str]) -> str:
    text = json.dumps(claims, separators=(",", ":")).encode("ascii")
    return urlsafe_b64encode(text).rstrip(b"=").decode("ascii")


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%m/%d/%Y %H:%M:%S")
