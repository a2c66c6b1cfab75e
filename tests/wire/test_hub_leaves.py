"""
Sockets that L{acsgw.wire.media_hub} leaves to Twisted.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import ISSLTransport
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.internet.tcp import Connection
from twisted.internet.testing import StringTransport
from twisted.test.iosim import FakeTransport
from zope.interface import directlyProvides

from acsgw.wire.media_hub import MediaHub

from .hub_world import TWISTED, HubTestCase, reset


class StaysTests(HubTestCase):
    """
    Sockets that the hub has no seat for.
    """

    def test_not_wanted(self) -> None:
        """
        Without the short cut nothing is read past the reactor.
        """
        world = self.world(TWISTED)
        ours, _ = world.connect()
        hub = MediaHub(world.reactor, frame_shortcut=False)
        self.assertIsNone(hub.join(ours.transport, ours.dataReceived))

    def test_other_transports(self) -> None:
        """
        What is not a connection of TCP, or is one of TLS, stays with Twisted.
        """
        world = self.world(TWISTED)
        ours, _ = world.connect()
        wire: Any = ours.transport
        for other in (StringTransport(), FakeTransport(Protocol(), False)):
            self.assertIsNone(world.hub.join(other, ours.dataReceived))
        directlyProvides(wire, ISSLTransport)
        self.assertIsInstance(wire, Connection)
        self.assertIsNone(world.hub.join(wire, ours.dataReceived))

    def test_closing(self) -> None:
        """
        One that is being closed is not read any more.
        """
        world = self.world(TWISTED)
        ours, peer = world.connect()
        ours.wire.write(bytes(20_000_000))
        ours.wire.loseConnection()
        self.assertIsNone(world.hub.join(ours.transport, ours.dataReceived))
        reset(peer)
        world.turn(3)

    def test_other_reactor(self) -> None:
        """
        A reactor that watches no sockets gets none back.
        """
        world = self.world(TWISTED)
        ours, peer = world.connect()
        hub = MediaHub(Clock())
        self.assertIsNone(hub.join(ours.transport, ours.dataReceived))
        peer.sendall(b"a")
        world.turn(2)
        self.assertEqual(ours.told, [b"a"])
