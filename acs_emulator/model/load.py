"""
A load of calls: when each is placed, and what came of all of them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .lateness import percentiles

#: Above this share of frames later than a frame lasts, the clock is not held.
HELD_LATE_MS = 20.0


def moments(calls: int, rate: float) -> list[float]:
    """
    @param rate: calls a second.

    @return: when each call is placed, in seconds.
    """
    return [i / rate for i in range(calls)]


def percentile(values: Sequence[float], share: float) -> float:
    """
    @param values: not empty.

    @return: the smallest value that C{share} of all do not exceed.
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def spread(values: Sequence[float]) -> dict[str, float]:
    """
    @return: percentiles and the worst; nothing of nothing.
    """
    if not values:
        return {}
    return {
        "p50": round(percentile(values, 0.5), 3),
        "p95": round(percentile(values, 0.95), 3),
        "p99": round(percentile(values, 0.99), 3),
        "worst": round(max(values), 3),
    }


@dataclass(frozen=True, kw_only=True)
class LoadReport:
    """
    @ivar answer: seconds from ring to answer.
    @ivar media: seconds from ring to open media stream.
    @ivar first_audio: seconds from ring to the first sound from the far end.
    @ivar gaps: gaps heard within utterances, call by call.
    @ivar late_ms: of frames of the 20 ms clock.
    """

    calls: int
    outcomes: Mapping[str, int]
    answer: Mapping[str, float]
    media: Mapping[str, float]
    first_audio: Mapping[str, float]
    gaps: Mapping[str, float]
    frames: int
    late_ms: Mapping[str, float]
    violations: int

    @property
    def held(self) -> bool:
        """
        Was the 20 ms clock held: 99 of 100 frames less than a frame late?
        """
        return self.late_ms.get("p99", 0.0) <= HELD_LATE_MS

    def body(self) -> dict[str, Any]:
        """
        @return: for JSON.
        """
        return {
            "calls": self.calls,
            "outcomes": dict(self.outcomes),
            "seconds_to_answer": dict(self.answer),
            "seconds_to_media": dict(self.media),
            "seconds_to_first_audio": dict(self.first_audio),
            "gaps_heard": dict(self.gaps),
            "frames_sent": self.frames,
            "frame_late_ms": dict(self.late_ms),
            "clock_held": self.held,
            "violations": self.violations,
        }


def report(
    calls: Sequence[Mapping[str, Any]],
    refused: Mapping[str, int],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> LoadReport:
    """
    @param calls: as the control API tells them.
    @param refused: reasons for which calls could not be placed at all.
    @param before: the state of the 20 ms clock at the start.
    @param after: and at the end.
    """
    buckets = {
        int(bucket): count - before["buckets"].get(bucket, 0)
        for bucket, count in after["buckets"].items()
    }
    buckets = {bucket: count for bucket, count in buckets.items() if count}
    outcomes = Counter(str(call["outcome"] or call["state"]) for call in calls)
    return LoadReport(
        calls=len(calls) + sum(refused.values()),
        outcomes={**dict(outcomes.most_common()), **refused},
        answer=spread(_first(calls, "answered")),
        media=spread(_first(calls, "media_open")),
        first_audio=spread(_first(calls, "agent_heard")),
        gaps=spread([call["counters"]["underruns"] for call in calls]),
        frames=sum(buckets.values()),
        late_ms=percentiles(buckets),
        violations=sum(call["counters"]["violations"] for call in calls),
    )


def _first(calls: Sequence[Mapping[str, Any]], what: str) -> list[float]:
    return [
        next(line["seconds"] for line in call["story"] if line["what"] == what)
        for call in calls
        if any(line["what"] == what for line in call["story"])
    ]


def table(found: LoadReport) -> list[str]:
    """
    @return: for people.
    """
    lines = [f"{found.calls} calls"]
    lines += [f"  {count:6}  {text}" for text, count in found.outcomes.items()]
    lines.append(f"{'':26}{'p50':>9}{'p95':>9}{'p99':>9}{'worst':>9}")
    for name, values in (
        ("ring to answer, s", found.answer),
        ("ring to media, s", found.media),
        ("ring to first audio, s", found.first_audio),
        ("gaps heard in a call", found.gaps),
        ("frame late, ms", found.late_ms),
    ):
        numbers = "".join(
            f"{values[key]:9.2f}" if key in values else f"{'-':>9}"
            for key in ("p50", "p95", "p99", "worst")
        )
        lines.append(f"{name:26}{numbers}")
    lines.append(f"{found.frames} frames sent; {found.violations} violations")
    if not found.held:
        lines.append(
            "The emulator could NOT hold its 20 ms clock: what callers heard may be "
            "its own fault. Place fewer calls, or give it a faster core."
        )
    return lines
