"""
Tests for L{acsgw.bridge.core}: how the agent hears of what was heard, and how much of
its last words is played.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acsgw.bridge.steps import Drained, Step, TellPlayed
from acsgw.interfaces import PlayState

from .whole_core import WholeCore

SECOND = b"\x10\x20" * 16000


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
