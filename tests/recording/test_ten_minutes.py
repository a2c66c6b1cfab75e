"""
Ten minutes of a call on bad lines, from the bridge to the file.
"""

from __future__ import annotations

import heapq
import wave
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from twisted.internet.defer import execute

from acsgw.audio.batch import Batch
from acsgw.bridge.bridge import Bridge
from acsgw.bridge.parts import BridgeParts
from acsgw.bridge.wheel import Wheel
from acsgw.recording.studio import Studio
from acsgw.testing.scripted_agent import ScriptedAgentConnector

from ..bridge.world import INFO, Listener
from ..support import ClockTestCase
from .world import NOW, RATE, counted, said

SECONDS = 600
FRAME_SECONDS = 0.02

#: The caller's clock runs so much slower than ours.
DRIFT = 50e-6


class CallersEar:
    """
    The media stream to the caller, and the network behind it, which plays what it is
    given without a break, until it is told to stop.  Each frame is known by the value
    of its samples.

    @ivar heard: when each frame began to be heard.
    """

    def __init__(self, test: TenMinutesTests) -> None:
        self.frames_dropped = 0
        self._seconds = test.reactor.seconds
        self.heard: dict[int, float] = {}
        self._free_at = 0.0

    def speak(self, pcm: bytes) -> None:
        begins = max(self._seconds(), self._free_at)
        self._free_at = begins + FRAME_SECONDS
        self.heard[int(np.frombuffer(pcm, "<i2")[0])] = begins

    def stop_speaking(self) -> None:
        now = self._seconds()
        # A frame that is cut in the middle was not heard to its end either.
        self.heard = {
            number: begins
            for number, begins in self.heard.items()
            if begins + FRAME_SECONDS <= now + 1e-9
        }
        self._free_at = now

    def close(self) -> None:
        """
        The call is over.
        """

    def give_up(self, problem: str) -> None:
        """
        It should not be.
        """
        raise AssertionError(problem)


class TenMinutesTests(ClockTestCase):
    """
    L{acsgw.bridge} and L{acsgw.recording}, with time that is moved by hand.
    """

    def setUp(self) -> None:
        super().setUp()
        self.random = Random(7)
        self.folder = Path(self.mktemp())
        self.connector = ScriptedAgentConnector(self.reactor)
        self.ear = CallersEar(self)
        studio = Studio(
            folder=self.folder,
            format="wav",
            ring=None,
            wall=lambda: NOW,
            random_bytes=counted,
            in_writer_thread=execute,
            count=lambda became: None,
            published=lambda path: None,
        )
        parts = BridgeParts(
            connector=self.connector,
            wheel=Wheel(self.reactor),
            batch=Batch(),
            monotonic=self.reactor.seconds,
            lead_ms=100,
            new_recorder=lambda call, rate: studio.recorder("main", "", "", call, rate),
        )
        self.bridge = Bridge(replace(INFO, call_id="c1"), parts, Listener())
        self.said_by_agent = 0
        self.generation = 0

    def caller(self) -> list[tuple[float, int]]:
        """
        @return: when each of the caller's frames comes in, in order: with jitter,
            single frames lost, nothing at all for seconds, and stalls after which all
            comes in at once.
        """
        frames = round(SECONDS / FRAME_SECONDS)
        arrivals, before, number = [], 0.0, 1
        stall_until = 0.0
        while number < frames:
            self.spoken[number] = number * FRAME_SECONDS * (1 + DRIFT)
            ready = self.spoken[number] + FRAME_SECONDS
            dice = self.random.random() if ready > stall_until else 1.0
            if dice < 0.001:
                number += self.random.randrange(20, 200)  # muted
                continue
            if dice < 0.003:
                stall_until = ready + self.random.uniform(0.1, 0.9)
            if dice > 0.01:  # the rest is lost
                before = max(before, stall_until, ready + self.random.uniform(0, 0.02))
                arrivals.append((before, number))
            number += 1
        return arrivals

    def agent_does(self) -> float:
        """
        The agent says something, in bursts faster than real time and with breaks in the
        middle of a word; or it is done; or it is interrupted.

        @return: seconds until it does something again.
        """
        events, dice = self.connector.agents[-1].events, self.random.random()
        if dice < 0.1:
            self.generation += 1
            events.flush(self.generation)
        elif dice < 0.25:
            events.utterance_end(f"u{self.generation}")
        else:
            first = self.said_by_agent + 1
            self.said_by_agent += self.random.randrange(1, 60)
            numbers = range(first, self.said_by_agent + 1)
            pcm = b"".join(said(number) for number in numbers)
            events.agent_audio(pcm, f"u{self.generation}", self.generation)
        return self.random.uniform(0.05, 1.2)

    def live(self) -> None:
        """
        Ten minutes pass.
        """
        self.spoken: dict[int, float] = {}
        ticks = [(n * FRAME_SECONDS, 0) for n in range(1, SECONDS * 50)]
        self.arrivals = self.caller()
        moments = [*ticks, *self.arrivals, (0.5, -1)]
        heapq.heapify(moments)
        while moments and moments[0][0] < SECONDS:
            at, what = heapq.heappop(moments)
            self.reactor.advance(max(0.0, at - self.reactor.seconds()))
            if what > 0:
                self.bridge.caller_audio(said(what))
            elif what < 0:
                heapq.heappush(moments, (at + self.agent_does(), -1))
        self.reactor.advance(SECONDS - self.reactor.seconds())

    def off(
        self, side: NDArray[np.int16], expected: dict[int, float]
    ) -> dict[int, float]:
        """
        @return: of each frame that is in the recording, how many seconds it is after
            where it should be.
        """
        numbers, firsts = np.unique(side, return_index=True)
        return {
            number: first / RATE - expected[number]
            for number, first in zip(numbers.tolist(), firsts.tolist(), strict=True)
            if number
        }

    def before_the_end(self, numbers: set[int] | None = None) -> set[int]:
        """
        @return: of these frames of the agent, or of all that were heard, those that
            were over when the last tick came.
        """
        end, heard = SECONDS - 3 * FRAME_SECONDS, self.ear.heard
        wanted = set(heard) if numbers is None else numbers
        return {number for number in wanted if heard[number] < end}

    def test_aligned(self) -> None:
        """
        After ten minutes of lost frames, mutes, stalls, a caller's clock that drifts,
        underruns of the agent and interruptions, each frame of both sides is within
        one frame (20 ms) of where the call's clock says, at the end as at the
        beginning; and the recording is as long as the call, to the sample.

        Exact: the length; the order of frames; and the agent, to the millisecond where
        the gateway's clock says that a frame was heard (that the network plays at once,
        and does not drift, is assumed here as there; a frame that an interruption cuts
        in the middle is left out).

        Not exact: the caller, who is where his frames came in when they were least
        late, within half a frame.  That they were late can be seen only when one comes
        in time again: if none does, since he is muted in the middle of a stall, the
        last frames stay where they came in; and of a frame that is lost in a stall it
        cannot be known where it is missing.  There is none of both here.  After a stall
        of more than a second its beginning is dropped.
        """
        self.bridge.media_opened(self.ear, RATE, "cc")
        self.bridge.open_agent()
        self.live()
        result = self.successResultOf(self.bridge.finish())
        assert result is not None
        self.assertEqual((result.problem, result.seconds), (None, SECONDS))
        with wave.open(result.path) as file:
            self.assertEqual(file.getnframes(), SECONDS * RATE)
            samples = np.frombuffer(file.readframes(SECONDS * RATE), "<i2")
        left, right = samples[::2], samples[1::2]
        caller = self.off(left, self.spoken)
        agent = self.off(right, self.ear.heard)
        self.assertGreater(len(caller), 0.97 * len(self.arrivals))
        self.assertEqual(self.before_the_end(set(agent)), self.before_the_end())
        self.assertGreater(len(agent), 10_000)
        self.assertGreater(self.bridge.counters["underruns"], 100)
        self.assertGreater(self.generation, 50)
        for side, limit in ((caller, FRAME_SECONDS), (agent, 0.001)):
            self.assertLessEqual(max(abs(off) for off in side.values()), limit)
        # To the very end.
        last = max(caller)
        self.assertGreater(self.spoken[last], SECONDS - 5)
        self.assertGreater(max(self.ear.heard.values()), SECONDS - 5)
