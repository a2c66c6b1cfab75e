"""
What the IVR raises on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence


class IvrError(Exception):
    """
    Parent of all of them.
    """


class SettingsError(IvrError):
    """
    The settings cannot work; carries every problem found.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{count} problem{'s' if count > 1 else ''} with the settings:"
        super().__init__("\n".join([head, *(f"  {p}" for p in self.problems)]))


class BadHeaders(IvrError):
    """
    Something cannot travel in C{voipHeaders}; the text names it.
    """


class NotTaken(IvrError):
    """
    No further call is taken now; the text goes to the peer.
    """
