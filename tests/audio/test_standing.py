"""
A queue that stands gets short again, and nobody else's silence is touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given, settings, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acsgw.audio.standing import KEPT_SILENT, SILENT_PEAK, STANDS_SECONDS, is_silent
from acsgw.audio.under_way import FRAME_SECONDS
from acsgw.audio.utterance import Played

from .talk import CUSHION_MS, LEAD_MS, Talk, frame

STANDS_FRAMES = round(STANDS_SECONDS * 50)


class RealTimeTests(SynchronousTestCase):
    """
    Agents that stream in real time, a second of speech and a second of silence in turn.
    """

    def setUp(self) -> None:
        self.talk = Talk()
        self.talk.stream(100)

    def settle(self, stalled: int, piece: int = 1) -> None:
        """
        It stalls, and goes on.
        """
        self.talk.stall(stalled)
        self.assertGreaterEqual(self.talk.waiting, stalled - LEAD_MS // 20 - 1)
        self.talk.stream(1000, piece)

    def assert_short(self) -> None:
        """
        No more waits than the cushion; it has a frame more or less, by what comes
        first when one comes as another one is due.
        """
        cushion = CUSHION_MS // 20
        self.assertIn(self.talk.waiting, (cushion - 1, cushion, cushion + 1))

    def assert_all_speech(self) -> None:
        """
        All that is not silent was sent, in order, and no silence that was not said.
        """
        self.talk.let_pass(10)
        sent = self.talk.sent
        self.assertEqual(
            [pcm for pcm in sent if not is_silent(pcm)],
            [pcm for pcm in self.talk.said if not is_silent(pcm)],
        )
        self.assertEqual(
            len(sent) * 20 + self.talk.playout.skipped_ms, len(self.talk.said) * 20
        )

    def test_stalled(self) -> None:
        """
        What an agent was late by is made good in its silence, but for lead and
        cushion; no speech is lost, and the caller waits once.
        """
        self.settle(30)
        self.assert_short()
        skipped = 30 * 20 - LEAD_MS - CUSHION_MS
        self.assertLessEqual(abs(self.talk.playout.skipped_ms - skipped), 40)
        self.assertEqual(self.talk.playout.underruns, 1)
        self.assert_all_speech()

    def test_pieces(self) -> None:
        """
        So it is if the agent speaks in pieces of 200 ms.
        """
        self.settle(40, piece=10)
        self.assertLessEqual(self.talk.waiting, CUSHION_MS // 20 + 10)
        self.assertEqual(self.talk.playout.underruns, 1)
        self.assert_all_speech()

    def test_we_stalled(self) -> None:
        """
        So it is if the process was late, and the frames of the agent waited for it.
        """
        self.talk.now += 1
        self.talk.next(50)
        self.talk.stream(1000)
        self.assert_short()
        self.assert_all_speech()

    def test_many_utterances(self) -> None:
        """
        What waits is counted over the utterances, and the end of one is no reason.
        """
        self.talk.stall(30)
        for number in range(100):
            self.talk.stream(10, utterance=f"v{number}")
        self.assert_short()
        self.assertEqual(self.talk.playout.underruns, 1)
        self.talk.playout.end_all()
        self.assert_all_speech()
        self.assertEqual(len(self.talk.done), 101)
        self.assertEqual({played.played_ms for played in self.talk.done[1:]}, {200})

    def test_small(self) -> None:
        """
        A queue of lead and cushion is as it should be.
        """
        self.talk.stall((LEAD_MS + CUSHION_MS) // 20)
        self.assert_short()
        self.talk.stream(1000)
        self.assertEqual(self.talk.playout.skipped_ms, 0)

    def test_some_time(self) -> None:
        """
        Before a queue has stood for some time, nothing is left out.
        """
        self.talk.stall(50)
        self.talk.stream(STANDS_FRAMES - 1)
        self.assertEqual(self.talk.playout.skipped_ms, 0)
        self.talk.stream(100)
        self.assertGreater(self.talk.playout.skipped_ms, 0)

    def test_burst_after_it(self) -> None:
        """
        An agent that is not in real time any more has its silence for itself again.
        """
        self.talk.stall(100)
        self.talk.stream(2 * STANDS_FRAMES, loud=True)
        self.talk.say([frame(0, True)] * 500)
        self.talk.let_pass(20)
        self.assertEqual(self.talk.playout.skipped_ms, 0)

    def test_flush(self) -> None:
        """
        After a flush there is nothing to make good.
        """
        self.talk.stall(50)
        self.talk.stream(2 * STANDS_FRAMES, loud=True)
        self.talk.playout.flush()
        self.talk.say([frame(0, True)] * 50, "v")
        self.talk.let_pass(2)
        self.assertEqual(self.talk.playout.skipped_ms, 0)


class SilenceTests(SynchronousTestCase):
    """
    What is left out of a queue of two seconds that has stood, all of it speech.
    """

    def setUp(self) -> None:
        self.talk = Talk()
        self.talk.next(100, loud=True)
        self.talk.stream(2 * STANDS_FRAMES, loud=True)
        self.before = len(self.talk.said)

    def say(self, samples: Iterable[int]) -> str:
        """
        Say frames with one loudest sample each, in real time.

        @return: for each of them C{+} or C{-}: was it sent?
        """
        frames = []
        for number, sample in enumerate(samples):
            half = (number % 60).to_bytes(2, "little") * 160
            loudest = sample.to_bytes(2, "little", signed=True)
            frames.append(half + loudest + half[:-2])
            self.talk.say(frames[-1:])
            self.talk.let_pass(FRAME_SECONDS)
        self.talk.stream(200, loud=True)
        sent = iter(self.talk.sent[self.before :])
        following = next(sent)
        said = ""
        for pcm in frames:
            if pcm == following:
                following = next(sent)
                said += "+"
            else:
                said += "-"
        return said

    def test_a_few_at_a_time(self) -> None:
        """
        The beginning of a silence is kept, and then every other frame of it.
        """
        self.assertEqual(self.say([0] * 30), "+" * KEPT_SILENT + "-+" * 12)

    def test_short(self) -> None:
        """
        A silence within a word is kept; each one has a beginning of its own.
        """
        short = [0] * KEPT_SILENT + [1000]
        self.assertEqual(self.say(short * 10), "+" * len(short) * 10)

    def test_silent(self) -> None:
        """
        Noise that nobody hears is silence; what is a little louder is none, not even
        for one sample.
        """
        for sample in (SILENT_PEAK, -SILENT_PEAK):
            self.assertIn("-", self.say([sample] * 10))
            self.setUp()
        for sample in (SILENT_PEAK + 1, -SILENT_PEAK - 1, -32768, 32767):
            self.assertNotIn("-", self.say([sample] * 10))
            self.setUp()

    def test_positions(self) -> None:
        """
        A frame that was left out is passed when the one before it has been heard: so
        what is told as heard is where the caller is in the utterance.
        """
        self.say([0] * 30)
        heard = self.talk.heard
        self.assertEqual(
            [h.played_ms for h in heard], list(range(20, 20 * len(heard) + 20, 20))
        )
        passed = 0
        for before, after in pairwise(heard):
            if after.pcm:
                self.assertAlmostEqual(after.started - before.started, FRAME_SECONDS)
            else:
                self.assertAlmostEqual(after.started, before.started)
                passed += 1
        self.assertEqual(passed, 12)
        self.talk.playout.end_all()
        self.talk.let_pass(5)
        self.assertEqual(self.talk.done, [Played("u", 20 * len(self.talk.said))])

    def test_flushed(self) -> None:
        """
        What is left out is not told as heard before its time.
        """
        silence = iter([[bytes(640)]] * 20)
        while not self.talk.playout.skipped_ms:
            self.talk.say(next(silence, [frame(0, False)]))
            self.talk.let_pass(FRAME_SECONDS)
        reached_ms = 20 * len(self.talk.sent) + self.talk.playout.skipped_ms
        [cut] = self.talk.playout.flush()
        self.assertEqual(cut.played_ms, self.talk.heard[-1].played_ms)
        self.assertIn(reached_ms - cut.played_ms, (LEAD_MS, LEAD_MS + 20, LEAD_MS + 40))


#: How fast it speaks, in seconds a second; in pieces of so many frames; the lengths of
#: its sentences and of the pauses after them, in frames; and so long, in frames, it
#: thinks before the next utterance.
BURSTS = st.lists(
    st.tuples(
        st.sampled_from([1.1, 1.2, 1.5, 2, 3, 10, 1000]),
        st.integers(1, 10),
        st.lists(
            st.tuples(st.integers(20, 200), st.integers(0, 200)), min_size=1, max_size=4
        ),
        st.integers(0, 300),
    ),
    min_size=1,
    max_size=4,
)


class BurstTests(SynchronousTestCase):
    """
    Agents that are faster than real time.
    """

    @settings(derandomize=True, deadline=None, max_examples=60, database=None)
    @given(BURSTS)
    def test_burst(
        self, utterances: list[tuple[float, int, list[tuple[int, int]], int]]
    ) -> None:
        """
        They keep all of their pauses.
        """
        talk = Talk()
        for number, (speed, piece, sentences, thinks) in enumerate(utterances):
            frames: list[bytes] = []
            for speech, pause in sentences:
                frames += [frame(0, False)] * speech + [frame(0, True)] * pause
            for at in range(0, len(frames), piece):
                talk.say(frames[at : at + piece], f"u{number}")
                talk.let_pass(piece * FRAME_SECONDS / speed)
            talk.playout.end_all()
            talk.let_pass(thinks * FRAME_SECONDS)
        talk.let_pass(100)
        self.assertEqual(talk.playout.skipped_ms, 0)
        self.assertEqual(talk.sent, talk.said)

    def test_sentences(self) -> None:
        """
        So does one that sends a sentence when it has one, on the average in real time.
        """
        talk = Talk()
        talk.next(150)
        for frames in (50, 80, 20, 100, 50, 30, 120, 50, 50) * 3:
            talk.next(frames)
            talk.let_pass(frames * FRAME_SECONDS)
        self.assertEqual(talk.playout.skipped_ms, 0)
