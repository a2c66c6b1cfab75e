"""
What became of each callback, and how often it is tried.

Whether Azure repeats a callback that was not answered with 2xx is not
documented; so retries are a setting, and none is the default.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

#: Callbacks that are remembered.
_KEPT = 5000


@dataclass(frozen=True, kw_only=True)
class CallbackRetries:
    """
    @ivar count: attempts after the first.
    @ivar wait: seconds before the first of them; each next waits twice as long.
    """

    count: int = 0
    wait: float = 2.0

    def next_wait(self, tried: int) -> float | None:
        """
        @param tried: attempts made so far.

        @return: seconds until the next, or L{None} if there is none.
        """
        return self.wait * 2.0 ** (tried - 1) if tried <= self.count else None


@dataclass(frozen=True, kw_only=True)
class CallbackAttempt:
    """
    @ivar at: seconds since the epoch.
    @ivar seconds: until the answer.
    @ivar status: L{None}: no answer; then C{error} says why.
    """

    at: float
    seconds: float
    status: int | None
    error: str | None = None

    @property
    def good(self) -> bool:
        """
        Was it a 2xx?
        """
        return self.status is not None and 200 <= self.status < 300


@dataclass
class CallbackRecord:
    """
    @ivar id: of the event; all attempts have the same.
    """

    id: str
    type: str
    call_connection_id: str
    attempts: list[CallbackAttempt] = field(default_factory=list)

    def body(self) -> dict[str, Any]:
        """
        @return: ready for JSON.
        """
        return {
            **asdict(self),
            "delivered": bool(self.attempts) and self.attempts[-1].good,
        }


@dataclass
class CallbackLog:
    """
    The latest callbacks, in order.
    """

    _records: deque[CallbackRecord] = field(
        default_factory=lambda: deque(maxlen=_KEPT), repr=False
    )

    def add(self, body: bytes) -> CallbackRecord:
        """
        @param body: an array with one event.
        """
        (event,) = json.loads(body)
        record = CallbackRecord(
            id=str(event["id"]),
            type=str(event["type"]),
            call_connection_id=str(event["data"].get("callConnectionId", "")),
        )
        self._records.append(record)
        return record

    def of_connection(self, connection_id: str | None) -> list[CallbackRecord]:
        """
        @param connection_id: L{None}: all.
        """
        return [
            record
            for record in self._records
            if connection_id in (None, record.call_connection_id)
        ]
