"""
Tests for L{acsgw.bridge.core}: how the agent hears of what was heard, and how much of
its last words is played.
"""

from __future__ import annotations

from itertools import pairwise

from twisted.trial.unittest import SynchronousTestCase

from acsgw.audio.under_way import TOLD_WITHIN_SECONDS
from acsgw.bridge.steps import Drained, KeepAgent, Step, TellPlayed
from acsgw.interfaces import PlayState

from .whole_core import WholeCore

SECOND = b"\x10\x20" * 16000
SPOKEN = SECOND[:640]


def core(tell_progress: bool) -> WholeCore:
    """
    With the same rate everywhere, so that nothing is converted.
    """
    return WholeCore(
        0.0,
        media_rate=16000,
        caller_rate=16000,
        agent_rate=16000,
        lead_ms=40,
        each_frame=tell_progress,
    )


def let_pass(bridge: WholeCore, seconds: float, start: float = 0.0) -> list[Step]:
    steps: list[Step] = []
    for tick in range(1, round(seconds / 0.02) + 1):
        steps += bridge.tick(start + tick * 0.02)
    return steps


def states(steps: list[Step]) -> list[tuple[int, PlayState]]:
    return [(s.played_ms, s.state) for s in steps if isinstance(s, TellPlayed)]


class ProgressTests(SynchronousTestCase):
    """
    Agents that want to hear of progress do.
    """

    def test_wanted(self) -> None:
        """
        Each frame that was heard is told, between begin and end.
        """
        bridge = core(tell_progress=True)
        bridge.agent_audio(SECOND[:1920], "u", 0, 0.0)
        bridge.utterance_end("u", 0.0)
        self.assertEqual(
            states(let_pass(bridge, 0.2)),
            [
                (0, PlayState.STARTED),
                (20, PlayState.PROGRESS),
                (40, PlayState.PROGRESS),
                (60, PlayState.PROGRESS),
                (60, PlayState.DONE),
            ],
        )

    def test_not_wanted(self) -> None:
        """
        Others hear of begin and end.
        """
        bridge = core(tell_progress=False)
        bridge.agent_audio(SECOND[:1920], "u", 0, 0.0)
        bridge.utterance_end("u", 0.0)
        self.assertEqual(
            states(let_pass(bridge, 0.2)),
            [(0, PlayState.STARTED), (60, PlayState.DONE)],
        )

    def test_begin_in_time(self) -> None:
        """
        They hear of the begin when the first frame has been heard, and of the end when
        the last one has; between them nobody is woken for each.
        """
        bridge = core(tell_progress=False)
        bridge.agent_audio(SECOND[:1920], "u", 0, 0.0)
        self.assertEqual(bridge.wakes_at(), 0.02)
        self.assertEqual(states(bridge.tick(0.02)), [(0, PlayState.STARTED)])
        self.assertEqual(bridge.wakes_at(), 0.04 + TOLD_WITHIN_SECONDS)
        bridge.utterance_end("u", 0.03)
        self.assertEqual(bridge.wakes_at(), 0.06)
        self.assertEqual(states(bridge.tick(0.06)), [(60, PlayState.DONE)])


class LeftOutTests(SynchronousTestCase):
    """
    Silence that is left out, as the queue stands.
    """

    def setUp(self) -> None:
        self.bridge = core(tell_progress=True)
        self.frames = 0
        self.steps: list[Step] = []
        self.stream(SPOKEN, 10)
        self.say(SPOKEN * 50)
        self.stream(SPOKEN, 200)
        self.stream(bytes(640), 200)

    def say(self, pcm: bytes) -> None:
        now = self.frames * 0.02
        self.steps += self.bridge.agent_audio(pcm, "u", 0, now)

    def stream(self, pcm: bytes, frames: int) -> None:
        for _ in range(frames):
            self.say(pcm)
            self.frames += 1
            self.steps += self.bridge.tick(self.frames * 0.02)

    def test_position(self) -> None:
        """
        It counts as heard: who waits for a place in the utterance hears that the caller
        is there, as early as he is, and at the end that he has heard all.
        """
        self.assertGreater(self.bridge.skipped_ms, 500)
        now = self.frames * 0.02
        self.steps += self.bridge.utterance_end("u", now)
        self.steps += let_pass(self.bridge, 3, now)
        *progress, last = states(self.steps)[1:]
        frames = 10 + 50 + 200 + 200
        self.assertEqual(
            progress,
            [(20 * frame, PlayState.PROGRESS) for frame in range(1, frames + 1)],
        )
        self.assertEqual(last, (20 * frames, PlayState.DONE))

    def test_recording(self) -> None:
        """
        It is not in the recording, where frames follow each other as the caller heard
        them.
        """
        kept = [step for step in self.steps if isinstance(step, KeepAgent)]
        for before, after in pairwise(kept):
            self.assertEqual(len(after.pcm), 640)
            self.assertLessEqual(abs(after.position - before.position - 320), 1)


class LastWordsTests(SynchronousTestCase):
    """
    The last words are played to their end.
    """

    def test_silence_after_them(self) -> None:
        """
        Silence after the last words is not.
        """
        bridge = core(tell_progress=False)
        bridge.agent_audio(SECOND + bytes(64000), "u", 0, 0.0)
        steps = bridge.drain(0.0) + let_pass(bridge, 1.1)
        self.assertEqual(steps[-1:], [Drained()])
        self.assertIn((1000, PlayState.DONE), states(steps))
