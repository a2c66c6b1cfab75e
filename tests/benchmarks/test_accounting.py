"""
Tests for L{benchmarks.media.accounting}.
"""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from benchmarks.media.accounting import Spent, resident_kb, spent


class AccountingTests(SynchronousTestCase):
    """
    Tests for L{spent} and L{resident_kb}.
    """

    def setUp(self) -> None:
        self.proc = Path(self.mktemp())
        for thread, text in (
            (7, "1500000000 250000000 9"),
            (8, "500000000 125000000 1"),
        ):
            folder = self.proc / "7" / "task" / str(thread)
            folder.mkdir(parents=True)
            (folder / "schedstat").write_text(text)

    def test_threads_are_summed(self) -> None:
        """
        The time of all threads counts, that on a core and that of waiting for it.
        """
        self.assertEqual(spent(7, self.proc), Spent(2.0, 0.375))

    def test_ended_thread(self) -> None:
        """
        A thread that ends meanwhile is passed over.
        """
        (self.proc / "7" / "task" / "9").mkdir()
        self.assertEqual(spent(7, self.proc).cpu, 2.0)

    def test_since(self) -> None:
        """
        What counts is what was spent meanwhile.
        """
        self.assertEqual(Spent(3.0, 1.0).since(Spent(1.0, 0.5)), Spent(2.0, 0.5))

    def test_memory(self) -> None:
        """
        Resident memory is told in KB; of a process that has just ended, as none.
        """
        status = self.proc / "7" / "status"
        status.write_text("Name:\tx\nVmRSS:\t   1234 kB\nThreads:\t2\n")
        self.assertEqual(resident_kb(7, self.proc), 1234)
        status.write_text("Name:\tx\n")
        self.assertEqual(resident_kb(7, self.proc), 0)

    def test_nobody(self) -> None:
        """
        A process that is not there is an error.
        """
        self.assertRaises(OSError, spent, 99, self.proc)
        self.assertRaises(OSError, resident_kb, 99, self.proc)
