"""
A whole network in one reactor: nothing leaves this process, and time moves when it
is told to.

Programs that take their reactor as an argument run on it unchanged, on both ends of
a connection: HTTP, WebSocket and what they carry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet import address, error
from twisted.internet.interfaces import (
    IDelayedCall,
    IHostnameResolver,
    IHostResolution,
    IReactorFromThreads,
    IReactorPluggableNameResolver,
    IResolutionReceiver,
)
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.test.iosim import FakeTransport, IOPump
from zope.interface import implementer


@implementer(IHostResolution)
class _Resolution:
    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """It is over already."""


@implementer(IHostnameResolver)
class _Loopback:
    """
    Every name is this machine.
    """

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Any = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        resolution = _Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        resolutionReceiver.addressResolved(
            address.IPv4Address("TCP", "127.0.0.1", portNumber)
        )
        resolutionReceiver.resolutionComplete()
        return resolution


class _Transport(FakeTransport):
    """
    As much of a TCP transport as the programs touch.
    """

    _no_delay = False

    def setTcpNoDelay(self, enabled: bool) -> None:
        """There is no delay, but it may be asked for."""
        self._no_delay = enabled

    def getTcpNoDelay(self) -> bool:
        """
        @return: was it?
        """
        return self._no_delay

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """There is nothing to keep alive."""


class _Connector:
    def __init__(self, host: str, port: int) -> None:
        self._destination = address.IPv4Address("TCP", host, port)
        self.connecting: IDelayedCall | None = None

    def getDestination(self) -> address.IPv4Address:
        return self._destination

    def stopConnecting(self) -> None:
        if self.connecting is not None and self.connecting.active():
            self.connecting.cancel()

    def disconnect(self) -> None:
        """The transport does that."""


@implementer(IReactorPluggableNameResolver, IReactorFromThreads)
class MemoryNetwork(MemoryReactorClock):
    """
    A reactor whose C{connectTCP} reaches what was given to its C{listenTCP}.
    """

    def __init__(self) -> None:
        super().__init__()
        self.nameResolver = _Loopback()
        self._listeners: dict[int, Any] = {}
        self._pumps: list[IOPump] = []

    def installNameResolver(self, resolver: Any) -> Any:
        """
        Nothing but this machine exists.
        """
        return self.nameResolver

    def callFromThread(
        self,
        callable: Callable[..., Any],  # noqa: A002 (the interface calls it so)
        *args: object,
        **kwargs: object,
    ) -> None:
        """
        There are no threads.
        """
        self.callLater(0, callable, *args, **kwargs)

    def listenTCP(
        self, port: int, factory: Any, backlog: int = 50, interface: str = ""
    ) -> Any:
        """
        @raise twisted.internet.error.CannotListenError: if the port is taken.
        """
        if port in self._listeners:
            raise error.CannotListenError(interface, port, OSError("in use"))
        listening: Any = super().listenTCP(port, factory, backlog, interface)
        factory.doStart()
        self._listeners[port] = factory
        stop = listening.stopListening

        def stop_listening() -> Any:
            if self._listeners.pop(port, None) is not None:
                factory.doStop()
            return stop()

        listening.stopListening = stop_listening
        return listening

    def connectTCP(
        self,
        host: str,
        port: int,
        factory: Any,
        timeout: float = 30,
        bindAddress: Any = None,
    ) -> Any:
        """
        Connect in the next turn, or fail if nobody listens.
        """
        connector: Any = _Connector(host, port)
        factory.doStart()
        factory.startedConnecting(connector)
        connector.connecting = self.callLater(
            0, self._connect, host, port, factory, connector
        )
        return connector

    def run_for(self, seconds: float, step: float = 0.01) -> None:
        """
        Let time pass in small steps, and carry what was sent.
        """
        self.flush()
        for _ in range(round(seconds / step)):
            self.advance(step)
            self.flush()

    def flush(self) -> None:
        """
        Carry what was sent until nothing moves any more.
        """
        moved = True
        while moved:
            moved = False
            for pump in list(self._pumps):
                moved = bool(pump.pump()) or moved
            if any(call.getTime() <= self.seconds() for call in self.getDelayedCalls()):
                self.advance(0)
                moved = True

    def _connect(self, host: str, port: int, factory: Any, connector: Any) -> None:
        listener = self._listeners.get(port)
        if listener is None:
            factory.clientConnectionFailed(
                connector, Failure(error.ConnectionRefusedError(f"port {port}"))
            )
            return
        here = address.IPv4Address("TCP", "127.0.0.1", port)
        client = factory.buildProtocol(here)
        server = listener.buildProtocol(address.IPv4Address("TCP", "127.0.0.1", 50000))
        client_side = _Transport(client, isServer=False, peerAddress=here)
        server_side = _Transport(server, isServer=True, hostAddress=here)
        self._pumps.append(
            IOPump(client, server, client_side, server_side, debug=False)
        )
        server.makeConnection(server_side)
        client.makeConnection(client_side)
