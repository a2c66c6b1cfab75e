"""
What holds for L{acsgw.audio.playout.Playout}, whatever agent and clock do.
"""

from __future__ import annotations

from itertools import cycle, pairwise

from hypothesis import given, settings, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acsgw.audio.playout import Playout
from acsgw.audio.under_way import FRAME_SECONDS
from acsgw.audio.utterance import Heard, Played

from .playout_model import PlayoutModel

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
            self.playout.put(b"\x10" * size, name)
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
        earlier than the lead before its time, all speech is heard if nobody
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


#: Speech, silence with a little noise, silence.
SOUNDS = [b"\x10\x10" * 320, b"\x05\x00" * 320, bytes(FRAME)]

#: What an agent does: how many frames, how many at a time, what they sound like.
AGENT_STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("stream"),
            st.sampled_from([5, 20, 100, 160, 300]),
            st.integers(1, 6),
            st.integers(0, 3),
        ),
        st.tuples(
            st.sampled_from(["late", "late", "burst", "pause"]),
            st.one_of(st.integers(1, 3), st.integers(1, 40)),
            st.just(1),
            st.integers(0, 3),
        ),
        st.tuples(
            st.sampled_from(["next", "end", "flush", "trim"]),
            st.just(0),
            st.just(1),
            st.just(0),
        ),
    ),
    max_size=15,
)


class _Both:
    """
    A playout, and what it is to do.

    @ivar sent: the frames that each of them sent.
    """

    def __init__(self, lead_ms: int, cushion_frames: int, jitter: list[int]) -> None:
        self.playout = Playout(16000, lead_ms, cushion_frames * 20)
        self.model = PlayoutModel(lead_ms / 1000, cushion_frames)
        self.sent: list[bytes] = []
        self.heard: list[Heard] = []
        self._ms = 100_000
        self._now = 0.0
        self._name = 0
        self._jitter = cycle(jitter or [0])

    def step(self, what: str, frames: int, piece: int, sound: int) -> None:
        if what == "stream":
            for at in range(0, frames, piece):
                self._put(piece, sound, at)
                self._pass(20 * piece)
        elif what == "burst":
            self._put(frames, sound, 0)
        elif what == "late":
            self._pass(20 * frames)
            self._put(frames, sound, 0)
        elif what == "pause":
            self._pass(frames * 20)
        else:
            self._rare(what)

    def _rare(self, what: str) -> None:
        if what == "end":
            self.playout.end_all()
            self.model.end()
        elif what == "trim":
            self.playout.trim()
            self.model.trim()
        elif what == "flush":
            self.listen()
            self.playout.flush()
            self.model.flush()
        # Who has ended an utterance does not add to it.
        self._name += 1

    def _put(self, frames: int, sound: int, at: int) -> None:
        for number in range(at, at + frames):
            pcm = SOUNDS[sound] if sound < 3 else SOUNDS[number // 20 % 3]
            for queue in (self.playout, self.model):
                queue.put(pcm, f"u{self._name}")
        self.listen()

    def _pass(self, ms: int) -> None:
        for _ in range(0, ms, 20):
            self._ms += 20
            self.listen(next(self._jitter))

    def listen(self, late_ms: int = 0) -> None:
        now = self._now = max(self._now, (self._ms + late_ms) / 1000)
        self.heard += self.playout.heard(now)
        sent = self.playout.due(now)
        assert sent == self.model.due(now), (now, len(sent))
        self.sent += sent

    def finish(self) -> None:
        self.playout.end_all()
        self.model.end()
        while not self.playout.idle:
            self._pass(20)


class SameAsModelTests(SynchronousTestCase):
    """
    L{Playout} and L{PlayoutModel}.
    """

    @given(
        AGENT_STEPS,
        st.sampled_from([0, 40, 100]),
        st.sampled_from([1, 2, 3]),
        st.lists(st.integers(0, 19), max_size=5),
    )
    @settings(derandomize=True, deadline=None, max_examples=400, database=None)
    def _same(
        self,
        steps: list[tuple[str, int, int, int]],
        lead_ms: int,
        cushion_frames: int,
        jitter: list[int],
    ) -> None:
        both = _Both(lead_ms, cushion_frames, jitter)
        for step in steps:
            both.step(*step)
        both.finish()
        left_out = both.model.left_out
        self.assertEqual(both.playout.skipped_ms, 20 * len(left_out))
        self.assertNotIn(SOUNDS[0], left_out)
        self.assertEqual(both.playout.underruns, both.model.underruns)
        heard = [heard.pcm for heard in both.heard if heard.pcm]
        if not any(what == "flush" for what, *_ in steps):
            self.assertEqual(heard, both.sent)
            self.assertEqual(len(both.heard) - len(heard), len(left_out))
        self.left_out += len(left_out)
        self.underruns += both.model.underruns

    def test_same(self) -> None:
        """
        Gaps and their cushions, and what is left out of a queue that stands, are those
        of the model.
        """
        self.left_out = self.underruns = 0
        self._same()
        self.assertGreater(self.left_out, 100)
        self.assertGreater(self.underruns, 100)
