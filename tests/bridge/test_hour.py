"""
A call of one hour: nothing drifts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acsgw.audio.batch import Batch
from acsgw.bridge.bridge import Bridge
from acsgw.bridge.parts import BridgeParts
from acsgw.bridge.wheel import SLOT_SECONDS, Wheel
from acsgw.testing.scripted_agent import ScriptedAgentConnector

from .world import INFO, Line, Listener, Recorder, frame

FRAME = 0.02
FRAMES = 60 * 60 * 50
LEAD = 0.1

#: A minute of the agent: so many frames in real time, then a burst of as many, and
#: silence until the minute is over.
STREAMED, BURST, MINUTE = 1500, 1000, 3000


class CountingClock(Clock):
    """
    @ivar timers: that were set.
    """

    timers = 0

    def callLater(
        self,
        delay: float,
        callable: Callable[..., object],  # noqa: A002 (the interface calls it so)
        *args: object,
        **kw: object,
    ) -> IDelayedCall:
        self.timers += 1
        return super().callLater(delay, callable, *args, **kw)


class TimedLine(Line):
    """
    @ivar times: of the frames.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.times: list[float] = []

    def speak(self, pcm: bytes) -> None:
        self.times.append(self._clock.seconds())


class HourTests(SynchronousTestCase):
    """
    L{Bridge}, L{Wheel} and what they are made of.
    """

    def test_hour(self) -> None:
        """
        Every frame of the agent is sent at its time, and recorded at its place; the
        caller's position is the clock's; there is a wake or two for each frame.
        """
        clock = CountingClock()
        connector = ScriptedAgentConnector(clock)
        line, recorder = TimedLine(clock), Recorder()
        parts = BridgeParts(
            connector=connector,
            wheel=Wheel(clock),
            batch=Batch(),
            monotonic=clock.seconds,
            lead_ms=round(LEAD * 1000),
            new_recorder=lambda call_id, rate: recorder,
        )
        bridge = Bridge(INFO, parts, Listener())
        bridge.media_opened(line, 16000, "cc")
        bridge.open_agent()
        clock.advance(0)
        [agent] = connector.agents
        hears: Any = agent
        positions: list[int] = []
        hears.caller_audio = lambda pcm, position_ms: positions.append(position_ms)
        piece, burst = frame(1), frame(2) * BURST
        wanted = []
        for number in range(FRAMES):
            minute, at = divmod(number, MINUTE)
            name = f"u{minute}"
            if at < STREAMED:
                agent.events.agent_audio(piece, name, 0)
                wanted.append(number)
            elif at == STREAMED:
                agent.events.agent_audio(burst, name, 0)
                agent.events.utterance_end(name)
                wanted += range(number, number + BURST)
            bridge.caller_audio(piece)
            clock.advance(FRAME)
        clock.advance(FRAME)
        self.assertEqual(len(line.times), len(wanted))
        for sent, number in zip(line.times, wanted, strict=True):
            due = number * FRAME
            self.assertTrue(due - LEAD - 1e-6 <= sent <= due + SLOT_SECONDS, due)
        starts = [position for _, position in recorder.agent]
        self.assertEqual(len(starts), len(wanted))
        for start, number in zip(starts, wanted, strict=True):
            self.assertLessEqual(abs(start - number * 320), 1)
        self.assertEqual(positions, [number * 20 for number in range(FRAMES)])
        self.assertEqual(bridge.counters["underruns"], 0)
        self.assertLess(clock.timers, 2.5 * FRAMES)
