"""
CPU time of small things.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable

import numpy as np

ROUNDS = 7


def microseconds(work: Callable[[], object], times: int = 2000) -> float:
    """
    @return: CPU time of all threads for one turn: the best of several rounds, since
        other programs can only add to it.
    """
    work()
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(times):
            work()
        best = min(best, time.process_time() - start)
    return best / times * 1e6


def machine() -> str:
    """
    @return: what figures depend on, in one line.
    """
    return (
        f"{platform.machine()}, {os.cpu_count()} CPUs (load {os.getloadavg()[0]:.1f}), "
        f"Python {platform.python_version()}, numpy {np.__version__}"
    )
