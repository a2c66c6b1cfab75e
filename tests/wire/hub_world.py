"""
A media hub under a real reactor whose time is made, with real sockets at both ends.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any

from twisted.internet.epollreactor import EPollReactor
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from acsgw.wire.media_hub import TICK_SECONDS, MediaHub
from acsgw.wire.seat import Seat

#: Who reads the sockets: Twisted alone, or the hub in one of its ways.
TWISTED, EVENTS, TICKS = "twisted", "never", "always"
WAYS = (TWISTED, EVENTS, TICKS)


class Ours(Protocol):
    """
    The gateway's end of a socket.

    @ivar told: all that came, in order; the end as the type of its reason.
    @ivar does: called with each piece of data, and what it may raise it raises.
    """

    def __init__(self, hub: MediaHub | None) -> None:
        self._hub = hub
        self.told: list[Any] = []
        self.does: Callable[[bytes], None] = lambda data: None
        self.seat: Seat | None = None

    def connectionMade(self) -> None:
        if self._hub is not None:
            self.seat = self._hub.join(self.transport, self.dataReceived)

    def dataReceived(self, data: bytes) -> None:
        self.told.append(data)
        self.does(data)

    def connectionLost(self, reason: Failure = Failure(ConnectionLost())) -> None:  # noqa: B008 (as in Twisted)
        self.leave()
        self.told.append(reason.type)

    def leave(self) -> None:
        if self.seat is not None:
            self.seat.leave()

    @property
    def wire(self) -> Any:
        return self.transport

    def let_go(self) -> None:
        """
        Close, as an audio socket does it.
        """
        self.leave()
        self.wire.loseConnection()

    def abort(self) -> None:
        """
        Drop, as an audio socket does it.
        """
        self.leave()
        self.wire.abortConnection()


class HubWorld(Factory):
    """
    @ivar hub: reads the sockets.
    @ivar turns_ended: how often it said so.
    """

    def __init__(self, way: str = "auto") -> None:
        self.now = 1000.0
        self.reactor: Any = EPollReactor()
        self.reactor.seconds = lambda: self.now
        self.reactor.startRunning(installSignalHandlers=False)
        self.hub = MediaHub(self.reactor, ticks="auto" if way == TWISTED else way)
        self.turns_ended = 0
        self.hub.at_turn_end(self._count_turn)
        self._seats = way != TWISTED
        self._made: list[Ours] = []
        self._peers: list[socket.socket] = []
        self._port = self.reactor.listenTCP(0, self, interface="127.0.0.1")

    def _count_turn(self) -> None:
        self.turns_ended += 1

    def buildProtocol(self, addr: IAddress | None) -> Ours:
        ours = Ours(self.hub if self._seats else None)
        self._made.append(ours)
        return ours

    def connect(self, peer: socket.socket | None = None) -> tuple[Ours, socket.socket]:
        """
        @param peer: not connected yet.

        @return: our end and the peer's.
        """
        peer = peer or socket.socket()
        peer.connect(("127.0.0.1", self._port.getHost().port))
        peer.setblocking(False)
        self._peers.append(peer)
        many = len(self._made) + 1
        while len(self._made) < many:
            self.turn()
        return self._made[-1], peer

    def turn(self, count: int = 1) -> None:
        """
        Everything that is to be done now, and a tick of time.
        """
        for _ in range(count):
            self.now += TICK_SECONDS
            self.reactor.runUntilCurrent()
            self.reactor.doIteration(0)

    def is_reader(self) -> bool:
        return self.hub in self.reactor.getReaders()

    def timers(self) -> int:
        return len(self.reactor.getDelayedCalls())

    def close(self) -> None:
        """
        Leave no socket behind.
        """
        for peer in self._peers:
            peer.close()
        self.turn(5)
        self._port.stopListening()
        self.turn(5)
        self.reactor.removeAll()
        for reader in list(self.reactor._internalReaders):
            reader.connectionLost(Failure(ConnectionLost()))
        self.reactor._poller.close()


def reset(peer: socket.socket) -> None:
    """
    Close so that the other side gets an error.
    """
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


class HubTestCase(SynchronousTestCase):
    """
    A test with worlds of its own.
    """

    def world(self, way: str) -> HubWorld:
        world = HubWorld(way)
        self.addCleanup(world.close)
        return world
