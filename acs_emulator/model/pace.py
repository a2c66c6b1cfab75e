"""
How Event Grid's long delays pass here.
"""

from __future__ import annotations

from dataclasses import dataclass

from .dead_letters import DELAY


@dataclass(frozen=True, kw_only=True)
class Pace:
    """
    @ivar speed: how many times faster than Azure's the delays of retries,
        probation, time to live and dead letters pass.
    @ivar jitter: the largest share by which waits are longer than planned;
        "small" is all that is documented.
    @ivar probation_after: failures in a row.
    @ivar dead_letter_delay: seconds, before C{speed}.
    """

    speed: float = 1.0
    jitter: float = 0.1
    probation_after: int = 10
    dead_letter_delay: float = DELAY
