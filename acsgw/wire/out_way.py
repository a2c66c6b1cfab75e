"""
The way out of an audio socket: to the kernel at once, if it takes it; else it waits.

Twisted's C{write} is an event of the reactor's and two system calls more for each
frame.  Those are only worth it when the kernel is full.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.interfaces import IPushProducer, ISSLTransport
from twisted.internet.tcp import Connection
from zope.interface import implementer

from .out_buffer import OutBuffer


class OutWay(Protocol):
    """
    @ivar buffer: what waits.
    """

    @property
    def buffer(self) -> OutBuffer: ...
    def write(self, frame: bytes, is_audio: bool) -> None: ...
    def leave(self) -> None: ...


def open_way(transport: Any, short: bool, pressed: Callable[[bool], None]) -> OutWay:
    """
    @param transport: nobody is its producer; the way is, from now on.
    @param short: write past Twisted, where that can be done.
    @param pressed: told that the peer does not read, perhaps more than once; and that
        it does again.
    """
    way: DirectWay | TwistedWay
    if short and isinstance(transport, Connection) and not _is_tls(transport):
        way = DirectWay(transport, pressed)
        # One that is pulled from hears each time that nothing is left to write.
        transport.registerProducer(way, False)
    else:
        way = TwistedWay(transport, pressed)
        transport.registerProducer(way, True)
    return way


def _is_tls(transport: Any) -> bool:
    is_tls: bool = ISSLTransport.providedBy(transport)
    return is_tls


@implementer(IPushProducer)
class TwistedWay:
    """
    Everything goes through C{transport.write}, until 64 KB wait there.
    """

    def __init__(self, transport: Any, pressed: Callable[[bool], None]) -> None:
        self._transport = transport
        self._pressed = pressed
        self._paused = False
        self.buffer = OutBuffer()

    def write(self, frame: bytes, is_audio: bool) -> None:
        """
        In order with all others.
        """
        if self._paused:
            self.buffer.put(frame, is_audio)
            self._pressed(True)
        else:
            self._transport.write(frame)

    def leave(self) -> None:
        """
        What waits goes first.
        """
        self._flush()

    def pauseProducing(self) -> None:
        self._paused = True
        self._pressed(True)

    def resumeProducing(self) -> None:
        self._paused = False
        self._flush()
        if not self._paused:
            self._pressed(False)

    def stopProducing(self) -> None:
        """The connection is gone: onClose tells."""

    def _flush(self) -> None:
        waiting = self.buffer.take()
        if waiting:
            self._transport.write(waiting)


@implementer(IPushProducer)
class DirectWay:
    """
    For plain TCP: a frame goes to the kernel when it is written; what the kernel does
    not take goes to Twisted, which tells when it is through with it, and what comes
    meanwhile waits here.
    """

    __slots__ = (
        "_busy",
        "_direct",
        "_pressed",
        "_registered",
        "_to_kernel",
        "_transport",
        "buffer",
    )

    def __init__(self, transport: Any, pressed: Callable[[bool], None]) -> None:
        """
        What Twisted may still have of the handshake is not known: so the first frame
        goes its way too.
        """
        self._transport = transport
        self._to_kernel = transport.getHandle().send
        self._pressed = pressed
        self._registered = False
        self._direct = False
        self._busy = False
        self.buffer = OutBuffer()

    def write(self, frame: bytes, is_audio: bool) -> None:
        """
        In order with all others.
        """
        if not self._busy:
            if self._direct:
                to_kernel = self._to_kernel
                try:
                    sent = to_kernel(frame)
                except OSError:
                    # The kernel is full; or the connection is lost: the reactor finds
                    # out, and does what is due.
                    sent = 0
                if sent == len(frame):
                    return
                frame = frame[sent:]
            self._busy = True
            self._transport.write(frame)
        elif not self.buffer.put(frame, is_audio):
            self._pressed(True)

    def leave(self) -> None:
        """
        What waits goes first.
        """
        waiting = self.buffer.take()
        if waiting:
            self._transport.write(waiting)

    def pauseProducing(self) -> None:
        """Who is pulled from is not paused."""

    def resumeProducing(self) -> None:
        """
        Twisted has nothing left to write.
        """
        if not self._registered:  # it asks once before anything
            self._registered = True
            return
        self._direct, self._busy = True, False
        waiting = self.buffer.take()
        if waiting:
            self.write(waiting, False)
        self._pressed(False)

    def stopProducing(self) -> None:
        """The connection is gone: onClose tells."""
