"""
Business hours.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from .settings import DAYS, Hours


def is_open(hours: Hours, now: float) -> bool:
    """
    @param now: seconds since the epoch.
    """
    local = datetime.fromtimestamp(now, ZoneInfo(hours.time_zone))
    # Times of day are texts of five characters: they sort as they are.
    of_day = f"{local:%H:%M}"
    return DAYS[local.weekday()] in hours.days and hours.opens <= of_day < hours.closes
