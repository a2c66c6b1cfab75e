"""
Tests for L{acsgw.bridge.core}: interruptions, and the last words.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acsgw.bridge.steps import Drained, KeepAgent, Step, StopCaller, TellPlayed
from acsgw.interfaces import PlayState

from .test_core import FRAME, bridge_core, frame, reports, spoken


class FlushTests(SynchronousTestCase):
    """
    The caller interrupts.
    """

    def setUp(self) -> None:
        self.core = bridge_core()
        self.core.caller.agent_ready()

    def speak(self, frames: int, now: float, generation: int = 0) -> list[Step]:
        return self.core.agent_audio(frame(1) * frames, "u", generation, now)

    def test_flush(self) -> None:
        """
        The network forgets what it has, we forget the rest, and the agent is told
        how far the caller has heard it.
        """
        self.speak(50, 100.0)
        self.assertEqual(
            self.core.flush(1, 100.041),
            [
                TellPlayed("u", 0, PlayState.STARTED),
                KeepAgent(frame(1), 0),
                KeepAgent(frame(1), 320),
                StopCaller(),
                TellPlayed("u", 40, PlayState.FLUSHED),
            ],
        )
        self.assertEqual(self.core.tick(101.0), [])

    def test_every_utterance_is_told(self) -> None:
        """
        Utterances that were not begun are told as well: nothing of them was heard.
        """
        self.core.agent_audio(frame(1) * 5, "u", 0, 100.0)
        self.core.agent_audio(frame(1) * 5, "v", 0, 100.0)
        self.assertEqual(
            reports(self.core.flush(1, 100.01)),
            [
                TellPlayed("u", 0, PlayState.FLUSHED),
                TellPlayed("v", 0, PlayState.FLUSHED),
            ],
        )

    def test_old_audio(self) -> None:
        """
        Audio that the agent sent before it flushed, but that comes later, is
        dropped; what it says now is heard at once.
        """
        self.speak(50, 100.0)
        self.core.flush(1, 100.1)
        self.assertEqual(self.speak(5, 100.1, generation=0), [])
        self.assertEqual(len(spoken(self.speak(1, 100.1, generation=1))), 1)

    def test_flush_twice(self) -> None:
        """
        The same flush told twice, or one that is older, silences nobody.
        """
        self.core.flush(3, 100.0)
        self.speak(5, 100.0, generation=3)
        self.assertEqual(self.core.flush(3, 100.01), [])
        self.assertEqual(self.core.flush(2, 100.01), [])
        self.assertEqual(len(spoken(self.core.tick(100.021))), 1)

    def test_nothing_to_flush(self) -> None:
        """
        When all has been heard there is nothing to take back from the network.
        """
        self.assertEqual(self.core.flush(1, 100.0), [])

    def test_just_heard(self) -> None:
        """
        An utterance whose end was heard before the interruption is done, not cut.
        """
        self.speak(1, 100.0)
        self.core.utterance_end("u", 100.0)
        self.assertEqual(
            self.core.flush(1, 100.5),
            [
                TellPlayed("u", 0, PlayState.STARTED),
                KeepAgent(frame(1), 0),
                TellPlayed("u", 20, PlayState.DONE),
            ],
        )

    def test_same_utterance_goes_on(self) -> None:
        """
        After the interruption an utterance of the same name is a new one.
        """
        self.speak(5, 100.0)
        self.core.flush(1, 100.05)
        self.speak(1, 100.05, generation=1)
        self.core.utterance_end("u", 100.05)
        self.assertEqual(
            reports(self.core.tick(100.1)),
            [
                TellPlayed("u", 0, PlayState.STARTED),
                TellPlayed("u", 20, PlayState.DONE),
            ],
        )


class DrainTests(SynchronousTestCase):
    """
    The agent has said its last word.
    """

    def setUp(self) -> None:
        self.core = bridge_core()
        self.core.caller.agent_ready()

    def test_drained_when_heard(self) -> None:
        """
        The last words are heard to their end, whole or not, before the call goes
        on.
        """
        self.core.agent_audio(frame(1) * 2 + b"\1" * 100, "u", 0, 100.0)
        steps = self.core.drain(100.0)
        self.assertEqual(spoken(steps), [b"\1" * 100 + bytes(FRAME - 100)])
        self.assertNotIn(Drained(), steps)
        self.assertNotIn(Drained(), self.core.tick(100.05))
        steps = self.core.tick(100.061)
        self.assertEqual(steps[1:], [TellPlayed("u", 60, PlayState.DONE), Drained()])

    def test_once(self) -> None:
        """
        It is told once.
        """
        self.assertEqual(self.core.drain(100.0), [Drained()])
        self.assertEqual(self.core.tick(100.1), [])

    def test_no_more_words(self) -> None:
        """
        What the agent says after its last word is not heard.
        """
        self.core.agent_audio(frame(1) * 10, "u", 0, 100.0)
        self.core.drain(100.0)
        self.assertEqual(self.core.agent_audio(frame(2), "v", 0, 100.0), [])
        self.assertEqual(self.core.agent_audio(frame(2), "u", 0, 100.0), [])

    def test_interrupted(self) -> None:
        """
        Last words that are interrupted have been said.
        """
        self.core.agent_audio(frame(1) * 50, "u", 0, 100.0)
        self.core.drain(100.0)
        steps = self.core.flush(1, 100.01)
        self.assertEqual(steps[-1], Drained())
        self.assertIn(StopCaller(), steps)

    def test_go_on(self) -> None:
        """
        If it was not the last word after all, the agent is heard again, though the
        old words are not yet at their end.
        """
        self.core.agent_audio(frame(1) * 10, "u", 0, 100.0)
        self.core.drain(100.0)
        self.core.go_on()
        self.core.agent_audio(frame(2), "v", 0, 100.01)
        sent: list[bytes] = []
        for tick in range(40):
            steps = self.core.tick(100.01 + tick * 0.02)
            self.assertNotIn(Drained(), steps)
            sent += spoken(steps)
        self.assertEqual(sent[-1], frame(2))
