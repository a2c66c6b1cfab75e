"""
How many calls a program carries: tried with more and fewer until it is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .figures import Result

#: Tried in any case, so that all programs have a curve.
_FIRST = (10, 40)
_CURVE = 200

#: The largest number that is carried is known when it is between two that do not
#: differ by more.
_PRECISION = 1.04

#: Share of the limit at which delay and memory are measured.
WORKING_SHARE = 0.8

#: What failed while others had a core is tried so often.
_TRIES = 3

#: Measures so many calls, for so many seconds (L{None}: as long as wanted for good).
Measure = Callable[[int, float | None], Result]


@dataclass(frozen=True)
class Limit:
    """
    @ivar calls: the largest number that was carried; 0 if not even the smallest was.
    @ivar over: the smallest number that was too many; L{None} if none was.
    @ivar probes: all that was measured, in order of time.
    @ivar working: what was measured at L{WORKING_SHARE}.
    """

    program: str
    calls: int
    over: int | None
    probes: list[Result]
    working: Result | None

    @property
    def held_back(self) -> bool:
        """
        Was it the load generator that carried no more?
        """
        return any(probe.held_back for probe in self._too_many())

    @property
    def disturbed(self) -> bool:
        """
        Did others have a core each time that more were tried?
        """
        return self.over is not None and all(p.disturbed for p in self._too_many())

    def _too_many(self) -> list[Result]:
        return [p for p in self.probes if p.calls == self.over and not p.carried]

    @property
    def shown(self) -> str:
        """
        The number of calls, and C{+} if the program may carry more.
        """
        return f"{self.calls}{'+' * (self.held_back or self.over is None)}"

    def at(self, calls: int) -> Result | None:
        """
        @return: what was measured with so many, if it was and they were carried.
        """
        found = [p for p in self.measured if p.calls == calls and p.carried]
        return found[-1] if found else None

    @property
    def measured(self) -> list[Result]:
        """
        All that was.
        """
        return [*self.probes, *([] if self.working is None else [self.working])]

    def as_json(self) -> dict[str, Any]:
        """
        @return: for the file of the run.
        """
        return {
            "program": self.program,
            "calls": self.calls,
            "over": self.over,
            "held_back_by_generator": self.held_back,
            "probes": [probe.as_json() for probe in self.probes],
            "working": None if self.working is None else self.working.as_json(),
        }

    @staticmethod
    def from_json(body: dict[str, Any]) -> Limit:
        """
        @return: what L{as_json} was made from.
        """
        working = body["working"]
        return Limit(
            body["program"],
            body["calls"],
            body["over"],
            [Result.from_json(probe) for probe in body["probes"]],
            None if working is None else Result.from_json(working),
        )


@dataclass
class Search:
    """
    Says what to try next.

    @ivar most: calls that are tried at most.
    @ivar carried: the most that were carried, and what share of its core the program
        took for them.
    @ivar over: the fewest that were too many.
    """

    most: int
    first: Sequence[int] = _FIRST
    carried: int = 0
    over: int | None = None
    _share: float = field(default=0.0, init=False)

    def next(self) -> int | None:
        """
        @return: L{None} if it is known.
        """
        if self.over is None:
            waiting = [n for n in self.first if self.carried < n <= self.most]
            if waiting:
                return waiting[0]
            if self.carried >= self.most:
                return None
            # By what a call costs; delays grow before the core is full.
            guess = 0.95 * self.carried / max(self._share, 0.01)
            guess = min(max(guess, 1.1 * self.carried), 5 * self.carried, self.most)
            return max(round(guess), self.carried + 1)
        if self.over <= max(self.carried * _PRECISION, self.carried + 1):
            return None
        return (self.carried + self.over) // 2

    def told(self, result: Result) -> None:
        """
        That was tried.
        """
        if result.carried:
            self.carried = max(self.carried, result.calls)
            self._share = result.core
        elif self.over is None or result.calls < self.over:
            self.over = result.calls


def find_limit(
    program: str, measure: Measure, most: int, probe_seconds: float
) -> Limit:
    """
    Search, then measure for good at L{WORKING_SHARE} of what was found.

    @raise BenchFailed: if it can't be measured.
    """
    search = Search(most)
    probes: list[Result] = []

    def probe(calls: int) -> Result:
        for _ in range(_TRIES):
            result = measure(calls, probe_seconds)
            probes.append(result)
            if result.carried or not result.disturbed:
                break
        return result

    while (calls := search.next()) is not None:
        search.told(probe(calls))
    if search.carried > _CURVE:
        probe(_CURVE)
    working = None
    if search.carried:
        calls = max(1, int(search.carried * WORKING_SHARE))
        working = measure(calls, None)
        if working.disturbed:
            again = measure(calls, None)
            working = min(working, again, key=lambda r: r.waited_seconds)
    return Limit(program, search.carried, search.over, probes, working)
