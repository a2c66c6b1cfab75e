"""
With L{acsgw.wire.media_hub} and without it, a protocol hears the same.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost

from .hub_world import WAYS, HubTestCase, HubWorld, Ours, reset

#: What happens to one connection.
Story = Callable[[HubWorld, Ours, socket.socket], None]


class SameAsTwistedTests(HubTestCase):
    """
    Whoever reads the sockets, a protocol hears the same.
    """

    def told(self, way: str, story: Story) -> list[Any]:
        """
        @return: data that came one after the other is one piece: how much is read at
            a time is not promised.
        """
        world = self.world(way)
        ours, peer = world.connect()
        story(world, ours, peer)
        world.turn(20)
        joined: list[Any] = []
        for told in ours.told:
            if isinstance(told, bytes) and joined and isinstance(joined[-1], bytes):
                joined[-1] += told
            else:
                joined.append(told)
        if isinstance(joined[-1], type):  # the connection is over
            self.assertEqual(world.timers(), 0)
            self.assertFalse(world.is_reader())
        return joined

    def same(self, story: Story) -> list[Any]:
        first, *others = [self.told(way, story) for way in WAYS]
        for way, other in zip(WAYS[1:], others, strict=True):
            self.assertEqual(other, first, way)
        return first

    def test_data(self) -> None:
        """
        What is sent comes, in order, also more than is read at a time.
        """
        large = bytes(range(256)) * 200

        def story(world: HubWorld, ours: Ours, peer: socket.socket) -> None:
            for piece in (b"a", b"bc", large):
                peer.sendall(piece)
                world.turn()

        self.assertEqual(self.same(story), [b"abc" + large])

    def test_end(self) -> None:
        """
        The peer closes, right behind its last words.
        """

        def story(world: HubWorld, ours: Ours, peer: socket.socket) -> None:
            peer.sendall(b"bye" * 10_000)
            peer.close()

        self.assertEqual(self.same(story), [b"bye" * 10_000, ConnectionDone])

    def test_half_closed(self) -> None:
        """
        A peer that says no more is one that has closed.
        """

        def story(world: HubWorld, ours: Ours, peer: socket.socket) -> None:
            peer.sendall(b"bye")
            peer.shutdown(socket.SHUT_WR)

        self.assertEqual(self.same(story), [b"bye", ConnectionDone])

    def test_reset(self) -> None:
        """
        The connection breaks.
        """

        def story(world: HubWorld, ours: Ours, peer: socket.socket) -> None:
            peer.sendall(b"a")
            world.turn(3)
            reset(peer)

        self.assertEqual(self.same(story), [b"a", ConnectionLost])

    def test_let_go(self) -> None:
        """
        One that closes hears no more, what it wrote goes out, and the end is clean.
        """
        last: list[bytes] = []

        def story(world: HubWorld, ours: Ours, peer: socket.socket) -> None:
            def close(data: bytes) -> None:
                ours.wire.write(b"goodbye")
                ours.let_go()

            ours.does = close
            peer.sendall(b"a")
            world.turn(3)
            last.append(peer.recv(100))

        self.assertEqual(self.same(story), [b"a", ConnectionDone])
        self.assertEqual(last, [b"goodbye"] * 3)

    def test_let_go_with_much_to_say(self) -> None:
        """
        One that closes before all is written hears nothing meanwhile.
        """

        def story(world: HubWorld, ours: Ours, peer: socket.socket) -> None:
            ours.wire.write(bytes(20_000_000))
            ours.let_go()
            for _ in range(3):
                peer.sendall(b"more")
                world.turn()
            reset(peer)

        self.assertEqual(self.same(story), [ConnectionLost])

    def test_abort(self) -> None:
        """
        One that drops the connection in the middle.
        """

        def story(world: HubWorld, ours: Ours, peer: socket.socket) -> None:
            ours.does = lambda data: ours.abort()
            peer.sendall(b"a")
            world.turn()
            peer.sendall(b"b")

        self.assertEqual(self.same(story), [b"a", ConnectionAborted])

    def test_reactor_stops(self) -> None:
        """
        The end of the process is the end of the connection.
        """

        def story(world: HubWorld, ours: Ours, peer: socket.socket) -> None:
            peer.sendall(b"a")
            world.turn()
            world.reactor.stop()

        self.assertEqual(self.same(story), [b"a", ConnectionLost])
