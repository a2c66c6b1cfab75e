"""
L{ivr_sample.machine} under every order of inputs, and its states one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from ivr_sample.actions import (
    Action,
    Ended,
    HangUp,
    LookUp,
    Outcome,
    Play,
    Recognize,
    Target,
    Transfer,
)
from ivr_sample.core import CallCore, CallInputs
from ivr_sample.dialogue import Caller, Dialogue
from ivr_sample.machine import INPUTS, new_call_machine

from .house import settings_in

Step = Callable[[CallInputs, Clock], None]

STEPS: dict[str, Step] = {
    "answer": lambda call, clock: call.answer(),
    "stop": lambda call, clock: call.stop(),
    "hang_up": lambda call, clock: call.hang_up(Outcome.DRAINED, "stopping"),
    "connected": lambda call, clock: call.connected(),
    "answer_failed": lambda call, clock: call.answer_failed("no"),
    "keyed": lambda call, clock: call.keyed("12345"),
    "keyed_1": lambda call, clock: call.keyed("1"),
    "nothing_keyed": lambda call, clock: call.nothing_keyed(),
    "cannot_ask": lambda call, clock: call.cannot_ask("8511"),
    "played": lambda call, clock: call.played(),
    "transfer_accepted": lambda call, clock: call.transfer_accepted(Target.AGENT),
    "transfer_failed": lambda call, clock: call.transfer_failed("busy"),
    "alive": lambda call, clock: call.alive(),
    "dead": lambda call, clock: call.dead("404"),
    "disconnected": lambda call, clock: call.disconnected("bye"),
    "hung_up": lambda call, clock: call.hung_up(),
    "hang_up_failed": lambda call, clock: call.hang_up_failed("no"),
    "time": lambda call, clock: clock.advance(200),
}

_ASKED = ("answer", "connected")
_MOVING = (*_ASKED, "keyed", "keyed_1")
_SORRY = (*_MOVING, "transfer_failed", "alive")
_OFFER = (*_SORRY, "played", "transfer_failed", "alive")

#: One way to each state, and to each question.
GOOD_WAYS: tuple[tuple[str, ...], ...] = (
    (),
    _ASKED[:1],
    _ASKED,
    _MOVING[:3],
    _MOVING,
    (*_MOVING, "disconnected"),
    (*_MOVING, "transfer_failed"),
    _SORRY,
    _OFFER,
    (*_OFFER, "keyed_1"),
    (*_OFFER, "keyed_1", "played"),
    (*_OFFER, "keyed_1", "played", "hung_up"),
)


class MachineTestCase(SynchronousTestCase):
    """
    A test with a machine.
    """

    def setUp(self) -> None:
        self.settings = settings_in(Path(self.mktemp()))

    def after(self, *way: str) -> tuple[CallInputs, Clock, list[Action]]:
        """
        @return: a machine that has gone a way.
        """
        clock, actions = Clock(), list[Action]()
        caller = Caller(raw_id="4:+14255550123")
        call = new_call_machine(
            CallCore(clock, actions.append, lambda: Dialogue(self.settings, caller))
        )
        for step in way:
            STEPS[step](call, clock)
        return call, clock, actions

    def end(self, *way: str) -> Outcome:
        """
        @return: how the call ends, after time alone.
        """
        _, clock, actions = self.after(*way)
        for _ in range(30):
            clock.advance(200)
        last = actions[-1]
        assert isinstance(last, Ended), way
        return last.outcome


class AnyOrderTests(MachineTestCase):
    """
    The network promises nothing about order.
    """

    def test_steps(self) -> None:
        """
        Every input of the machine is among those that are tried, but for those that
        only the machine itself gives.
        """
        names = {name for name in vars(CallInputs) if not name.startswith("_")}
        self.assertEqual(len(names), len(INPUTS))
        own = {"ask", "say", "move", "leave", "timed_out"}
        self.assertEqual(names - own, STEPS.keys() - {"time", "keyed_1"})

    def test_any_order(self) -> None:
        """
        Whatever comes in whatever order: no input is refused, a call ends at most
        once, L{Ended} is the last action, at most one timer runs, exactly one while
        the call lives, and none when it has ended.
        """
        for way in GOOD_WAYS:
            self.explore(way, 3)

    def explore(self, way: tuple[str, ...], more: int) -> None:
        for step in STEPS:
            _, clock, before = self.after(*way)
            timers = len(clock.getDelayedCalls())
            _, clock, actions = self.after(*way, step)
            self.check((*way, step), actions, clock)
            passed_over = (len(before), timers) == (
                len(actions),
                len(clock.getDelayedCalls()),
            )
            if more > 1 and not passed_over:
                self.explore((*way, step), more - 1)

    def check(self, way: tuple[str, ...], actions: list[Action], clock: Clock) -> None:
        ended = [isinstance(action, Ended) for action in actions]
        timers = len(clock.getDelayedCalls())
        if any(ended):
            good = ended.index(True) == len(ended) - 1 and timers == 0
        else:
            good = timers == (1 if actions else 0)
        if not good:
            self.fail(f"{way}: {actions}, {timers} timers")

    def test_ends_by_itself(self) -> None:
        """
        A call of which nothing more is heard ends by time alone.
        """
        for way in GOOD_WAYS[1:]:
            self.end(*way)


class OutcomeTests(MachineTestCase):
    """
    How calls end.
    """

    def test_outcomes(self) -> None:
        """
        Each way has the outcome that tells what became of the caller.
        """
        for way, outcome in (
            (("answer", "answer_failed"), Outcome.ANSWER_FAILED),
            (("answer",), Outcome.TIMED_OUT),
            (("answer", "stop"), Outcome.DRAINED),
            (("answer", "disconnected"), Outcome.CALLER_HUNG_UP),
            ((*_ASKED, "disconnected"), Outcome.CALLER_HUNG_UP),
            ((*_MOVING, "transfer_accepted"), Outcome.HANDED_OVER),
            ((*_MOVING, "disconnected", "transfer_accepted"), Outcome.HANDED_OVER),
            ((*_MOVING, "disconnected", "transfer_failed"), Outcome.CALLER_HUNG_UP),
            ((*_MOVING, "disconnected"), Outcome.CALLER_HUNG_UP),
            ((*_MOVING, "transfer_failed", "dead"), Outcome.LOST),
            ((*_MOVING, "time", "dead"), Outcome.LOST),
            ((*_SORRY, "transfer_accepted"), Outcome.HANDED_OVER),
            ((*_SORRY, "disconnected"), Outcome.CALLER_HUNG_UP),
            ((*_OFFER, "keyed_1", "disconnected"), Outcome.CALLBACK),
            (_OFFER, Outcome.NOBODY),
            ((*_ASKED, "hang_up"), Outcome.DRAINED),
        ):
            self.assertIs(self.end(*way), outcome, way)

    def test_failed_hand_over(self) -> None:
        """
        The call is looked up; if it is alive the caller hears an apology and is
        transferred to the human, under another context than before.
        """
        _, _, actions = self.after(*_SORRY, "played")
        kinds = [type(action) for action in actions]
        self.assertEqual(
            [kind for kind in kinds if kind in (Transfer, LookUp, Play)],
            [Transfer, LookUp, Play, Transfer],
        )
        first, second = (a for a in actions if isinstance(a, Transfer))
        self.assertEqual((first.target, second.target), (Target.AGENT, Target.HUMAN))
        self.assertNotEqual(first.context, second.context)

    def test_stop(self) -> None:
        """
        Who is being asked when the process stops is handed to the human at once.
        """
        _, _, actions = self.after(*_ASKED, "stop")
        self.assertIsInstance(actions[-1], Transfer)
        self.assertIs(self.end(*_ASKED, "stop", "transfer_failed"), Outcome.NOBODY)

    def test_contexts(self) -> None:
        """
        No two operations of a call have the same context.
        """
        _, _, actions = self.after(*_OFFER, "keyed_1")
        contexts = [
            a.context for a in actions if isinstance(a, Play | Recognize | Transfer)
        ]
        self.assertEqual(len(contexts), len(set(contexts)))
        self.assertGreater(len(contexts), 5)

    def test_uncertain(self) -> None:
        """
        A hang-up that failed, or an answer, is not certain.
        """
        for way in (("answer", "answer_failed"), ("answer", "stop", "hang_up_failed")):
            _, _, actions = self.after(*way)
            last = actions[-1]
            assert isinstance(last, Ended)
            self.assertFalse(last.certain, way)
        _, _, actions = self.after("answer", "stop")
        self.assertIsInstance(actions[-1], HangUp)
