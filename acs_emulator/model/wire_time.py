"""
Moments, as the services write them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


def event_grid_time(seconds: float) -> str:
    """
    @return: with seven digits of a second, as Event Grid has them.
    """
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return text + "0Z"


def callback_time(seconds: float) -> str:
    """
    @return: with an offset, as mid-call events have it.
    """
    return event_grid_time(seconds)[:-1] + "+00:00"


def media_time(seconds: float) -> str:
    """
    @return: to a millisecond, as media frames have it.
    """
    whole, ms = divmod(round(seconds * 1_000_000) // 1000, 1000)
    return f"{_second(whole)}.{ms:03}Z"


@lru_cache(maxsize=64)
def _second(whole: int) -> str:
    # Fifty frames share it, for each call.
    return datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
