"""
Can an agent be reached?  What the last tries say.

Core: time comes in as an argument, in seconds.
"""

from __future__ import annotations

#: So many failures in a row mean that it cannot.
FAILURES = 3

#: After this time one must try again to know, in seconds.
FORGOTTEN = 30.0


class Reachability:
    """
    Of one agent.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._last = 0.0
        self._reason = ""

    def tried(self, problem: str | None, now: float) -> None:
        """
        @param problem: L{None} if it was reached.
        """
        self._failures = 0 if problem is None else self._failures + 1
        self._last = now
        self._reason = problem or ""

    def not_ready(self, now: float) -> str | None:
        """
        @return: why no call should go there; L{None} if nothing speaks against it.
        """
        if self._failures < FAILURES or now - self._last > FORGOTTEN:
            return None
        return f"{self._failures} tries in a row failed, the last: {self._reason}"
