"""
How late the 20 ms clock is: a histogram that is cheap to fill, and what
percentiles follow from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Fine steps up to 100 ms, coarse ones above.
_FINE_MS = 0.25
_FINE = 400
_COARSE_MS = 10.0
_LAST = _FINE + 500


@dataclass
class Histogram:
    """
    Counts frames by how late they were sent.

    @ivar buckets: by number; see L{upper_ms}.
    """

    buckets: dict[int, int] = field(default_factory=dict)
    max_ms: float = 0.0

    def add(self, seconds: float) -> None:
        """
        One frame was so late.
        """
        ms = seconds * 1000
        bucket = int(ms / _FINE_MS)
        if bucket >= _FINE:
            bucket = min(_LAST, _FINE + int((ms - _FINE * _FINE_MS) / _COARSE_MS))
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1
        if ms > self.max_ms:
            self.max_ms = ms


def upper_ms(bucket: int) -> float:
    """
    @return: no frame of this bucket was later than that.
    """
    if bucket < _FINE:
        return (bucket + 1) * _FINE_MS
    return _FINE * _FINE_MS + (bucket - _FINE + 1) * _COARSE_MS


def percentiles(buckets: Mapping[int, int]) -> dict[str, float]:
    """
    @return: C{p50}, C{p95}, C{p99}, C{p999} and C{worst} in ms, rounded up to the
        width of a bucket; nothing if nothing was counted.
    """
    total = sum(buckets.values())
    if not total:
        return {}
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p999": 0.999, "worst": 1.0}
    found: dict[str, float] = {}
    seen = 0
    for bucket in sorted(buckets):
        seen += buckets[bucket]
        for name, share in shares.items():
            if name not in found and seen >= share * total:
                found[name] = upper_ms(bucket)
    return found
