"""
The short way to and from a media socket.

For each frame that is written the reactor asks the kernel twice for an event and
waits for it once, and for each that is read it has another; with hundreds of
calls that is most of the work.  Here frames are given to the kernel without that,
those of one beat one after the other, and all sockets are looked at together,
before each beat and every few milliseconds.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.tcp import Connection
from twisted.logger import Logger

#: Seconds that what has arrived waits at most, even if nobody asks for it.
_GLANCE = 0.004
#: Bytes that are read at a time, and how often one after the other.
_READ_BYTES = 16 * 1024
_MOST_READS = 64


class Poller(Protocol):
    """
    The part of C{select.epoll} that is used.
    """

    def register(self, fd: int, eventmask: int = ...) -> None: ...
    def unregister(self, fd: int) -> None: ...
    def poll(self, timeout: float = ..., maxevents: int = ...) -> list[Any]: ...


class Wires:
    """
    All connections: which have something to read, and which to write.
    """

    def __init__(self, clock: IReactorTime, poller: Poller) -> None:
        self._clock = clock
        self._poller = poller
        self._readers: dict[int, Callable[[], None]] = {}
        self._timer: IDelayedCall | None = None
        self._beating = False
        self._waiting: list[ShortWire] = []

    def hold(self, wire: ShortWire) -> bool:
        """
        @return: is what the wire has to write to wait for the end of the beat?
        """
        if self._beating:
            self._waiting.append(wire)
        return self._beating

    def begin_beat(self) -> None:
        """
        Calls tick now: take what has arrived; what they send waits for the last.

        A peer that sleeps is woken up by what is sent to it, which takes as long
        as all the rest; so it is to be woken up once for all calls.
        """
        self.take()
        self._beating = True

    def end_beat(self) -> None:
        """
        Send what has waited.
        """
        self._beating = False
        waiting, self._waiting = self._waiting, []
        for wire in waiting:
            wire.flush()

    def add(self, fd: int, read: Callable[[], None]) -> None:
        """
        @param read: called, from L{take}, while there is something to read; must
            not raise.
        """
        self._poller.register(fd, select.EPOLLIN)
        self._readers[fd] = read
        if self._timer is None:
            self._timer = self._clock.callLater(_GLANCE, self._look)

    def remove(self, fd: int) -> None:
        """
        No harm if it is not there.
        """
        if self._readers.pop(fd, None) is not None:
            with suppress(OSError):  # a socket that is closed has gone by itself
                self._poller.unregister(fd)
        if not self._readers and self._timer is not None:
            if self._timer.active():
                self._timer.cancel()
            self._timer = None

    def take(self) -> None:
        """
        Read all that has arrived.
        """
        if not self._readers:
            return
        if self._timer is not None and self._timer.active():
            self._timer.reset(_GLANCE)
        for fd, _ in self._poller.poll(0, len(self._readers)):
            # One that was read before may have taken this one with it.
            read = self._readers.get(fd)
            if read is not None:
                read()

    def _look(self) -> None:
        self._timer = self._clock.callLater(_GLANCE, self._look)
        self.take()


class ShortWire:
    """
    One connection, from the end of its handshake on.
    """

    _log = Logger()

    def __init__(
        self, transport: Any, wires: Wires, take: Callable[[bytes], None]
    ) -> None:
        """
        @param transport: see L{is_plain}.
        @param take: given what is received.
        """
        self._transport = transport
        self._socket = transport.socket
        self._fd = transport.fileno()
        self._wires = wires
        self._take = take
        self._reading = False
        self._held: list[bytes] = []
        self.read(True)

    def write(self, data: bytes) -> None:
        """
        Send it at the end of the beat, or at once if there is none.
        """
        if self._held:
            self._held.append(data)
        elif self._wires.hold(self):
            self._held = [data]
        else:
            self._write(data)

    def flush(self) -> None:
        """
        Send at once what has waited for the end of the beat; no harm if nothing
        has.
        """
        held, self._held = self._held, []
        if held:
            self._write(held[0] if len(held) == 1 else b"".join(held))

    def _write(self, data: bytes) -> None:
        transport = self._transport
        if (
            transport.dataBuffer
            # Private; that it is there is what C{ShortWireTests} pins.
            or transport._tempDataBuffer
            or transport.disconnecting
            or not transport.connected
        ):
            transport.write(data)
            return
        try:
            sent = self._socket.send(data)
        except OSError:
            # Full, or lost; the reactor finds out which, and does what is due.
            sent = 0
        if sent < len(data):
            transport.write(data[sent:])

    def read(self, wanted: bool) -> None:
        """
        Read from the connection no more, or again.
        """
        self._unhook()
        self._transport.pauseProducing()
        if wanted:
            self._reading = True
            self._wires.add(self._fd, self._read)

    def close(self) -> None:
        """
        Nothing is read from now on, and nothing waits.
        """
        self.flush()
        self._unhook()

    def _unhook(self) -> None:
        self._reading = False
        self._wires.remove(self._fd)

    def _read(self) -> None:
        for _ in range(_MOST_READS):
            try:
                data = self._socket.recv(_READ_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                # The end, or an error; the reactor meets it too, and tells of it.
                self._unhook()
                self._transport.resumeProducing()
                return
            try:
                self._take(data)
            except Exception:
                self._log.failure("media stream")
                self.close()
                self._transport.abortConnection()
            if len(data) < _READ_BYTES or not self._reading:
                return


def is_plain(transport: Any) -> bool:
    """
    Can a L{ShortWire} be laid: is it TCP, without TLS?
    """
    return isinstance(transport, Connection) and not getattr(transport, "TLS", True)


def new_wires(reactor: Any) -> Wires | None:
    """
    @return: L{None} where the system has no C{epoll}.
    """
    new_poller = getattr(select, "epoll", None)
    return None if new_poller is None else Wires(reactor, new_poller())
