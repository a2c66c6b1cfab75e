"""
What holds for L{acsgw.audio.playout.Playout}, whatever agent and clock do.
"""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acsgw.audio.playout import FRAME_SECONDS, Heard, Playout
from acsgw.audio.utterance import Played

FRAME = 640
LEAD = 0.1

#: What happens, and how many milliseconds later the next thing happens.
STEPS = st.lists(
    st.tuples(
        st.one_of(
            st.tuples(st.just("put"), st.integers(1, 5000), st.sampled_from("uvw")),
            st.tuples(st.just("end"), st.just(0), st.sampled_from("uvw")),
            st.tuples(st.just("flush"), st.just(0), st.just("")),
        ),
        st.integers(0, 150),
    ),
    max_size=40,
)


class _Line:
    """
    Drives a playout and keeps the books.
    """

    def __init__(self) -> None:
        self.playout = Playout(16000, int(LEAD * 1000))
        self.now = 100.0
        self.put = 0
        self.sent = 0
        self.sent_at: list[float] = []
        self.heard: list[Heard] = []
        self.reports: list[Played] = []
        self.flushed = False

    def step(self, what: str, size: int, name: str) -> None:
        if what == "put":
            self.playout.put(bytes(size), name)
            self.put += size
        elif what == "end":
            self.playout.end(name)
        else:
            self.listen()
            self.reports += self.playout.flush()
            self.flushed = True
        self.listen()

    def listen(self) -> None:
        self.heard += self.playout.heard(self.now)
        self.reports += self.playout.done()
        for frame in self.playout.due(self.now):
            assert len(frame) == FRAME
            self.sent += 1
            self.sent_at.append(self.now)

    def finish(self) -> None:
        self.playout.end_all()
        end = self.now + 600
        while not self.playout.idle:
            assert self.now < end, "it never ends"
            self.now += 0.02
            self.listen()
        self.listen()


class PlayoutRuleTests(SynchronousTestCase):
    """
    Rules for L{Playout}.
    """

    @given(STEPS)
    @settings(derandomize=True, deadline=None, max_examples=150, database=None)
    def test_rules(self, steps: list[tuple[tuple[str, int, str], int]]) -> None:
        """
        Frames are heard one after the other and never at once, none is sent
        earlier than the lead before its time, all that was put is heard if nobody
        flushes, and what is reported as played is what was heard.
        """
        line = _Line()
        for (what, size, name), pause in steps:
            line.step(what, size, name)
            line.now += pause / 1000
        line.finish()
        starts = [heard.started for heard in line.heard]
        if not line.flushed:
            self.assertEqual(len(line.heard), line.sent)
            self.assertGreaterEqual(line.sent * FRAME, line.put)
            for start, sent in zip(starts, line.sent_at, strict=True):
                self.assertLessEqual(sent, start + 1e-9)
                self.assertLessEqual(start, sent + LEAD + 1e-9)
        for earlier, later in pairwise(starts):
            self.assertGreaterEqual(later - earlier, FRAME_SECONDS - 1e-9)
        self.assertEqual(
            sum(played.played_ms for played in line.reports), 20 * len(line.heard)
        )
        firsts = sum(heard.first for heard in line.heard)
        self.assertLessEqual(firsts, len(line.reports))
