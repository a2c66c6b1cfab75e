"""
Tests for L{acsgw.recording.timeline}.
"""

from __future__ import annotations

import numpy as np
from twisted.trial.unittest import SynchronousTestCase

from acsgw.recording.timeline import StereoTimeline

FRAME = 320
TOLERANCE = FRAME // 2


def said(number: int, samples: int = FRAME) -> bytes:
    return np.full(samples, number, "<i2").tobytes()


def sides(stereo: bytes) -> tuple[list[int], list[int]]:
    """
    @return: left and right, each as the value of every frame.
    """
    both = np.frombuffer(stereo, "<i2").reshape(-1, 2)[::FRAME]
    return both[:, 0].tolist(), both[:, 1].tolist()


class StereoTimelineTests(SynchronousTestCase):
    """
    Tests for L{StereoTimeline} at 16 kHz with a tolerance of half a frame.
    """

    def setUp(self) -> None:
        self.timeline = StereoTimeline(TOLERANCE, TOLERANCE)

    def test_side_by_side(self) -> None:
        """
        The caller is on the left, the agent on the right, each where it belongs.
        """
        for number in range(10):
            self.timeline.caller.place(said(number + 1), number * FRAME)
        self.timeline.agent.place(said(50), 8 * FRAME)
        left, right = sides(self.timeline.cut(10 * FRAME))
        self.assertEqual(left, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
        self.assertEqual(right, [0] * 8 + [50, 0])

    def test_silence(self) -> None:
        """
        Where nobody spoke there is silence, and a cut is as long as it should be.
        """
        self.assertEqual(self.timeline.cut(3), bytes(12))
        self.assertEqual(self.timeline.cut(3), b"")
        self.assertEqual(self.timeline.cut(2), b"")
        self.assertEqual(self.timeline.position, 3)

    def test_jitter(self) -> None:
        """
        Frames of a steady stream that come early or late leave no gap and no
        overlap.
        """
        for number in range(20):
            wobble = (0, 700, -150, 1500, 0)[number % 5] if number else 0
            self.timeline.caller.place(said(number + 1), number * FRAME + wobble)
        left, _ = sides(self.timeline.cut(20 * FRAME))
        self.assertEqual(left, list(range(1, 21)))

    def test_cuts_do_not_matter(self) -> None:
        """
        What is cut in pieces is the same as what is cut at once.
        """
        other = StereoTimeline(TOLERANCE, TOLERANCE)
        pieces = b""
        for number in range(30):
            for timeline in (self.timeline, other):
                timeline.caller.place(said(number), number * FRAME)
                timeline.agent.place(said(-number), number * FRAME)
            pieces += other.cut(max(0, number - 10) * FRAME + number % 7)
        pieces += other.cut(30 * FRAME)
        self.assertEqual(pieces, self.timeline.cut(30 * FRAME))

    def test_stall_then_burst(self) -> None:
        """
        After a stall the network gives all at once: nothing is lost, and what
        follows is where it belongs.
        """
        place = self.timeline.caller.place
        place(said(1), 0)
        for number in range(2, 26):  # half a second late, all in one moment
            place(said(number), 24 * FRAME)
        place(said(26), 25 * FRAME)
        left, _ = sides(self.timeline.cut(26 * FRAME))
        self.assertEqual(left, list(range(1, 27)))

    def test_burst_after_cut(self) -> None:
        """
        Silence that is written already stays; the burst takes the place of the
        rest.
        """
        place = self.timeline.caller.place
        place(said(1), 0)
        place(said(2), 20 * FRAME)
        first, _ = sides(self.timeline.cut(15 * FRAME))
        self.assertEqual(first, [1] + [0] * 14)
        for number in range(3, 7):
            place(said(number), 20 * FRAME)
        second, _ = sides(self.timeline.cut(21 * FRAME))
        self.assertEqual(second, [0, 2, 3, 4, 5, 6])

    def test_long_stall(self) -> None:
        """
        After a stall that is longer than what is kept, what belongs where it is cut
        off already is dropped, and what follows is where it belongs.
        """
        place = self.timeline.caller.place
        place(said(1), 0)
        first, _ = sides(self.timeline.cut(50 * FRAME))
        self.assertEqual(first, [1] + [0] * 49)
        for number in range(2, 101):  # all in one moment
            place(said(number), 99 * FRAME)
        place(said(101), 100 * FRAME)
        second, _ = sides(self.timeline.cut(101 * FRAME))
        self.assertEqual(second, list(range(51, 102)))

    def test_silenced(self) -> None:
        """
        What is silenced is silent on both sides, in whatever pieces it is cut.
        """
        for number in range(20):
            self.timeline.caller.place(said(1), number * FRAME)
            self.timeline.agent.place(said(2), number * FRAME)
        self.timeline.silence(5 * FRAME)
        pieces = [self.timeline.cut(8 * FRAME)]
        self.timeline.unsilence(15 * FRAME)
        pieces += [self.timeline.cut(at * FRAME) for at in (12, 20)]
        left, right = sides(b"".join(pieces))
        self.assertEqual(left, [1] * 5 + [0] * 10 + [1] * 5)
        self.assertEqual(right, [2] * 5 + [0] * 10 + [2] * 5)

    def test_overlap(self) -> None:
        """
        A stream that runs faster than the clock is cut, once the difference is
        more than jitter.
        """
        place = self.timeline.caller.place
        place(said(1, 3200), 0)
        place(said(2, 2000), 3200 - TOLERANCE - 1)
        cut = self.timeline.cut(3200 + 2000)
        left = np.frombuffer(cut, "<i2")[::2]
        self.assertEqual(int((left == 1).sum()), 3200)
        self.assertEqual(int((left == 2).sum()), 2000 - TOLERANCE - 1)

    def test_gap(self) -> None:
        """
        A real gap is silent, and as long as it was.
        """
        self.timeline.caller.place(said(1), 0)
        self.timeline.caller.place(said(2), 10 * FRAME)
        left, _ = sides(self.timeline.cut(12 * FRAME))
        self.assertEqual(left, [1] + [0] * 9 + [2, 0])
