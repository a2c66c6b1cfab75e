"""
One socket's place at the media hub.
"""

from __future__ import annotations

from collections.abc import Callable
from socket import socket

from twisted.internet.tcp import Connection


class Seat:
    """
    @ivar transport: Twisted's, which reads nothing meanwhile.
    @ivar receive: told what came; never with nothing.
    @ivar recv: the socket's own.
    @ivar is_taken: or has it been left?
    """

    __slots__ = ("_unseat", "fileno", "is_taken", "receive", "recv", "transport")

    def __init__(
        self,
        transport: Connection,
        receive: Callable[[bytes], None],
        unseat: Callable[[Seat], None],
    ) -> None:
        handle: socket = transport.getHandle()
        self._unseat = unseat
        self.transport = transport
        self.receive = receive
        self.recv = handle.recv
        self.fileno = handle.fileno()
        self.is_taken = True

    def leave(self) -> None:
        """
        Nothing is read any more; no harm if that is so already.
        """
        if self.is_taken:
            self.is_taken = False
            self._unseat(self)
