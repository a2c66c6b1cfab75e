"""
Tests for L{acsgw.bridge.core}: the caller's way to the agent, the agent's way to
the caller.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.trial.unittest import SynchronousTestCase

from acsgw.bridge.steps import (
    KeepAgent,
    KeyToAgent,
    Step,
    TellPlayed,
    ToAgent,
)
from acsgw.interfaces import PlayState

from .whole_core import KeepCaller, WholeCore

FRAME = 640


def frame(number: int) -> bytes:
    return bytes([number]) * FRAME


def bridge_core(caller_rate: int = 16000, agent_rate: int = 16000) -> WholeCore:
    """
    Opened at second 100, at 16 kHz, with a lead of 40 ms.
    """
    return WholeCore(
        100.0,
        media_rate=16000,
        caller_rate=caller_rate,
        agent_rate=agent_rate,
        lead_ms=40,
    )


def spoken(steps: list[Step]) -> list[bytes]:
    return [step for step in steps if isinstance(step, bytes)]


def for_agent(steps: Sequence[object]) -> list[ToAgent]:
    return [step for step in steps if isinstance(step, ToAgent)]


def reports(steps: list[Step]) -> list[TellPlayed]:
    return [step for step in steps if isinstance(step, TellPlayed)]


class CallerTests(SynchronousTestCase):
    """
    The caller is heard.
    """

    def setUp(self) -> None:
        self.core = bridge_core()

    def test_to_agent_and_recording(self) -> None:
        """
        What the caller says goes to the agent, and to the recording at the place
        where it began.
        """
        self.core.caller.agent_ready()
        self.assertEqual(
            self.core.caller_audio(frame(1), 100.02),
            [KeepCaller(frame(1), 0), ToAgent(frame(1), 0)],
        )
        self.assertEqual(
            self.core.caller_audio(frame(2), 100.05),
            [KeepCaller(frame(2), 480), ToAgent(frame(2), 20)],
        )

    def test_first_frame_is_early(self) -> None:
        """
        Nothing belongs before the beginning, though the first frame was on its way
        when the stream opened.
        """
        [keep] = self.core.caller_audio(frame(1), 100.001)
        self.assertEqual(keep, KeepCaller(frame(1), 0))

    def test_early_words(self) -> None:
        """
        What the caller says before the agent is ready is kept for it, in order and
        with its place in time.
        """
        for number in range(3):
            steps = self.core.caller_audio(frame(number), 100.02 * number)
            self.assertEqual(for_agent(steps), [])
        self.assertEqual(
            self.core.caller.agent_ready(),
            [ToAgent(frame(n), 20 * n) for n in range(3)],
        )
        [heard] = for_agent(self.core.caller_audio(frame(3), 100.08))
        self.assertEqual(heard, ToAgent(frame(3), 60))
        self.assertEqual(self.core.caller.early_dropped_ms, 0)

    def test_early_words_are_bounded(self) -> None:
        """
        Only the last second is kept for an agent that takes long; the rest is
        counted, and places in time include it.
        """
        for number in range(60):
            self.core.caller_audio(frame(number), 100.0 + number * 0.02)
        heard = for_agent(self.core.caller.agent_ready())
        self.assertEqual([h.pcm for h in heard], [frame(n) for n in range(10, 60)])
        self.assertEqual(heard[0].position_ms, 200)
        self.assertEqual(self.core.caller.early_dropped_ms, 10 * 20)

    def test_keys(self) -> None:
        """
        Keys that are pressed before the agent is ready are told when it is, with
        the time at which they were pressed; later ones at once.
        """
        self.assertEqual(self.core.caller_pressed("1", 100.5), [])
        self.assertEqual(self.core.caller.agent_ready(), [KeyToAgent("1", 500)])
        self.assertEqual(self.core.caller_pressed("#", 101.0), [KeyToAgent("#", 1000)])
        self.core.caller.agent_gone()
        self.assertEqual(self.core.caller_pressed("2", 102.0), [])

    def test_after_the_agent(self) -> None:
        """
        When the agent has gone the caller is recorded only, and this counts as no
        loss.
        """
        self.core.caller.agent_ready()
        self.core.caller.agent_gone()
        for number in range(200):
            [keep] = self.core.caller_audio(frame(1), 100.0 + number * 0.02)
            self.assertIsInstance(keep, KeepCaller)
        self.assertEqual(self.core.caller.early_dropped_ms, 0)

    def test_agent_at_another_rate(self) -> None:
        """
        The agent hears the caller at its own rate; places in time stay the same.
        """
        core = bridge_core(caller_rate=8000)
        core.caller.agent_ready()
        for number in range(5):
            [heard] = for_agent(core.caller_audio(frame(1), 100.02))
            self.assertEqual((len(heard.pcm), heard.position_ms), (320, 20 * number))

    def test_position(self) -> None:
        """
        Places are samples of the network's rate; what is settled is a second
        behind, and nothing lies before the beginning.
        """
        self.assertEqual(self.core.position(100.5), 8000)
        self.assertEqual(self.core.position(99.0), 0)
        self.assertEqual(self.core.settled(100.5), 0)
        self.assertEqual(self.core.settled(102.04), 16000)


class AgentTests(SynchronousTestCase):
    """
    The agent is heard.
    """

    def setUp(self) -> None:
        self.core = bridge_core()
        self.core.caller.agent_ready()

    def speak(self, frames: int, now: float, utterance: str = "u") -> list[Step]:
        speech = b"".join(frame(number) for number in range(frames))
        return self.core.agent_audio(speech, utterance, 0, now)

    def test_paced(self) -> None:
        """
        Speech in one burst goes to the caller at the speed of the clock, with the
        lead.
        """
        sent = spoken(self.speak(20, 100.0))
        self.assertEqual(len(sent), 3)
        for tick in range(1, 18):
            self.assertEqual(len(spoken(self.core.tick(100.001 + tick * 0.02))), 1)
        self.assertEqual(spoken(self.core.tick(101.0)), [])
        self.assertEqual(self.core.underruns, 0)

    def test_story_of_an_utterance(self) -> None:
        """
        The agent hears when the caller began to hear it, and when he has heard it
        all; the recording gets each frame where it was heard.
        """
        self.speak(2, 100.5)
        self.core.utterance_end("u", 100.5)
        self.assertEqual(self.core.tick(100.51), [])
        self.assertEqual(
            self.core.tick(100.521),
            [TellPlayed("u", 0, PlayState.STARTED), KeepAgent(frame(0), 8000)],
        )
        self.assertEqual(
            self.core.tick(100.541),
            [KeepAgent(frame(1), 8320), TellPlayed("u", 40, PlayState.DONE)],
        )
        self.assertEqual(self.core.tick(101), [])

    def test_chunks_of_any_size(self) -> None:
        """
        The agent may cut its speech anywhere, in the middle of a sample too.
        """
        whole = bridge_core(agent_rate=24000)
        pieces = bridge_core(agent_rate=24000)
        speech = bytes(number % 251 for number in range(9600))
        now = 200.0
        expected = spoken(whole.agent_audio(speech, "u", 0, now))
        heard: list[bytes] = []
        for at in range(0, len(speech), 333):
            heard += spoken(pieces.agent_audio(speech[at : at + 333], "u", 0, now))
        for tick in range(20):
            now = 200.001 + tick * 0.02
            expected += spoken(whole.tick(now))
            heard += spoken(pieces.tick(now))
        self.assertEqual(heard, expected)
        self.assertEqual(len(heard), 10)

    def test_half_sample_is_forgotten(self) -> None:
        """
        Half a sample at the end of an utterance does not garble the next one.
        """
        core, clean = bridge_core(agent_rate=24000), bridge_core(agent_rate=24000)
        core.agent_audio(b"\1", "u", 0, 100.0)
        speech = bytes(range(240)) * 20
        self.assertEqual(
            spoken(core.agent_audio(speech, "v", 0, 100.0)),
            spoken(clean.agent_audio(speech, "v", 0, 100.0)),
        )

    def test_another_rate(self) -> None:
        """
        An agent of 24 kHz is heard at the network's 16 kHz, and takes as long.
        """
        core = bridge_core(agent_rate=24000)
        frames = spoken(core.agent_audio(bytes(24000 * 2), "u", 0, 100.0))
        for tick in range(60):
            frames += spoken(core.tick(100.0 + tick * 0.02))
        self.assertEqual([len(f) for f in frames], [FRAME] * 50)

    def test_last_sample_is_heard(self) -> None:
        """
        What the resampler holds back is heard when the utterance ends.
        """
        core = bridge_core(agent_rate=8000)
        core.agent_audio(bytes(318) + b"\x20\x4e", "u", 0, 100.0)
        frames = spoken(core.utterance_end("u", 100.0))
        self.assertTrue(any(b != 0 for b in frames[-1]))

    def test_underruns(self) -> None:
        """
        An agent that speaks too slowly is counted.
        """
        self.speak(1, 100.0)
        self.speak(1, 100.5)
        self.assertEqual(self.core.underruns, 1)
