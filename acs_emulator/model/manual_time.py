"""
How far a manual clock may be moved at once.
"""

from __future__ import annotations

from collections.abc import Iterable

#: Seconds in one order.
LONGEST = 7 * 24 * 3600.0


def next_stop(now: float, target: float, due: Iterable[float]) -> float:
    """
    @param due: when the timers are due, all in seconds.

    @return: where to stop next on the way to C{target}: each moment at which a
        timer is due is a stop of its own, so that what it does can be seen
        before time goes on.
    """
    return max(now, min((moment for moment in due if moment <= target), default=target))
