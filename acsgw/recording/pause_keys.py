"""
Keys with which a recording is paused and resumed.
"""

from __future__ import annotations

from enum import Enum


class Wish(Enum):
    """
    What the last keys ask for.
    """

    PAUSE = "pause"
    RESUME = "resume"


class PauseKeys:
    """
    Two sequences of keys among all that are pressed.  If they are the same, they do the
    one and then the other.
    """

    def __init__(self, pause: str, resume: str) -> None:
        """
        @param pause: empty: keys do not pause.
        """
        self._pause = pause
        self._resume = resume
        self._longest = max(len(pause), len(resume))
        self._last = ""

    def pressed(self, digit: str, paused: bool) -> Wish | None:
        """
        @param paused: is the recording paused by now?

        @return: what is asked for with this key.
        """
        if not self._longest:
            return None
        self._last = (self._last + digit)[-self._longest :]
        wanted = self._resume if paused else self._pause
        if not wanted or not self._last.endswith(wanted):
            return None
        self._last = ""
        return Wish.RESUME if paused else Wish.PAUSE
