"""
L{acsgw.calls.machine} under every order of inputs.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acsgw.calls.actions import Action, Ended, Outcome
from acsgw.calls.core import CallCore, CallInputs, Patience, Recourse
from acsgw.calls.machine import new_call_machine
from acsgw.interfaces import TransferKind, TransferRequest

REQUEST = TransferRequest(request_id="t1", kind=TransferKind.AGENT)

Step = Callable[[CallInputs, Clock], None]

STEPS: dict[str, Step] = {
    "answer": lambda call, clock: call.answer(),
    "hang_up": lambda call, clock: call.hang_up(Outcome.DRAINED, "stopping"),
    "answered": lambda call, clock: call.answered(),
    "answer_failed": lambda call, clock: call.answer_failed("no"),
    "media_opened": lambda call, clock: call.media_opened(),
    "media_failed": lambda call, clock: call.media_failed("no"),
    "media_closed": lambda call, clock: call.media_closed("1000"),
    "agent_ready": lambda call, clock: call.agent_ready(),
    "agent_lost": lambda call, clock: call.agent_lost("lost"),
    "agent_ended": lambda call, clock: call.agent_ended("bye"),
    "agent_asked_transfer": lambda call, clock: call.agent_asked_transfer(REQUEST),
    "speech_drained": lambda call, clock: call.speech_drained(),
    "transfer_accepted": lambda call, clock: call.transfer_accepted(),
    "transfer_failed": lambda call, clock: call.transfer_failed("busy"),
    "found_alive": lambda call, clock: call.found_alive(),
    "found_moving": lambda call, clock: call.found_moving("transferring"),
    "found_gone": lambda call, clock: call.found_gone("gone"),
    "look_up_failed": lambda call, clock: call.look_up_failed("no"),
    "agent_told": lambda call, clock: call.agent_told(),
    "no_way": lambda call, clock: call.no_way(),
    "disconnected": lambda call, clock: call.disconnected("bye"),
    "hung_up": lambda call, clock: call.hung_up(),
    "hang_up_failed": lambda call, clock: call.hang_up_failed("no"),
    "time": lambda call, clock: clock.advance(60),
}

_TALK = ("answer", "answered", "media_opened", "agent_ready")
_WORDS = (*_TALK, "agent_asked_transfer")
_MOVE = (*_WORDS, "speech_drained")
_ASK = (*_MOVE, "transfer_failed")
_TELL = (*_ASK, "found_alive")
_RESUME = (*_TELL, "no_way")
_PROMPT = (*_RESUME, "no_way")
_RETURN = (*_TALK, "agent_lost")

#: What calls may have to fall back on: all, or nothing.
RECOURSES = (
    Recourse(has_target=lambda k: True, resumes=True, prompt=True, number="8:acs:x"),
    Recourse(),
)

#: One way to each state.
GOOD_WAYS: tuple[tuple[str, ...], ...] = (
    (),
    _TALK[:1],
    _TALK[:2],
    _TALK[:3],
    _TALK,
    (*_TALK, "agent_ended"),
    _WORDS,
    _MOVE,
    (*_MOVE, "agent_lost"),
    (*_MOVE, "media_closed"),
    (*_MOVE, "disconnected"),
    _ASK,
    (*_ASK, "found_moving"),
    _TELL,
    _RESUME,
    _PROMPT,
    (*_PROMPT, "speech_drained"),
    _RETURN,
    (*_RETURN, "transfer_failed"),
    (*_TALK, "media_closed"),
    (*_TALK, "hang_up"),
    (*_TALK, "hang_up", "hung_up"),
)


class AnyOrderTests(SynchronousTestCase):
    """
    The network promises nothing about order.
    """

    def test_steps(self) -> None:
        """
        Every input of the machine is among those that are tried, time standing for
        the one that timers give.
        """
        inputs = {name for name in vars(CallInputs) if not name.startswith("_")}
        self.assertEqual(inputs - {"timed_out"}, STEPS.keys() - {"time"})

    def test_any_order(self) -> None:
        """
        Whatever comes in whatever order: no input is refused, a call ends at most
        once, L{Ended} is the last action, at most one timer runs, and none when it
        has ended.
        """
        self.explore_from(*GOOD_WAYS[: len(GOOD_WAYS) // 2])

    def test_any_order_after(self) -> None:
        """
        Likewise from the other half of the ways; trial gives each test its time.
        """
        self.explore_from(*GOOD_WAYS[len(GOOD_WAYS) // 2 :])

    def explore_from(self, *ways: tuple[str, ...]) -> None:
        for self.recourse, more in zip(RECOURSES, (3, 2), strict=True):
            for way in ways:
                self.explore(way, more)

    def explore(self, way: tuple[str, ...], more: int) -> None:
        """
        Try every input after C{way}.  One that is passed over, with no action and
        no timer touched, leaves the call as it was: what comes after it is tried
        without it.
        """
        for step in STEPS:
            clock, actions, call = self.new_call()
            for earlier in way:
                STEPS[earlier](call, clock)
            before = [*actions], clock.getDelayedCalls()
            STEPS[step](call, clock)
            self.check((*way, step), actions, clock)
            passed_over = before == (actions, clock.getDelayedCalls())
            if more > 1 and not passed_over:
                self.explore((*way, step), more - 1)

    recourse = RECOURSES[0]

    def new_call(self) -> tuple[Clock, list[Action], CallInputs]:
        clock, actions = Clock(), list[Action]()
        core = CallCore(clock, actions.append, Patience(), self.recourse)
        return clock, actions, new_call_machine(core)

    def check(self, way: tuple[str, ...], actions: list[Action], clock: Clock) -> None:
        ended = [isinstance(action, Ended) for action in actions]
        timers = clock.getDelayedCalls()
        if any(ended):
            good = ended.index(True) == len(ended) - 1 and not timers
        else:
            good = len(timers) <= 1
        if not good:
            self.fail(f"{way}: {actions}, {len(timers)} timers")

    def test_ends_by_itself(self) -> None:
        """
        Except where caller and agent talk (or nothing has begun), a call of which
        nothing more is heard ends by time alone.
        """
        for self.recourse in RECOURSES:
            for way in GOOD_WAYS:
                if way in ((), _TALK):
                    continue
                clock, actions, call = self.new_call()
                for step in way:
                    STEPS[step](call, clock)
                call.agent_lost("it hears nothing either")
                for _ in range(30):
                    clock.advance(80)
                self.assertIsInstance(actions[-1], Ended, way)
