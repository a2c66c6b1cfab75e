"""
Delayed delivery: an endpoint that keeps failing gets nothing for a while.

The delays are those of the table in "Event Grid message delivery and retry".
How many failures it takes is not documented but for an example ("the first 10
events"); so it is a setting.
"""

from __future__ import annotations

from dataclasses import dataclass, field

#: Seconds, by outcome; others have no delay of their own.
DELAYS = {
    "Busy": 10.0,
    "TimedOut": 10.0,
    "SocketError": 30.0,
    "NotFound": 300.0,
    "ResolutionError": 300.0,
    "Unauthorized": 300.0,
    "Forbidden": 300.0,
}


@dataclass
class _Record:
    failures: int = 0
    until: float = 0.0
    outcome: str = ""


@dataclass
class Probation:
    """
    How the endpoints behaved.

    @ivar after: failures in a row that lead to probation.
    @ivar speed: how many times faster than Azure's its delays pass here.
    """

    after: int
    speed: float = 1.0
    _records: dict[str, _Record] = field(default_factory=dict, repr=False)

    def note(self, endpoint: str, outcome: str, now: float) -> None:
        """
        @param outcome: of an attempt; C{Delivered} ends all probation.
        """
        if outcome == "Delivered":
            self._records.pop(endpoint, None)
            return
        record = self._records.setdefault(endpoint, _Record())
        record.failures += 1
        delay = DELAYS.get(outcome)
        if delay is not None and record.failures >= self.after:
            record.until = max(record.until, now + delay / self.speed)
            record.outcome = outcome

    def wait(self, endpoint: str, now: float) -> float:
        """
        @return: seconds until something may be sent; 0 if it may now.
        """
        record = self._records.get(endpoint)
        return 0.0 if record is None else max(0.0, record.until - now)

    def reason(self, endpoint: str) -> str:
        """
        @return: the outcome that led to the probation.
        """
        record = self._records.get(endpoint)
        return "" if record is None else record.outcome

    def forgive(self, endpoint: str) -> None:
        """
        Forget what it did; so we do after a new handshake.
        """
        self._records.pop(endpoint, None)
