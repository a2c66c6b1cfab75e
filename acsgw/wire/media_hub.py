"""
One reader under the reactor for all audio sockets of the process.

The reactor's own way from a readable socket to its protocol is longer than what the
gateway does with a frame.  So sockets of plain TCP are read here, all that are ready
in one turn; what was said in a turn may be worked on together at its end.

A turn has three steps: all that is ready is read, then all of it is worked on, then all
that is to be sent is sent.  The kernel's code and ours do not drive each other out
of the caches with every frame, and a peer on the same machine is woken once.

Two ways to read.  B{Events}: the reactor tells as soon as anything is there.
B{Ticks}: nobody is told, every millisecond all are looked at; from a dozen
calls on that is cheaper, since most turns of a reactor are for one socket only.
With C{ticks="auto"} it is whichever suits the number of sockets.

The end of a connection is left to Twisted: the socket is given back, and the reactor
finds the same.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from twisted.internet.interfaces import (
    IDelayedCall,
    IReactorFDSet,
    IReadDescriptor,
    ISSLTransport,
)
from twisted.internet.main import CONNECTION_LOST
from twisted.internet.tcp import Connection
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from .seat import Seat

#: Between two looks at all sockets, in seconds.
TICK_SECONDS = 0.001

#: So many sockets make ticks cheaper than events; below the other, they are not.
TICK_FROM, TICK_BELOW = 24, 12

#: Bytes that are read at once: several frames; if there is more it is soon read too.
_READ_BYTES = 16 * 1024

#: Sockets in one turn.  What is read for them, and what is to be sent, is to stay in
#: the caches until the end of it.
_MOST_READY = 64


class Way(Protocol):
    """
    Out of a socket: see L{acsgw.wire.out_way}.
    """

    def write(self, frame: bytes, is_audio: bool) -> None: ...


@implementer(IReadDescriptor)
class MediaHub:
    """
    @ivar frame_shortcut: do whole audio frames go past Autobahn, and their sockets
        past the reactor?
    @ivar in_turn: are sockets being read just now?  What was C{at_turn_end} will be
        called then.
    """

    _log = Logger()

    def __init__(
        self, reactor: Any, frame_shortcut: bool = True, ticks: str = "auto"
    ) -> None:
        """
        @param reactor: without C{IReactorFDSet} all stays as it is.
        @param ticks: C{"auto"}, C{"always"} or C{"never"}.
        """
        self.reactor = reactor
        self.frame_shortcut = frame_shortcut
        self.in_turn = False
        self._gathers = False
        self._gathered: list[tuple[Way, bytes, bool]] = []
        self._ticks = ticks
        self._seats: dict[int, Seat] = {}
        self._epoll: Any = None
        self._ticking: IDelayedCall | None = None
        self._reading = False
        self._at_turn_end: list[Callable[[], None]] = []

    @property
    def sockets(self) -> int:
        """
        So many are read here.
        """
        return len(self._seats)

    def at_turn_end(self, work: Callable[[], None]) -> None:
        """
        Call C{work} whenever all that was ready has been read.
        """
        self._at_turn_end.append(work)

    def join(self, transport: Any, receive: Callable[[bytes], None]) -> Seat | None:
        """
        Read this socket in place of the reactor.

        @param receive: told what came; never with nothing.

        @return: L{None} if it must stay where it is.
        """
        if not self.frame_shortcut or not self._takes(transport):
            return None
        seat = Seat(transport, receive, self._unseat)
        transport.stopReading()
        self._seats[seat.fileno] = seat
        self._epoll.register(seat.fileno, select.EPOLLIN)
        self._choose()
        return seat

    def _takes(self, transport: Any) -> bool:
        if (
            not isinstance(transport, Connection)
            or ISSLTransport.providedBy(transport)
            or not IReactorFDSet.providedBy(self.reactor)
            or transport.disconnecting
            or not hasattr(select, "epoll")
        ):
            return False
        if self._epoll is None:
            self._epoll = select.epoll()
            # It ends the connections that it knows.
            reactor: Any = self.reactor
            reactor.addSystemEventTrigger(
                "during", "shutdown", self._lose_all, Failure(CONNECTION_LOST)
            )
        return True

    def _unseat(self, seat: Seat) -> None:
        if self._seats.get(seat.fileno) is not seat:
            return  # closed behind our back, and its number has a new owner
        del self._seats[seat.fileno]
        with suppress(OSError):  # it was closed, and the kernel has forgotten it
            self._epoll.unregister(seat.fileno)
        self._choose()

    # Events or ticks.

    def _choose(self) -> None:
        """
        The number of sockets is another.
        """
        many = len(self._seats)
        ticks = bool(many) and (
            self._ticks == "always"
            or (
                self._ticks == "auto"
                and many >= (TICK_BELOW if self._ticking else TICK_FROM)
            )
        )
        if ticks and self._ticking is None:
            self._ticking = self.reactor.callLater(TICK_SECONDS, self._tick)
        elif not ticks and self._ticking is not None:
            ticking, self._ticking = self._ticking, None
            if ticking.active():
                ticking.cancel()
        reads = bool(many) and not ticks
        if reads != self._reading:
            self._reading = reads
            (self.reactor.addReader if reads else self.reactor.removeReader)(self)

    def _tick(self) -> None:
        began = self.reactor.seconds()
        ticking = self._ticking = self.reactor.callLater(TICK_SECONDS, self._tick)
        self.doRead()
        if self.reactor.seconds() - began > TICK_SECONDS / 2 and ticking.active():
            # The kernel counts whole milliseconds: the next one would be late.
            ticking.reset(0)

    # A turn.

    def doRead(self) -> None:
        """
        Read all sockets that are ready, each about once.
        """
        for _ in range(0, len(self._seats) or 1, _MOST_READY):
            ready = self._epoll.poll(0, _MOST_READY)
            self._turn(ready)
            if len(ready) < _MOST_READY:
                return

    def _turn(self, ready: list[tuple[int, int]]) -> None:
        self.in_turn = self._gathers = True
        try:
            self._work_on(self._read_all(ready))
        finally:
            self.in_turn = False
            for work in self._at_turn_end:
                try:
                    work()
                except BaseException:  # see _broken
                    self._log.failure("the end of a turn of audio")
            self._gathers = False
            self.send_gathered()

    def _read_all(
        self, ready: list[tuple[int, int]]
    ) -> list[tuple[Seat, bytes | None]]:
        """
        @param ready: file descriptors, each with what is there.

        @return: who got what; L{None}: an error.
        """
        seats = self._seats
        came: list[tuple[Seat, bytes | None]] = []
        for fileno, _ in ready:
            seat = seats.get(fileno)
            if seat is None:
                continue  # the kernel is slow to forget it
            # Each is called as a local: CPython has no short way to call an attribute
            # that is no method.
            recv = seat.recv
            try:
                came.append((seat, recv(_READ_BYTES)))
            except BlockingIOError:
                continue
            except OSError:
                came.append((seat, None))
        return came

    def _work_on(self, came: list[tuple[Seat, bytes | None]]) -> None:
        for seat, data in came:
            if not seat.is_taken:
                continue  # it left in this turn, and nobody wants it
            if data:
                receive = seat.receive
                try:
                    receive(data)
                except BaseException:  # see _broken
                    self._broken(seat)
            elif data is None:
                # The kernel says it once: Twisted would find an end that is clean.
                self._lost(seat, Failure(CONNECTION_LOST))
            else:
                self._give_back(seat)

    def send(self, way: Way, frame: bytes, is_audio: bool) -> None:
        """
        Write this now, or at the end of the turn, in order.
        """
        if self._gathers:
            self._gathered.append((way, frame, is_audio))
        else:
            way.write(frame, is_audio)

    def send_gathered(self) -> None:
        """
        What is to be sent at the end of the turn is sent now.
        """
        while self._gathered:
            gathered, self._gathered = self._gathered, []
            for way, frame, is_audio in gathered:
                try:
                    way.write(frame, is_audio)
                except BaseException:  # see _broken
                    self._log.failure("writing to an audio socket")

    def _give_back(self, seat: Seat) -> None:
        """
        What is there now is for the reactor to find.
        """
        seat.leave()
        seat.transport.startReading()

    def _broken(self, seat: Seat) -> None:
        """
        As the reactor does it: one protocol's bug costs one connection, even if it
        raised what is no L{Exception}; else it would be the hub that is removed.
        """
        self._log.failure("reading an audio socket")
        seat.leave()
        seat.transport.abortConnection()

    # What the reactor asks of a reader.

    def fileno(self) -> int:
        """
        The kernel's list of our sockets: readable if one of them is.
        """
        number: int = self._epoll.fileno()
        return number

    def connectionLost(self, reason: Failure) -> None:
        """
        The reactor is done, or reads the hub no more: it does not know our sockets.
        """
        self._lose_all(reason)

    def _lose_all(self, reason: Failure) -> None:
        for seat in list(self._seats.values()):
            self._lost(seat, reason)

    def _lost(self, seat: Seat, reason: Failure) -> None:
        seat.leave()
        try:
            seat.transport.connectionLost(reason)
        except BaseException:  # see _broken
            self._log.failure("the end of an audio socket")

    def logPrefix(self) -> str:
        """
        Who speaks in the log.
        """
        return "media hub"
