"""
Tests for L{acsgw.wire.media_hub}, with a real reactor and real sockets.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from twisted.internet.error import ConnectionAborted

from acsgw.wire.media_hub import TICK_BELOW, TICK_FROM, TICK_SECONDS

from .hub_world import EVENTS, TICKS, HubTestCase, HubWorld, Ours


class BaseBug(BaseException):
    """
    What no handler of L{Exception} catches.
    """


class WaysTests(HubTestCase):
    """
    Events or ticks.
    """

    def test_auto(self) -> None:
        """
        Ticks from 24 sockets on, back to events below 12; nothing at all with none.
        """
        world = self.world("auto")
        sockets = []
        for many in range(1, TICK_FROM + 3):
            sockets.append(world.connect()[0])
            ticks = many >= TICK_FROM
            self.assertEqual((world.timers(), world.is_reader()), (ticks, not ticks))
        for left in range(len(sockets) - 1, -1, -1):
            sockets[left].abort()
            world.turn(2)
            ticks = left >= TICK_BELOW
            events = 0 < left < TICK_BELOW
            self.assertEqual((world.timers(), world.is_reader()), (ticks, events))
        again, peer = world.connect()
        peer.sendall(b"a")
        world.turn(2)
        self.assertEqual(again.told, [b"a"])
        self.assertEqual((world.timers(), world.is_reader()), (0, True))

    def test_long_turns(self) -> None:
        """
        After a turn that took most of a tick the next one is at once, not a whole
        millisecond later.
        """
        world = self.world(TICKS)
        ours, peer = world.connect()

        def next_tick(took: float) -> float:
            """
            @return: so long after a turn that took so long.
            """

            def work(data: bytes) -> None:
                world.now += took

            ours.does = work
            peer.sendall(b"a")
            world.turn()
            [tick] = world.reactor.getDelayedCalls()
            return float(tick.getTime()) - world.now

        self.assertAlmostEqual(next_tick(TICK_SECONDS * 0.4), TICK_SECONDS * 0.6)
        self.assertAlmostEqual(next_tick(TICK_SECONDS * 0.6), 0)

    def test_every_socket_in_both(self) -> None:
        """
        All are heard, before, while and after there are ticks.
        """
        world = self.world("auto")
        pairs = [world.connect() for _ in range(5)]

        def speak(word: bytes) -> None:
            for _, peer in pairs:
                peer.sendall(word)
            world.turn(2)
            self.assertEqual({ours.told[-1] for ours, _ in pairs}, {word})

        speak(b"few")
        pairs += [world.connect() for _ in range(30)]
        speak(b"many")
        for ours, _ in pairs[5:]:
            ours.abort()
        del pairs[5:]
        speak(b"few again")

    def test_forced(self) -> None:
        """
        The setting may say which, however many there are.
        """
        for way, ticks in ((TICKS, True), (EVENTS, False)):
            world = self.world(way)
            for _ in range(TICK_FROM + 1):
                world.connect()
                self.assertEqual(
                    (world.timers(), world.is_reader()), (ticks, not ticks)
                )


class TurnTests(HubTestCase):
    """
    What is read together.
    """

    def both(self, test: Callable[[HubWorld], None]) -> None:
        for way in (EVENTS, TICKS):
            test(self.world(way))

    def test_one_end(self) -> None:
        """
        However many sockets are ready: a turn has one end, all of it is before that,
        and then nobody waits for one any more.
        """

        def test(world: HubWorld) -> None:
            pairs = [world.connect() for _ in range(4)]
            in_turn: list[bool] = []
            for ours, _ in pairs:
                ours.does = lambda data: in_turn.append(world.hub.in_turn)
            heard: list[tuple[int, bool]] = []
            world.hub.at_turn_end(
                lambda: heard.append((len(in_turn), world.hub.in_turn))
            )
            world.turn()
            heard.clear()
            before = world.turns_ended
            for _, peer in pairs:
                peer.sendall(b"a")
            world.turn()
            self.assertEqual(in_turn, [True] * 4)
            self.assertEqual(heard, [(4, False)])
            self.assertEqual(world.turns_ended, before + 1)

        self.both(test)

    def test_bug_of_one(self) -> None:
        """
        One that raises, whatever that is, loses its connection; the others are heard
        in the same turn and later, and the turn has its end.
        """

        def test(world: HubWorld) -> None:
            pairs = [world.connect() for _ in range(5)]
            for (ours, _), error in zip(
                pairs, (ZeroDivisionError, BaseBug), strict=False
            ):

                def fail(data: bytes, error: type[BaseException] = error) -> None:
                    raise error("a bug")

                ours.does = fail
            before = world.turns_ended
            for _ in range(2):
                for _, peer in pairs:
                    peer.sendall(b"a")
                world.turn()
                self.assertFalse(world.hub.in_turn)
            world.turn(3)
            for bad in (0, 1):
                self.assertEqual(pairs[bad][0].told, [b"a", ConnectionAborted])
            for good in (2, 3, 4):
                self.assertEqual(pairs[good][0].told, [b"a", b"a"])
            self.assertGreaterEqual(world.turns_ended, before + 2)
            self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
            self.assertEqual(len(self.flushLoggedErrors(BaseBug)), 1)

        self.both(test)

    def test_bug_at_the_end(self) -> None:
        """
        Work at the end of a turn that fails is logged, and the next is done.
        """

        def test(world: HubWorld) -> None:
            done: list[int] = []

            def fail() -> None:
                if not done:
                    raise BaseBug

            world.hub.at_turn_end(fail)
            world.hub.at_turn_end(lambda: done.append(1))
            _, peer = world.connect()
            for _ in range(2):
                done.clear()
                peer.sendall(b"a")
                world.turn()
                self.assertTrue(done)
            self.assertTrue(self.flushLoggedErrors(BaseBug))

        self.both(test)

    def test_leaves_in_turn(self) -> None:
        """
        One that leaves in a turn, by itself or through another, is not read in it,
        and what it had not read is for the reactor.
        """

        def test(world: HubWorld) -> None:
            pairs = [world.connect() for _ in range(3)]
            everyone = [ours for ours, _ in pairs]
            read: list[Ours] = []

            def drop_others(ours: Ours) -> None:
                read.append(ours)
                for other in everyone:
                    if other is not ours:
                        other.abort()

            for ours in everyone:
                ours.does = lambda data, ours=ours: drop_others(ours)  # type: ignore[misc]
            for _, peer in pairs:
                peer.sendall(b"a")
            world.turn(3)
            self.assertEqual(len(read), 1)
            for ours in everyone:
                self.assertEqual(
                    ours.told, [b"a"] if ours is read[0] else [ConnectionAborted]
                )

        self.both(test)

    def test_same_number(self) -> None:
        """
        A socket that gets the number of one that is gone is another: it hears its own
        words, and the old one's farewell does not take its seat.
        """

        def test(world: HubWorld) -> None:
            old, _ = world.connect()
            number = old.seat.fileno if old.seat else -1
            other = socket.socket()  # has a number already
            old.abort()
            world.turn(2)
            new, peer = world.connect(other)
            self.assertEqual(new.seat and new.seat.fileno, number)
            old.leave()
            peer.sendall(b"new")
            world.turn(2)
            self.assertEqual(new.told, [b"new"])
            self.assertEqual(old.told, [ConnectionAborted])

        self.both(test)

    def test_nothing_there(self) -> None:
        """
        A socket that the kernel called ready, and is not, is asked again later.
        """

        def test(world: HubWorld) -> None:
            pairs = [world.connect() for _ in range(2)]
            seat = pairs[0][0].seat
            assert seat is not None
            recv = seat.recv

            def nothing_yet(size: int, flags: int = 0) -> bytes:
                seat.recv = recv
                raise BlockingIOError

            seat.recv = nothing_yet
            for _, peer in pairs:
                peer.sendall(b"a")
            world.hub.doRead()
            self.assertEqual([ours.told for ours, _ in pairs], [[], [b"a"]])
            world.turn(2)
            self.assertEqual([ours.told for ours, _ in pairs], [[b"a"], [b"a"]])

        self.both(test)
