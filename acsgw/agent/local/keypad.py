"""
Keys pressed one by one -> what was keyed in.
"""

from __future__ import annotations


class Keypad:
    """
    Collects digits until C{#} or a pause; C{*} starts again.
    """

    def __init__(self) -> None:
        self._digits = ""

    @property
    def pending(self) -> bool:
        """
        Whether digits wait for C{#} or a pause.
        """
        return bool(self._digits)

    def press(self, key: str) -> str:
        """
        @param key: one of C{0-9 * # A-D}.

        @return: what was keyed in, if this key completes it, else nothing.
        """
        if key == "#":
            return self.take()
        if key == "*":
            self._digits = ""
        elif key.isdigit():
            self._digits += key
        return ""

    def take(self) -> str:
        """
        No more keys come.

        @return: what was keyed in.
        """
        digits, self._digits = self._digits, ""
        return digits
