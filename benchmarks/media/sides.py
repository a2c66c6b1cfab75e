"""
What a load generator has to do: Azure's side of the media sockets, and the agent's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .ledger import Ledger


@dataclass(frozen=True)
class Status:
    """
    @ivar media: media sockets that are open.
    @ivar agents: sockets of the agent that are open.
    @ivar back: calls of which a frame has come back.
    """

    media: int
    agents: int
    back: int


class Sides(Protocol):
    """
    Each call talks from when its media socket is open.  The agent says nothing until it
    is told to.
    """

    @property
    def pid(self) -> int:
        """
        Of the process that has the sockets.
        """

    async def listen(self, port: int) -> None:
        """
        Take the agent's sockets.

        @raise OSError: if the port is in use.
        """

    async def open_media(self, number: int, url: str) -> None:
        """
        Open the media socket of a call.
        """

    async def status(self) -> Status:
        """
        What there is now.
        """

    def echo(self) -> None:
        """
        From now on the agent says what it hears.
        """

    def hang_up(self) -> None:
        """
        All callers leave.
        """

    async def ledger(self) -> Ledger:
        """
        @return: what has been so far.
        """

    async def close(self) -> None:
        """
        No more of it.
        """
