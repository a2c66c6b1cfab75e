"""
Gaps in the middle of an utterance, and when a playout is to be woken.
"""

from __future__ import annotations

from math import ceil

from hypothesis import given, settings, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acsgw.audio.playout import Playout
from acsgw.audio.utterance import Heard, Played

FRAME = 640


def frame(number: int) -> bytes:
    return bytes([number]) * FRAME


class CushionTests(SynchronousTestCase):
    """
    A playout without a lead and with a cushion of three frames, whose first utterance
    has two frames that are heard from 0 to 40 ms.
    """

    def setUp(self) -> None:
        self.playout = Playout(16000, 0, 60)
        self.next = 0
        self.put(2)
        self.assertEqual(self.due(0.0), [0])
        self.assertEqual(self.due(0.02), [1])

    def put(self, frames: int, utterance: str = "u") -> None:
        for _ in range(frames):
            self.playout.put(frame(self.next), utterance)
            self.next += 1

    def due(self, now: float) -> list[int]:
        """
        @return: numbers of the frames that are sent.
        """
        self.playout.heard(now)
        return [pcm[0] for pcm in self.playout.due(now)]

    def test_fills(self) -> None:
        """
        After a gap of more than a frame the sound goes on when the cushion is there
        again, and is one gap.
        """
        for now in (0.07, 0.08):
            self.put(1)
            self.assertEqual(self.due(now), [])
        self.put(1)
        self.assertEqual(self.due(0.09), [2])
        self.assertEqual(self.due(0.11), [3])
        self.assertEqual(self.due(0.13), [4])
        self.assertEqual(self.playout.underruns, 1)

    def test_not_longer_than_it_lasts(self) -> None:
        """
        An agent that is slower than that is heard all the same.
        """
        self.put(1)
        self.assertEqual(self.due(0.07), [])
        self.assertAlmostEqual(self.playout.wakes_at(False) or 0, 0.13)
        self.assertEqual(self.due(0.129), [])
        self.assertEqual(self.due(0.131), [2])
        self.assertEqual(self.playout.underruns, 1)

    def test_end(self) -> None:
        """
        The end of the utterance is not waited for.
        """
        self.put(1)
        self.assertEqual(self.due(0.07), [])
        self.playout.end("u")
        self.assertEqual(self.due(0.08), [2])
        self.assertEqual(self.playout.underruns, 1)

    def test_next_utterance(self) -> None:
        """
        Nor is it if the next one begins, which has no gap of its own.
        """
        self.put(1)
        self.assertEqual(self.due(0.07), [])
        self.put(1, "v")
        self.assertEqual(self.due(0.08), [2])
        self.assertEqual(self.due(0.10), [3])
        self.assertEqual(self.playout.underruns, 1)

    def test_short_gap(self) -> None:
        """
        A frame that is late by no more than a frame is heard at once, and counted.
        """
        self.put(1)
        self.assertEqual(self.due(0.06), [2])
        self.assertEqual(self.playout.underruns, 1)

    def test_enough_at_once(self) -> None:
        """
        Who has said enough meanwhile need not wait.
        """
        self.put(3)
        self.assertEqual(self.due(0.5), [2])
        self.assertEqual(self.playout.underruns, 1)

    def test_flush(self) -> None:
        """
        An interruption forgets it: what is said then is heard at once.
        """
        self.put(1)
        self.assertEqual(self.due(0.07), [])
        self.playout.flush()
        self.put(1, "v")
        self.assertEqual(self.due(0.08), [3])
        self.assertEqual(self.due(0.10), [])
        self.put(1, "v")
        self.assertEqual(self.due(0.115), [4])
        self.assertEqual(self.playout.underruns, 2)

    def test_every_gap(self) -> None:
        """
        Each gap has a cushion of its own.
        """
        for begin in (1.0, 2.0, 3.0):
            self.put(2)
            self.assertEqual(self.due(begin), [])
            self.put(1)
            self.assertEqual(len(self.due(begin + 0.01)), 1)
            self.due(begin + 0.03)
            self.due(begin + 0.05)
        self.assertEqual(self.playout.underruns, 3)


#: What happens, and how many milliseconds later the next thing happens.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "put", "end", "flush", "trim"]),
        st.integers(1, 4000),
        st.sampled_from("uv"),
        st.integers(0, 200),
    ),
    max_size=15,
)


class _Line:
    """
    A playout that is woken on milliseconds.

    @ivar sent: frames, each with its time in ms.
    @ivar heard: with the time at which it was known.
    """

    def __init__(self, lead_ms: int, every_ms: bool, each_frame: bool) -> None:
        self.playout = Playout(16000, lead_ms)
        self.sent: list[tuple[int, bytes]] = []
        self.heard: list[tuple[int, Heard | Played]] = []
        self.ms = 0
        self.wakes = 0
        self._every_ms = every_ms
        self._each_frame = each_frame

    def listen(self) -> None:
        now = self.ms / 1000
        self.heard += [(self.ms, heard) for heard in self.playout.heard(now)]
        self.heard += [(self.ms, done) for done in self.playout.done()]
        self.sent += [(self.ms, pcm) for pcm in self.playout.due(now)]

    def step(self, what: str, size: int, name: str, number: int) -> None:
        if what == "put":
            self.playout.put(bytes([number + 1]) * size, name)
        elif what == "end":
            self.playout.end(name)
        elif what == "trim":
            self.playout.trim()
        else:
            self.listen()
            self.heard += [(self.ms, cut) for cut in self.playout.flush()]
        self.listen()

    def pass_time(self, ms: int) -> None:
        end = self.ms + ms
        while (after := self._wakes_in(end)) is not None:
            self.ms += after
            self.wakes += 1
            self.listen()
        self.ms = end

    def _wakes_in(self, end: int) -> int | None:
        """
        @return: so many ms from now; none after C{end}.
        """
        after = 1
        if not self._every_ms:
            at = self.playout.wakes_at(self._each_frame)
            if at is None:
                return None
            after = max(1, ceil(at * 1000 - 1e-6) - self.ms)
        return after if self.ms + after <= end else None


class WakesTests(SynchronousTestCase):
    """
    L{Playout.wakes_at} is enough.
    """

    @settings(derandomize=True, deadline=None, max_examples=150, database=None)
    @given(STEPS, st.sampled_from([0, 40, 100]))
    def test_same(self, steps: list[tuple[str, int, str, int]], lead_ms: int) -> None:
        """
        Who is woken only then sends the same frames at the same times as who looks
        every millisecond, knows at the same time what was heard if he wants to know
        each frame, and is not woken for nothing.
        """
        lines = [
            _Line(lead_ms, every_ms=True, each_frame=True),
            _Line(lead_ms, every_ms=False, each_frame=True),
            _Line(lead_ms, every_ms=False, each_frame=False),
        ]
        for line in lines:
            for number, (what, size, name, pause) in enumerate(steps):
                line.step(what, size, name, number)
                line.pass_time(pause)
            line.playout.end_all()
            line.listen()
            line.pass_time(5000)
            self.assertTrue(line.playout.idle)
            self.assertEqual(line.sent, lines[0].sent)
            self.assertEqual(line.playout.underruns, lines[0].playout.underruns)
        self.assertEqual(lines[1].heard, lines[0].heard)
        self.assertEqual(
            [heard for _, heard in lines[2].heard],
            [heard for _, heard in lines[0].heard],
        )
        for line in lines[1:]:
            # Each is sent, and heard; each step may have had a cushion to wait for.
            self.assertLessEqual(line.wakes, 2 * len(line.sent) + len(steps))
