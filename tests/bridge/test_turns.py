"""
Conversions that wait for the end of a turn change nothing that anybody hears.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings, strategies as st
from twisted.internet.defer import Deferred
from zope.interface import alsoProvides

from acsgw.audio.batch import Batch
from acsgw.bridge.bridge import Bridge
from acsgw.bridge.parts import BridgeParts
from acsgw.bridge.wheel import Wheel
from acsgw.interfaces import (
    IHearsProgress,
    PlayState,
)
from acsgw.testing.scripted_agent import ScriptedAgentConnector

from ..support import ClockTestCase
from .world import INFO, REQUEST, Line, Listener, Recorder, frame


class Turns:
    """
    Who reads sockets.
    """

    in_turn = False


class OneCall:
    """
    A call in which both ways are converted.

    @ivar told: what the agent was told, the caller's voice and all else in order.
    """

    def __init__(self, clock: Any, batch: Batch, wheel: Wheel) -> None:
        self.told: list[Any] = []
        self.hears: Callable[[], None] = lambda: None
        self.connector = ScriptedAgentConnector(clock, 8000, 8000)
        # Others are told of what was heard when there is something else to do.
        self.connector.prepare = self._prepare
        self.line, self.listener, self.recorder = Line(), Listener(), Recorder()
        parts = BridgeParts(
            connector=self.connector,
            wheel=wheel,
            batch=batch,
            monotonic=clock.seconds,
            lead_ms=40,
            new_recorder=lambda call_id, rate: self.recorder,
        )
        self.bridge = Bridge(INFO, parts, self.listener)

    def _prepare(self, agent: Any) -> None:
        agent.told, agent.awaits_progress = self.told, True
        alsoProvides(agent, IHearsProgress)
        agent.caller_audio = self._hear

    def _hear(self, pcm: bytes, position_ms: int) -> None:
        self.told.append((pcm, position_ms))
        self.hears()

    @property
    def agent(self) -> Any:
        return self.connector.agents[-1]

    def open(self) -> None:
        self.bridge.media_opened(self.line, 16000, "cc")
        self.bridge.open_agent()

    def happens(self, what: str, number: int) -> None:
        """
        Something comes from a socket.
        """
        bridge = self.bridge
        match what:
            case "caller":
                bridge.caller_audio(frame(number % 100))
            case "key":
                bridge.caller_pressed("#*5"[number % 3])
            case "closed":
                bridge.media_closed("1006")
            case "resume":
                bridge.resume_agent()
            case "drain":
                bridge.drain()
            case "finish":
                Deferred.fromCoroutine(bridge.finish())
            case "close":
                bridge.close_agent("enough", caller_gone=False)
            case _:
                self.says(what, number)

    def says(self, what: str, number: int) -> None:
        events = self.agent.events
        match what:
            case "audio":
                pcm = bytes([number % 100 + 1]) * (100 + number * 7)
                events.agent_audio(pcm, "uv"[number % 2], number % 3)
            case "end":
                events.utterance_end("uv"[number % 2])
            case "flush":
                events.flush(number % 3)
            case "words":
                events.transcript("agent", "x")
            case "transfer":
                events.transfer(REQUEST)
            case "ended":
                events.ended("bye", {})
            case "failed":
                events.failed("oh")
            case "finished":
                events.finished()

    def seen(self) -> dict[str, Any]:
        """
        @return: what each heard, in order.
        """
        recorder = self.recorder
        return {
            "line": self.line.sent,
            "agent": self.told,
            "call": self.listener.heard,
            "caller recorded": recorder.caller,
            "agent recorded": recorder.agent,
            "recording": (recorder.finished, recorder.pauses),
            "counters": self.bridge.counters,
        }


_SELDOM = ("end", "key", "flush", "words", "transfer", "ended", "failed", "finished")
_ENDS = ("closed", "resume", "drain", "close", "finish")
_WHAT = st.one_of(st.just("caller"), st.just("audio"), st.sampled_from(_SELDOM + _ENDS))
_EVENT = st.tuples(st.integers(0, 1), _WHAT, st.integers(0, 200))

#: What happens in each turn, to which call, and how many ms pass then.
_TURNS = st.lists(
    st.tuples(st.lists(_EVENT, max_size=10), st.sampled_from([0, 2, 20, 70])),
    max_size=6,
)


class TurnsTestCase(ClockTestCase):
    """
    Two calls, whose sockets are read in turns, or not.
    """

    def begin(self) -> None:
        """
        Make another world.
        """
        ClockTestCase.setUp(self)
        self.turns = Turns()
        self.batch = Batch(self.turns)
        wheel = Wheel(self.reactor)
        self.calls = [OneCall(self.reactor, self.batch, wheel) for _ in range(2)]
        for call in self.calls:
            call.open()

    def setUp(self) -> None:
        self.begin()

    def end_turn(self) -> None:
        self.turns.in_turn = False
        self.batch.finish()


class SameTests(TurnsTestCase):
    """
    Turns or not, all is the same.
    """

    def seen(self, turns: Any, batched: bool) -> list[dict[str, Any]]:
        self.begin()
        for events, pause in turns:
            self.turns.in_turn = batched
            for number, what, size in events:
                self.calls[number].happens(what, size)
            self.end_turn()
            self.reactor.pump([0.001] * pause or [0.0])
        self.reactor.pump([0.02] * 100)
        return [call.seen() for call in self.calls]

    @settings(max_examples=400, deadline=None, derandomize=True, database=None)
    @given(_TURNS)
    def test_same(self, turns: Any) -> None:
        """
        Line, agent, recorder and call of both hear the same, in the same order.
        """
        at_once, in_turns = self.seen(turns, False), self.seen(turns, True)
        for one, other in zip(at_once, in_turns, strict=True):
            for who in one:
                self.assertEqual(other[who], one[who], who)


class InTurnTests(TurnsTestCase):
    """
    What happens while a batch is told.
    """

    def setUp(self) -> None:
        super().setUp()
        self.reactor.advance(0)
        self.turns.in_turn = True

    def test_said_meanwhile(self) -> None:
        """
        An agent that ends its utterance when it hears the caller, as one behind a
        stream may: what it said in the same turn is a part of it.
        """
        call = self.calls[0]
        events = call.agent.events
        events.agent_audio(bytes(320), "u", 0)
        self.batch.finish()
        call.hears = lambda: events.utterance_end("u")
        call.bridge.caller_audio(frame(1))
        events.agent_audio(bytes(320), "u", 0)
        self.end_turn()
        self.reactor.pump([0.01] * 30)
        states = [told[3] for told in call.told if told[0] == "played"]
        self.assertEqual((states[0], states[-1]), (PlayState.STARTED, PlayState.DONE))

    def test_answered_meanwhile(self) -> None:
        """
        An agent that answers while others of its words wait: they come first.
        """
        call = self.calls[0]
        events = call.agent.events
        answers = [b"\x09" * 320]

        def answer() -> None:
            if answers:
                events.agent_audio(answers.pop(), "u", 0)

        events.agent_audio(bytes(320), "u", 0)
        self.batch.finish()
        call.hears = answer
        call.bridge.caller_audio(frame(1))
        events.agent_audio(bytes(320), "u", 0)
        self.end_turn()
        silent = [not any(sent) for sent in call.line.sent if isinstance(sent, bytes)]
        self.assertEqual(silent, [True, True, False])

    def test_bug_of_one(self) -> None:
        """
        A call whose agent has a bug is ended, with a line in the log and not one for
        each frame; the other hears all that was said in the same turn, and later.
        """
        bad, good = self.calls

        def fail() -> None:
            raise ZeroDivisionError("a bug")

        bad.hears = fail
        for _ in range(2):
            for call in self.calls:
                call.bridge.caller_audio(frame(1))
                call.bridge.caller_audio(frame(2))
            self.end_turn()
            self.turns.in_turn = True
        self.assertEqual(len(good.told), 4)
        self.assertEqual(bad.line.sent, ["give up: internal error"])
        self.assertEqual(good.line.sent, [])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_bug_while_another_speaks(self) -> None:
        """
        One that has something to say, and so has all that waits told, does not pay
        for another's bug.
        """
        bad, good = self.calls
        bad.hears = lambda: 1 // 0  # type: ignore[assignment]
        bad.bridge.caller_audio(frame(1))
        good.bridge.caller_pressed("5")
        self.assertEqual(good.told, [("dtmf", "5")])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_bug_at_a_time(self) -> None:
        """
        One that fails when it is woken is not silent for ever either.
        """
        bad, good = self.calls

        def fail(pcm: bytes) -> None:
            raise ZeroDivisionError("a bug")

        for call in self.calls:
            call.agent.events.agent_audio(bytes(320 * 20), "u", 0)
        self.end_turn()
        bad.line.speak = fail  # type: ignore[method-assign]
        self.reactor.pump([0.02] * 20)
        self.assertEqual(bad.line.sent[-1], "give up: internal error")
        self.assertEqual(len(good.line.sent), 20)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
