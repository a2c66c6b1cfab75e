"""
When to try again.
"""

from __future__ import annotations

from collections.abc import Callable

FIRST_SECONDS = 2.0
MOST_SECONDS = 600.0

#: What somebody must put right is not put right in seconds.
LASTING_SECONDS = 60.0


def wait_seconds(failures: int, lasting: bool, chance: Callable[[], float]) -> float:
    """
    @param failures: in a row, at least 1.
    @param lasting: does it take somebody to put it right?
    @param chance: from 0 to 1; so that many gateways do not come back at once.

    @return: until the next try; at most L{MOST_SECONDS}.
    """
    first = LASTING_SECONDS if lasting else FIRST_SECONDS
    # 2 ** 20 is far beyond the most, and no overflow.
    most = min(first * 2.0 ** min(failures - 1, 20), MOST_SECONDS)
    return most * (0.5 + chance() / 2)
