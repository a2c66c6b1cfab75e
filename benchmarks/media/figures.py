"""
What came back of one run, in figures: delays, late and lost frames, CPU time.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

#: A frame that came back later than this (in ms) would have been heard as a gap by
#: a phone that has no more in store than a frame.
LATE_MS = 20.0

SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "max": 1.0}


def percentile(ordered: Sequence[float], share: float) -> float:
    """
    @param ordered: in ascending order, not empty.
    @param share: 0 to 1.

    @return: the smallest value that so many of them do not exceed.
    """
    rank = -int(-share * len(ordered) // 1)  # rounded up
    return ordered[min(max(rank, 1), len(ordered)) - 1]


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """
    @return: by the names of L{SHARES}; empty if there is nothing.
    """
    ordered = sorted(values)
    if not ordered:
        return {}
    return {name: round(percentile(ordered, s), 3) for name, s in SHARES.items()}


@dataclass
class CallLedger:
    """
    The frames of one call: when they were sent, and what came of them.

    @ivar sent: when, in seconds; as many as were sent.
    @ivar damaged: messages that could not be told, or were not what had been sent.
    @ivar repeated: frames that came back more than once.
    """

    sent: array[float] = field(default_factory=lambda: array("d"))
    back: dict[int, float] = field(default_factory=dict)
    damaged: int = 0
    repeated: int = 0

    def came_back(self, number: int, now: float) -> None:
        """
        A frame is back.
        """
        if number in self.back:
            self.repeated += 1
        else:
            self.back[number] = now - self.sent[number]

    def window(self, begin: float, end: float) -> tuple[list[float], int]:
        """
        @return: delays in ms of the frames that were sent in that time and came
            back, and how many did not.
        """
        delays, lost = [], 0
        for number, at in enumerate(self.sent):
            if begin <= at < end:
                delay = self.back.get(number)
                if delay is None:
                    lost += 1
                else:
                    delays.append(delay * 1000)
        return delays, lost


@dataclass(frozen=True, kw_only=True)
class Result:
    """
    One program with so many calls.

    @ivar calls: that were wanted.
    @ivar up: calls whose audio came back at all.
    @ivar seconds: that were measured.
    @ivar cpu_seconds: of the program in that time.
    @ivar waited_seconds: that it was ready to run and its core was taken by others.
    @ivar delay_ms: there and back, by the names of L{SHARES}.
    @ivar to_agent_ms: of the way in alone, where it can be told.
    @ivar late: frames that took longer than L{LATE_MS} more than the fastest.
    @ivar idle_kb: resident memory before the first call.
    @ivar loaded_kb: at the end of the measurement.
    @ivar generator_cpu: share of its core that the load generator used.
    @ivar generator_late_ms: how late it sent, by the names of L{SHARES}.
    @ivar generator_skipped: frames that it left out of each call since it had no time.
    """

    program: str
    calls: int
    up: int
    seconds: float
    frames: int
    lost: int
    late: int
    damaged: int
    repeated: int
    cpu_seconds: float
    waited_seconds: float
    delay_ms: dict[str, float]
    to_agent_ms: dict[str, float]
    idle_kb: int
    loaded_kb: int
    generator_cpu: float
    generator_late_ms: dict[str, float]
    generator_skipped: int

    @property
    def cpu_ms(self) -> float:
        """
        CPU time in ms for each second of a call.
        """
        return self.cpu_seconds * 1000 / (self.calls * self.seconds)

    @property
    def core(self) -> float:
        """
        Share of its core that the program used.
        """
        return self.cpu_seconds / self.seconds

    @property
    def kb_a_call(self) -> float:
        """
        Memory that came with a call.
        """
        return (self.loaded_kb - self.idle_kb) / self.calls

    def as_json(self) -> dict[str, Any]:
        """
        @return: for the file of the run.
        """
        return {
            **asdict(self),
            "cpu_ms_per_call_second": round(self.cpu_ms, 3),
            "kb_a_call": round(self.kb_a_call, 1),
        }

    @staticmethod
    def from_json(body: dict[str, Any]) -> Result:
        """
        @return: what L{as_json} was made from.
        """
        known = Result.__dataclass_fields__
        return Result(**{name: body[name] for name in known})


def late_frames(delays: Sequence[float]) -> int:
    """
    @param delays: of one call, in ms.

    @return: how many took longer than its fastest and L{LATE_MS}: what a program
        holds back always is a delay, not lateness.
    """
    if not delays:
        return 0
    limit = min(delays) + LATE_MS
    return sum(delay > limit for delay in delays)
