"""
The transfers that were tried for one call, told apart by their contexts.
"""

from __future__ import annotations

from collections.abc import Mapping


class Attempts:
    """
    Knows whether a verdict is that of the transfer that is under way: that of an
    earlier one may come late.

    @ivar handed_over: the variables that went with the one that was accepted.
    """

    def __init__(self, call_id: str) -> None:
        self._call_id = call_id
        self._variables: dict[str, Mapping[str, str]] = {}
        self._latest = ""
        self.handed_over: Mapping[str, str] = {}

    def begin(self, variables: Mapping[str, str]) -> str:
        """
        @param variables: that are handed over.

        @return: the context of a new transfer; no other has the same.
        """
        self._latest = f"{self._call_id}/{len(self._variables) + 1}"
        self._variables[self._latest] = variables
        return self._latest

    def is_latest(self, context: str) -> bool:
        """
        @param context: as the verdict has it; a network that gives none back means
            the latest.
        """
        return bool(self._latest) and context in ("", self._latest)

    def accepted(self, context: str) -> bool:
        """
        The network has moved the caller.

        @return: whether we have asked for it.
        """
        variables = self._variables.get(context or self._latest)
        if variables is None:
            return False
        self.handed_over = variables
        return True
