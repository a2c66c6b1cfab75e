"""
Tests for L{acsgw.recording.writer_thread}.
"""

from __future__ import annotations

import threading
from pathlib import Path

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from acsgw.recording.writer_thread import WriterThread


class WriterThreadTests(TestCase):
    """
    Tests for L{WriterThread}; with a real thread, since that is what it is for.
    """

    def setUp(self) -> None:
        self.writer = WriterThread(reactor)
        self.writer.startService()
        self.addCleanup(self.stop)

    def stop(self) -> None:
        if self.writer.running:
            self.writer.stopService()

    async def test_off_the_reactor_thread(self) -> None:
        """
        Work runs in another thread; its result comes back in the reactor's.
        """
        here = threading.get_ident()
        there = await self.writer.run(threading.get_ident)
        self.assertNotEqual(there, here)
        self.assertEqual(threading.get_ident(), here)

    async def test_in_order(self) -> None:
        """
        One piece of work after the other, in the order that they were given.
        """
        done: list[int] = []
        gate = threading.Event()
        first = self.writer.run(lambda: gate.wait(5))
        rest = [
            self.writer.run(lambda number=number: done.append(number))  # type: ignore[misc]
            for number in range(20)
        ]
        self.assertEqual(done, [])
        gate.set()
        self.assertTrue(await first)
        await rest[-1]
        self.assertEqual(done, list(range(20)))

    async def test_errors(self) -> None:
        """
        An error of the work comes back, and the thread goes on.
        """
        with self.assertRaises(OSError):
            await self.writer.run(Path("/nowhere/at/all").read_text)
        self.assertEqual(await self.writer.run(lambda: 42), 42)

    def test_stop_finishes_the_work(self) -> None:
        """
        What was given before the stop is done when the stop returns.
        """
        done: list[int] = []
        gate = threading.Event()
        self.writer.run(lambda: gate.wait(5))
        self.writer.run(lambda: done.append(1))
        gate.set()
        self.writer.stopService()
        self.assertEqual(done, [1])
