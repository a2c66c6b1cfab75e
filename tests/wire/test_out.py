"""
Tests for L{acsgw.wire.out_buffer} and L{acsgw.wire.out_way}.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acsgw.wire.out_buffer import OutBuffer
from acsgw.wire.out_way import DirectWay, TwistedWay, open_way


class OutBufferTests(SynchronousTestCase):
    """
    What waits is bounded.
    """

    def test_order(self) -> None:
        """
        What waits goes out in the order in which it came, once.
        """
        buffer = OutBuffer(10)
        for part in (b"ab", b"c", b"def"):
            self.assertTrue(buffer.put(part, True))
        self.assertEqual(buffer.waiting, 6)
        self.assertEqual(buffer.take(), b"abcdef")
        self.assertEqual((buffer.take(), buffer.waiting), (b"", 0))

    def test_oldest_audio(self) -> None:
        """
        Beyond the mark the oldest audio goes, counted; all else keeps its place.
        """
        buffer = OutBuffer(6)
        for part, is_audio in ((b"11", True), (b"MM", False), (b"22", True)):
            self.assertTrue(buffer.put(part, is_audio))
        self.assertFalse(buffer.put(b"33", True))
        self.assertFalse(buffer.put(b"44", True))
        self.assertEqual(buffer.frames_dropped, 2)
        self.assertEqual(buffer.take(), b"MM3344")

    def test_not_audio(self) -> None:
        """
        What is not audio is never dropped, however much there is.
        """
        buffer = OutBuffer(3)
        for _ in range(5):
            buffer.put(b"MM", False)
        self.assertFalse(buffer.put(b"a", True))
        self.assertEqual(buffer.take(), b"MM" * 5)
        self.assertEqual(buffer.frames_dropped, 1)

    def test_drop_audio(self) -> None:
        """
        Audio that is not wanted any more goes, and does not count as dropped.
        """
        buffer = OutBuffer(10)
        for part, is_audio in ((b"11", True), (b"MM", False), (b"22", True)):
            buffer.put(part, is_audio)
        buffer.drop_audio()
        self.assertEqual((buffer.waiting, buffer.frames_dropped), (2, 0))
        self.assertEqual(buffer.take(), b"MM")


class Kernel:
    """
    A transport like Twisted's of TCP.

    @ivar room: bytes that the kernel takes.
    @ivar reached: bytes that it has.
    """

    def __init__(self, written: bytes = b"") -> None:
        self.room = 1 << 30
        self.reached = b""
        self.lost = False
        self._buffer = written
        self._producer: Any = None

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        self._producer, self._streaming = producer, streaming
        if not streaming:
            producer.resumeProducing()

    def write(self, data: bytes) -> None:
        self._buffer += data

    def getHandle(self) -> Kernel:
        return self

    def send(self, data: bytes) -> int:
        if self.lost:
            raise OSError("lost")
        if data and not self.room:
            raise BlockingIOError
        return self._take(data)

    def _take(self, data: bytes) -> int:
        taken = data[: self.room]
        self.room -= len(taken)
        self.reached += taken
        return len(taken)

    def turn(self) -> None:
        """
        The reactor finds the kernel ready to be written to.
        """
        if not self._buffer:
            return  # it does not ask
        data, self._buffer = self._buffer, b""
        sent = self._take(data)
        self._buffer = data[sent:]
        if not self._buffer and not self._streaming:
            self._producer.resumeProducing()


class DirectWayTests(SynchronousTestCase):
    """
    Past Twisted, as long as the kernel takes it.
    """

    def way(self, kernel: Kernel) -> DirectWay:
        self.pressed: list[bool] = []
        way = DirectWay(kernel, self.pressed.append)
        kernel.registerProducer(way, False)
        return way

    def test_handshake_first(self) -> None:
        """
        What Twisted still has from before goes first; then nothing is in between.
        """
        kernel = Kernel(b"handshake")
        way = self.way(kernel)
        way.write(b"1", True)
        way.write(b"2", True)
        self.assertEqual(kernel.reached, b"")
        kernel.turn()
        self.assertEqual(kernel.reached, b"handshake12")
        way.write(b"3", True)
        self.assertEqual(kernel.reached, b"handshake123")

    def test_full(self) -> None:
        """
        What the kernel does not take waits, in order, and is pressed for when it is
        too much.
        """
        kernel = Kernel(b"h")
        way = self.way(kernel)
        way.write(b"1", True)
        kernel.turn()
        self.pressed.clear()
        kernel.room = 2
        frames = [b"%02d" % i + bytes(1000) for i in range(100)]
        for frame in frames:
            way.write(frame, True)
        self.assertIn(True, self.pressed)
        self.assertLessEqual(way.buffer.waiting, 64 * 1024)
        dropped = way.buffer.frames_dropped
        self.assertGreater(dropped, 30)
        kernel.room = 1 << 30
        kernel.turn()
        self.assertEqual(
            kernel.reached, b"h1" + frames[0] + b"".join(frames[1 + dropped :])
        )
        self.assertFalse(self.pressed[-1])

    def test_leave(self) -> None:
        """
        What waits when the connection is to be closed goes before that.
        """
        kernel = Kernel()
        way = self.way(kernel)
        way.write(b"1", True)
        way.write(b"2", False)
        way.leave()
        kernel.turn()
        self.assertEqual(kernel.reached, b"12")

    def test_lost(self) -> None:
        """
        If the connection is lost, finding that out is left to the reactor.
        """
        kernel = Kernel(b"h")
        way = self.way(kernel)
        way.write(b"1", True)
        kernel.turn()
        kernel.lost = True
        way.write(b"2", True)
        way.write(b"3", True)
        self.assertEqual(kernel.reached, b"h1")

    @given(st.lists(st.integers(0, 30) | st.none(), max_size=60))
    def test_nothing_overtakes(self, deeds: list[int | None]) -> None:
        """
        Whatever the kernel takes, and when, all arrives in order.
        """
        kernel = Kernel(b"start")
        way = self.way(kernel)
        expected = b"start"
        for number, deed in enumerate(deeds):
            if deed is None:
                kernel.turn()
                continue
            kernel.room = deed
            part = b"<%d>" % number
            expected += part
            way.write(part, False)
        kernel.room = 1 << 30
        for _ in range(3):
            kernel.turn()
        way.write(b"end", False)
        kernel.turn()
        self.assertEqual(kernel.reached, expected + b"end")


class TwistedWayTests(SynchronousTestCase):
    """
    Through Twisted, as long as not too much waits there.
    """

    def test_paused(self) -> None:
        """
        While the transport is full things wait here, bounded; then they go.
        """
        kernel = Kernel()
        pressed: list[bool] = []
        way = open_way(kernel, True, pressed.append)
        assert isinstance(way, TwistedWay)
        way.write(b"1", True)
        way.pauseProducing()
        for number in range(100):
            way.write(b"%02d" % number + bytes(998), True)
        self.assertEqual(set(pressed), {True})
        dropped = way.buffer.frames_dropped
        self.assertEqual(dropped, 100 - 65)
        way.resumeProducing()
        kernel.turn()
        self.assertEqual(len(kernel.reached), 1 + 65_000)
        self.assertEqual(kernel.reached[1:3], b"%02d" % dropped)
        self.assertFalse(pressed[-1])

    def test_leave(self) -> None:
        """
        What waits when the connection is to be closed goes before that.
        """
        kernel = Kernel()
        way = open_way(kernel, False, lambda pressed: None)
        assert isinstance(way, TwistedWay)
        way.pauseProducing()
        way.write(b"close", False)
        way.leave()
        kernel.turn()
        self.assertEqual(kernel.reached, b"close")
