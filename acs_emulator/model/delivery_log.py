"""
What became of each event: who wanted it, and every attempt to deliver it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

#: Events that are remembered.
_KEPT = 2000


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """
    @ivar at: when it began, seconds since the epoch.
    @ivar seconds: how long it took.
    @ivar status: what was answered; L{None}: nothing.
    @ivar answer: the beginning of the answer, or why there was none.
    """

    at: float
    seconds: float
    status: int | None
    outcome: str
    answer: str


@dataclass
class Delivery:
    """
    One event on its way to one subscription.

    @ivar state: C{pending}, C{delivered}, C{given_up}, C{dead_lettered} or
        C{dropped}: the subscription was deleted.
    @ivar next_attempt_at: seconds since the epoch, if that is known.
    @ivar reason: why it was given up.
    @ivar dead_letter: the file.
    """

    subscription: str
    state: str = "pending"
    attempts: list[Attempt] = field(default_factory=list)
    next_attempt_at: float | None = None
    reason: str | None = None
    dead_letter: str | None = None


@dataclass
class EventRecord:
    """
    @ivar deliveries: one for each subscription that wanted it; if there is
        none, the event was lost.
    """

    id: str
    type: str
    subject: str
    correlation_id: str
    published_at: float
    deliveries: list[Delivery] = field(default_factory=list)

    def body(self) -> dict[str, Any]:
        """
        @return: ready for JSON.
        """
        return asdict(self)


@dataclass
class EventLog:
    """
    The latest events, in order.
    """

    _records: dict[str, EventRecord] = field(default_factory=dict)

    def add(self, record: EventRecord) -> EventRecord:
        """
        Remember an event; the oldest is forgotten if there are too many.
        """
        if len(self._records) >= _KEPT:
            del self._records[next(iter(self._records))]
        self._records[record.id] = record
        return record

    def get(self, event_id: str) -> EventRecord | None:
        """
        @return: if it is remembered.
        """
        return self._records.get(event_id)

    def of_call(self, correlation_id: str | None) -> list[EventRecord]:
        """
        @param correlation_id: L{None}: all.
        """
        return [
            record
            for record in self._records.values()
            if correlation_id in (None, record.correlation_id)
        ]
