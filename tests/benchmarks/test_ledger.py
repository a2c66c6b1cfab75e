"""
Tests for L{benchmarks.media.ledger}.
"""

from __future__ import annotations

import struct
from array import array
from math import isnan, nan

from twisted.trial.unittest import SynchronousTestCase

from benchmarks.media.ledger import CallLedger, Ledger, read_ledger, within


class CallLedgerTests(SynchronousTestCase):
    """
    Tests for L{CallLedger}.
    """

    def setUp(self) -> None:
        self.ledger = CallLedger()
        for at in (1.0, 2.0, 3.0, 4.0):
            self.ledger.send(at)

    def test_window(self) -> None:
        """
        Only frames sent within the window count, whenever they come back.
        """
        for number, back in ((0, 1.5), (1, 5.0), (3, 4.1)):
            self.ledger.came_back(number, back)
        delays, lost = self.ledger.window(2.0, 4.0)
        self.assertEqual((delays.tolist(), lost), ([3000.0], 1))

    def test_twice(self) -> None:
        """
        A frame that comes twice keeps its first delay, and is told to be known.
        """
        self.assertTrue(self.ledger.came_back(0, 1.25))
        self.assertFalse(self.ledger.came_back(0, 9.0))
        delays, _ = self.ledger.window(0, 2)
        self.assertEqual(delays.tolist(), [250.0])

    def test_to_agent(self) -> None:
        """
        The way to the agent is told of frames that came there.
        """
        self.ledger.heard[1] = 2.5
        self.assertEqual(self.ledger.to_agent(0, 9).tolist(), [500.0])

    def test_nothing_sent(self) -> None:
        """
        A call that never talked has no delays, and lost nothing.
        """
        delays, lost = CallLedger().window(0, 9)
        self.assertEqual((delays.tolist(), lost), ([], 0))


class LedgerTests(SynchronousTestCase):
    """
    Tests for L{Ledger}, L{read_ledger} and L{within}.
    """

    def test_lateness(self) -> None:
        """
        How late the generator was is told in ms, for what was due in the window.
        """
        ledger = Ledger([], due=array("d", [1, 2, 3]), late=array("d", [0.5, 0.25, 9]))
        self.assertEqual(ledger.lateness(1.5, 3).tolist(), [250.0])

    def test_within(self) -> None:
        """
        What happened in a window is counted.
        """
        self.assertEqual(within(array("d", [1.0, 2.0, 2.5, 3.0]), 2.0, 3.0), 2)

    def test_file(self) -> None:
        """
        What the generator in C++ writes is read: each list after its length.
        """
        lists: list[list[float]] = [[1.0, 2.0], [nan, 2.5], [1.5, nan], [], [], []]
        lists += [[7.0], [], [7.5], [8.0, 9.0], [1.25], [0.5]]
        ledger = read_ledger(written(lists), 2)
        first, second = ledger.calls
        self.assertEqual(first.sent.tolist(), [1.0, 2.0])
        self.assertEqual(first.back[0], 1.5)
        self.assertTrue(isnan(first.back[1]))
        self.assertEqual(first.heard[1], 2.5)
        self.assertEqual(second, CallLedger())
        found = (ledger.damaged, ledger.repeated, ledger.silent, ledger.skipped)
        self.assertEqual([times.tolist() for times in found], lists[6:10])
        self.assertEqual([ledger.due[0], ledger.late[0]], [1.25, 0.5])

    def test_cut_short(self) -> None:
        """
        A file that ends too early is refused.
        """
        data = written([[1.0, 2.0]])
        for end in (len(data), len(data) - 8):
            self.assertRaises(ValueError, read_ledger, data[:end], 1)


def written(lists: list[list[float]]) -> bytes:
    """
    @return: as C{native/ledger.h} writes it.
    """
    return b"".join(
        struct.pack(f"<Q{len(times)}d", len(times), *times) for times in lists
    )
