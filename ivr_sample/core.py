"""
What a call can be told, and what all its states share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from .actions import (
    Action,
    Ask,
    Ended,
    HangUp,
    Leave,
    Move,
    Outcome,
    Say,
    Step,
    Target,
)
from .dialogue import Dialogue


class CallInputs(Protocol):
    """
    Commands are imperatives; events are in the past tense.
    """

    def answer(self) -> None: ...
    def stop(self) -> None: ...
    def hang_up(self, outcome: Outcome, reason: str) -> None: ...
    def connected(self) -> None: ...
    def answer_failed(self, reason: str) -> None: ...
    def keyed(self, digits: str) -> None: ...
    def nothing_keyed(self) -> None: ...
    def cannot_ask(self, reason: str) -> None: ...
    def played(self) -> None: ...
    def transfer_accepted(self, target: Target) -> None: ...
    def transfer_failed(self, reason: str) -> None: ...
    def alive(self) -> None: ...
    def dead(self, reason: str) -> None: ...
    def disconnected(self, reason: str) -> None: ...
    def hung_up(self) -> None: ...
    def hang_up_failed(self, reason: str) -> None: ...
    def timed_out(self) -> None: ...

    # The dialogue's steps; only given while deciding.
    def ask(self, step: Ask) -> None: ...
    def say(self, step: Say) -> None: ...
    def move(self, step: Move) -> None: ...
    def leave(self, step: Leave) -> None: ...


#: For a hang-up to be confirmed.
HANG_UP_SECONDS = 15.0


@dataclass
class CallCore:
    """
    What every state shares.

    @ivar emit: must not raise.
    @ivar new_dialogue: makes the dialogue when the call is answered.
    @ivar context: of the operation that is under way.
    """

    clock: IReactorTime
    emit: Callable[[Action], None]
    new_dialogue: Callable[[], Dialogue]
    context: str = ""
    then: Move | Leave = field(default_factory=lambda: Leave(Outcome.COMPLETED))
    dialogue: Dialogue = field(init=False)
    target: Target = Target.HUMAN
    _operations: int = 0
    _timer: IDelayedCall | None = None
    _end: Ended | None = None

    def wait(self, inputs: CallInputs, seconds: float | None) -> None:
        """
        C{timed_out} comes after C{seconds}; what was waited for before is not
        waited for any more.
        """
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = (
            None if seconds is None else self.clock.callLater(seconds, inputs.timed_out)
        )

    def decide(self, inputs: CallInputs, step: Step) -> None:
        """
        The input that is given here comes next, before any other.
        """
        match step:
            case Ask():
                inputs.ask(step)
            case Say():
                inputs.say(step)
            case Move():
                inputs.move(step)
            case Leave():
                inputs.leave(step)

    def operation(self, what: str) -> str:
        """
        @return: a context that no other operation of this call has.
        """
        self._operations += 1
        self.context = f"{what}-{self._operations}"
        return self.context

    def end(self, inputs: CallInputs, outcome: Outcome, reason: str = "") -> None:
        """
        There is nothing to hang up.
        """
        self.wait(inputs, None)
        # An answer that failed for us may have been heard by the network.
        certain = outcome is not Outcome.ANSWER_FAILED
        self.emit(Ended(outcome, reason, certain))

    def go(self, inputs: CallInputs, outcome: Outcome, reason: str = "") -> None:
        """
        Hang up; the outcome stands, whatever comes now.
        """
        self._end = Ended(outcome, reason)
        self.wait(inputs, HANG_UP_SECONDS)
        self.emit(HangUp())

    def gone(self, inputs: CallInputs, problem: str = "") -> None:
        """
        @param problem: why the hang-up is not certain; empty if it is.
        """
        self.wait(inputs, None)
        assert self._end is not None
        reason = "; ".join(text for text in (self._end.reason, problem) if text)
        self.emit(Ended(self._end.outcome, reason, certain=not problem))
