"""
Programs under test collect their garbage when they get SIGUSR2, so that the memory of
all is measured at the same moment of their lives.
"""

from __future__ import annotations

import gc
import signal


def collect_when_told() -> None:
    """
    From now on.
    """
    signal.signal(signal.SIGUSR2, lambda *_: gc.collect())
