"""
What came back of one run, in figures: delays, late and lost frames, CPU time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .ledger import Times

#: A frame that came back later than this (in ms) would have been heard as a gap by
#: a phone that has no more in store than a frame.
LATE_MS = 20.0

#: A load generator that uses more of its core cannot keep its times.
GENERATOR_BUSY = 0.8

#: If others had so much of a core, it is told.
DISTURBED = 0.05

SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "max": 1.0}


def percentile(ordered: Sequence[float] | Times, share: float) -> float:
    """
    @param ordered: in ascending order, not empty.
    @param share: 0 to 1.

    @return: the smallest value that so many of them do not exceed.
    """
    rank = -int(-share * len(ordered) // 1)  # rounded up
    return float(ordered[min(max(rank, 1), len(ordered)) - 1])


def percentiles(values: Sequence[float] | Times) -> dict[str, float]:
    """
    @return: by the names of L{SHARES}; empty if there is nothing.
    """
    ordered = np.sort(values)
    if not len(ordered):
        return {}
    return {name: round(percentile(ordered, s), 3) for name, s in SHARES.items()}


@dataclass(frozen=True, kw_only=True)
class Result:
    """
    One program with so many calls.

    @ivar calls: that were wanted.
    @ivar up: calls whose audio came back at all.
    @ivar silent: frames of silence that nobody sent: a program fills up with them what
        it had no audio for.
    @ivar seconds: that were measured.
    @ivar cpu_seconds: of the program in that time.
    @ivar worker_seconds: of each of its processes, if it has several.
    @ivar waited_seconds: that it was ready to run and its core was taken by others.
    @ivar delay_ms: there and back, by the names of L{SHARES}.
    @ivar to_agent_ms: of the way in alone, where it can be told.
    @ivar late: frames that took longer than L{LATE_MS} more than the fastest.
    @ivar over: frames that took longer than L{LATE_MS}, or never came.
    @ivar warm_calls: calls that there were when C{idle_kb} was taken.
    @ivar idle_kb: resident memory with the first few calls, when all that is loaded
        only once is there.
    @ivar loaded_kb: at the end of the measurement, with all calls.
    @ivar crowded: did a process of the program share its core with another?
    @ivar generator: "C++" or "Python".
    @ivar generator_cpu: share of its core that the load generator used.
    @ivar generator_waited: share of the time that it was ready and others had its core.
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
    over: int
    damaged: int
    repeated: int
    silent: int
    cpu_seconds: float
    worker_seconds: list[float]
    waited_seconds: float
    delay_ms: dict[str, float]
    to_agent_ms: dict[str, float]
    warm_calls: int
    idle_kb: int
    loaded_kb: int
    crowded: bool
    generator: str
    generator_cpu: float
    generator_waited: float
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
        Memory that came with each call after the first few.
        """
        return (self.loaded_kb - self.idle_kb) / (self.calls - self.warm_calls)

    @property
    def full(self) -> bool:
        """
        Had the program no time left?
        """
        busy = self.cpu_seconds + self.waited_seconds
        return busy > 0.95 * self.seconds * len(self.worker_seconds)

    @property
    def held_back(self) -> bool:
        """
        Was the load generator the limit?
        """
        return self.generator_cpu > GENERATOR_BUSY

    @property
    def disturbed(self) -> bool:
        """
        Had others more of the cores than figures can bear?
        """
        worst = max(self.waited_seconds / self.seconds, self.generator_waited)
        return worst > DISTURBED

    @property
    def carried(self) -> bool:
        """
        Did all calls have audio, and 99 of 100 frames come back within L{LATE_MS}?
        """
        return self.up == self.calls and self.over <= self.frames / 100

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


def late_frames(delays: Times) -> int:
    """
    @param delays: of one call, in ms.

    @return: how many took longer than its fastest and L{LATE_MS}: what a program
        holds back always is a delay, not lateness.
    """
    if not len(delays):
        return 0
    return int(np.sum(delays > np.min(delays) + LATE_MS))
