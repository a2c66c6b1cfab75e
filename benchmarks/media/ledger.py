"""
When frames were sent, and when they came back.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from math import isnan, nan

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.float64]


def _times() -> array[float]:
    return array("d")


@dataclass
class CallLedger:
    """
    The frames of one call.  All times are seconds of the monotonic clock, not a number
    for what never happened.

    @ivar sent: by the caller.
    @ivar heard: by the agent, where that can be told.
    @ivar back: when the caller had the echo.
    """

    sent: array[float] = field(default_factory=_times)
    heard: array[float] = field(default_factory=_times)
    back: array[float] = field(default_factory=_times)

    def send(self, now: float) -> int:
        """
        @return: the number of the frame.
        """
        self.sent.append(now)
        self.heard.append(nan)
        self.back.append(nan)
        return len(self.sent) - 1

    def came_back(self, number: int, now: float) -> bool:
        """
        @return: was it the first time?
        """
        first = isnan(self.back[number])
        if first:
            self.back[number] = now
        return first

    def window(self, begin: float, end: float) -> tuple[Times, int]:
        """
        @return: delays in ms of the frames that were sent in that time and came
            back, and how many did not.
        """
        took = self._took(self.back, begin, end)
        back = took[~np.isnan(took)]
        return back, len(took) - len(back)

    def to_agent(self, begin: float, end: float) -> Times:
        """
        @return: ms from the caller to the agent of the frames of that time.
        """
        took = self._took(self.heard, begin, end)
        return took[~np.isnan(took)]

    def _took(self, until: array[float], begin: float, end: float) -> Times:
        sent = np.frombuffer(self.sent)
        inside = (begin <= sent) & (sent < end)
        return (np.frombuffer(until)[inside] - sent[inside]) * 1000


@dataclass
class Ledger:
    """
    What a load generator saw.

    @ivar damaged: when audio came that was not what had been sent.
    @ivar repeated: when a frame came back once more.
    @ivar silent: when silence came that nobody had sent.
    @ivar skipped: when all calls left out a frame, since there was no time.
    @ivar due: when frames of some calls were to be sent ...
    @ivar late: ... and by how many seconds later they had been.
    """

    calls: list[CallLedger]
    damaged: array[float] = field(default_factory=_times)
    repeated: array[float] = field(default_factory=_times)
    silent: array[float] = field(default_factory=_times)
    skipped: array[float] = field(default_factory=_times)
    due: array[float] = field(default_factory=_times)
    late: array[float] = field(default_factory=_times)

    def lateness(self, begin: float, end: float) -> Times:
        """
        @return: in ms.
        """
        due = np.frombuffer(self.due)
        return np.frombuffer(self.late)[(begin <= due) & (due < end)] * 1000


def within(times: array[float], begin: float, end: float) -> int:
    """
    @return: how many.
    """
    return sum(begin <= time < end for time in times)


def read_ledger(data: bytes, calls: int) -> Ledger:
    """
    @param data: as C{native/ledger.h} writes it: each list of times after its length
        (64 bits), in the order of the fields, those of the calls first.

    @raise ValueError: if it is something else.
    """
    at = 0

    def times() -> array[float]:
        nonlocal at
        size = int.from_bytes(data[at : at + 8], "little") * 8
        found = array("d")
        found.frombytes(data[at + 8 : at + 8 + size])
        at += 8 + size
        if at > len(data):
            raise ValueError("the ledger of the load generator is cut short")
        return found

    ledger = Ledger([CallLedger(times(), times(), times()) for _ in range(calls)])
    for name in ("damaged", "repeated", "silent", "skipped", "due", "late"):
        setattr(ledger, name, times())
    return ledger
