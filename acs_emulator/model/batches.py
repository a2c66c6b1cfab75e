"""
Output batching: which of the waiting events go into one request.

After "Output batching" in "Event Grid message delivery and retry": the number is
never exceeded, the size only by a single event that is larger itself; a batch
succeeds or fails as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence


def batch_length(sizes: Sequence[int], *, most: int, kilobytes: int) -> int:
    """
    @param sizes: of the waiting events, in bytes, first come first.
    @param most: events in one request.
    @param kilobytes: the size wanted for a request.

    @return: how many of them to send now; at least one if any waits.
    """
    total = 0
    for index, size in enumerate(sizes[:most]):
        total += size
        if total > kilobytes * 1024:
            return max(index, 1)
    return min(len(sizes), most)
