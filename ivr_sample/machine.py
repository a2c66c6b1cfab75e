"""
What may happen to one call, and in which order.

The machine does no I/O: it emits actions, and whoever performs them tells the outcome
through an input.  What is said and asked is the dialogue's affair: in C{deciding} the
machine takes its next step.  Each state waits for one thing at most, so there is one
timer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from automat import TypeMachineBuilder
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from .actions import (
    Action,
    Answer,
    Ask,
    Ended,
    HangUp,
    Leave,
    LookUp,
    Move,
    Note,
    Outcome,
    Play,
    Recognize,
    Say,
    Step,
    Target,
    Transfer,
)
from .dialogue import Dialogue

#: Seconds to wait for what: any sign of the answer, a prompt to end, the verdict on a
#: transfer, that verdict when the caller's leg is gone, the call to be looked up, a
#: hang-up to be confirmed.
ANSWER, PROMPT, TRANSFER, VERDICT, LOOK_UP, HANG_UP = 20.0, 120.0, 60.0, 3.0, 15.0, 15.0


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
    _target: Target = Target.HUMAN
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
        self.wait(inputs, HANG_UP)
        self.emit(HangUp())

    def gone(self, inputs: CallInputs, problem: str = "") -> None:
        """
        @param problem: why the hang-up is not certain; empty if it is.
        """
        self.wait(inputs, None)
        assert self._end is not None
        reason = "; ".join(text for text in (self._end.reason, problem) if text)
        self.emit(Ended(self._end.outcome, reason, certain=not problem))


builder = TypeMachineBuilder(CallInputs, CallCore)
I = CallInputs
ringing = builder.state("ringing")
answering = builder.state("answering")
deciding = builder.state("deciding")
asking = builder.state("asking")
speaking = builder.state("speaking")
transferring = builder.state("transferring")
leaving = builder.state("leaving")  # leg gone, verdict on the transfer not here
looking_up = builder.state("looking up")
hanging_up = builder.state("hanging up")
ended = builder.state("ended")
TALKING = (asking, speaking, transferring, leaving, looking_up)
STATES = (ringing, answering, deciding, *TALKING, hanging_up, ended)
_said: set[tuple[Any, Any]] = set()


def on(states: Any, event: Any, to: Any) -> Callable[[Any], Any]:
    """
    In these states, the event leads there.
    """

    def remember(output: Any) -> Any:
        for state in states if isinstance(states, tuple) else (states,):
            _said.add((state, event))
            state.upon(event).to(to)(output)
        return output

    return remember


# The call is answered.  That the request to answer succeeded is no proof yet.


@on(ringing, I.answer, answering)
def begin(inputs: CallInputs, core: CallCore) -> None:
    core.wait(inputs, ANSWER)
    core.emit(Answer())


@on(answering, I.connected, deciding)
def connected(inputs: CallInputs, core: CallCore) -> None:
    core.emit(Note("answered"))
    core.dialogue = core.new_dialogue()
    core.decide(inputs, core.dialogue.begin())


@on(answering, I.answer_failed, ended)
def refused(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.end(inputs, Outcome.ANSWER_FAILED, reason)


@on(answering, I.timed_out, hanging_up)
def never_answered(inputs: CallInputs, core: CallCore) -> None:
    core.go(inputs, Outcome.TIMED_OUT, "no sign of the answer in time")


# The dialogue's steps.


@on(deciding, I.ask, asking)
def ask(inputs: CallInputs, core: CallCore, step: Ask) -> None:
    core.wait(inputs, PROMPT + step.silence + step.max_digits * step.between)
    core.emit(Note("asked", step.name))
    core.emit(Recognize(step, core.operation(f"ask-{step.name}")))


@on(deciding, I.say, speaking)
def say(inputs: CallInputs, core: CallCore, step: Say) -> None:
    core.wait(inputs, PROMPT)
    core.then = step.then
    core.emit(Play(step.phrases, core.operation("say")))


@on(deciding, I.move, transferring)
def move(inputs: CallInputs, core: CallCore, step: Move) -> None:
    core.wait(inputs, TRANSFER)
    core._target = step.target
    what = step.target.name.lower()
    core.emit(Note("transfer", what))
    core.emit(Transfer(step.target, core.operation(f"to-{what}")))


@on(deciding, I.leave, hanging_up)
def leave(inputs: CallInputs, core: CallCore, step: Leave) -> None:
    core.go(inputs, step.outcome, step.reason)


# The caller answers, or not.


@on(asking, I.keyed, deciding)
def keyed(inputs: CallInputs, core: CallCore, digits: str) -> None:
    core.emit(Note("keyed", f"{len(digits)} keys"))
    core.decide(inputs, core.dialogue.keyed(digits))


@on(asking, I.nothing_keyed, deciding)
@on(asking, I.timed_out, deciding)
def nothing_keyed(inputs: CallInputs, core: CallCore) -> None:
    core.emit(Note("nothing keyed"))
    core.decide(inputs, core.dialogue.nothing_keyed())


@on(asking, I.cannot_ask, deciding)
def cannot_ask(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.emit(Note("cannot ask", reason))
    core.decide(inputs, core.dialogue.cannot_ask())


# The rest of what was to be said is left out when the process stops.
@on(speaking, I.played, deciding)
@on(speaking, I.timed_out, deciding)
@on(speaking, I.stop, deciding)
def played(inputs: CallInputs, core: CallCore) -> None:
    core.decide(inputs, core.then)


# The transfer, and what if it fails.


@on(TALKING, I.transfer_accepted, ended)
def moved(inputs: CallInputs, core: CallCore, target: Target) -> None:
    core.end(inputs, target.value)


@on(transferring, I.transfer_failed, looking_up)
def not_moved(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.wait(inputs, LOOK_UP)
    core.emit(Note("transfer failed", reason))
    core.emit(LookUp())


@on(transferring, I.timed_out, looking_up)
def no_verdict(inputs: CallInputs, core: CallCore) -> None:
    not_moved(inputs, core, f"no verdict in {TRANSFER:g} s")


@on(transferring, I.disconnected, leaving)
def left_first(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.wait(inputs, VERDICT)


@on(leaving, I.transfer_failed, ended)
def left(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.end(inputs, Outcome.CALLER_HUNG_UP, f"while being transferred: {reason}")


@on(leaving, I.timed_out, ended)
def left_silently(inputs: CallInputs, core: CallCore) -> None:
    left(inputs, core, "no verdict")


# Not knowing is no reason to leave the caller alone.
@on(looking_up, I.alive, deciding)
@on(looking_up, I.timed_out, deciding)
def still_here(inputs: CallInputs, core: CallCore) -> None:
    core.decide(inputs, core.dialogue.transfer_failed(core._target))


@on(looking_up, I.dead, ended)
def lost(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.end(inputs, Outcome.LOST, reason)


# The caller leaves, or is told to.


@on((answering, asking, looking_up), I.disconnected, ended)
def caller_left(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.end(inputs, Outcome.CALLER_HUNG_UP, reason)


@on(speaking, I.disconnected, ended)
def caller_left_early(inputs: CallInputs, core: CallCore, reason: str) -> None:
    if isinstance(core.then, Leave):
        core.end(inputs, core.then.outcome, f"the caller left first ({reason})")
    else:
        caller_left(inputs, core, reason)


@on(asking, I.stop, deciding)
def stop(inputs: CallInputs, core: CallCore) -> None:
    core.emit(Note("stopping"))
    core.decide(inputs, Move(Target.HUMAN))


@on(answering, I.stop, hanging_up)
def stop_early(inputs: CallInputs, core: CallCore) -> None:
    core.go(inputs, Outcome.DRAINED, "the IVR is stopping")


@on(ringing, I.hang_up, ended)
def not_taken(
    inputs: CallInputs, core: CallCore, outcome: Outcome, reason: str
) -> None:
    core.end(inputs, outcome, reason)


@on((answering, *TALKING), I.hang_up, hanging_up)
def told_to(inputs: CallInputs, core: CallCore, outcome: Outcome, reason: str) -> None:
    core.go(inputs, outcome, reason)


@on(hanging_up, I.hung_up, ended)
def hung_up(inputs: CallInputs, core: CallCore) -> None:
    core.gone(inputs)


@on(hanging_up, I.disconnected, ended)
def hung_up_seen(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.gone(inputs)


@on(hanging_up, I.hang_up_failed, ended)
def not_hung_up(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.gone(inputs, f"hanging up failed: {reason}")


@on(hanging_up, I.timed_out, ended)
def not_confirmed(inputs: CallInputs, core: CallCore) -> None:
    core.gone(inputs, "hanging up was not confirmed in time")


# The network promises nothing about order: what is not said above comes late, or twice,
# and is passed over.
INPUTS = tuple(v for name, v in vars(CallInputs).items() if name[0] != "_")
for _state in STATES:
    for _event in INPUTS:
        if (_state, _event) not in _said:
            _state.upon(_event).loop().returns(None)

#: Makes a new machine of the core that it is given.
new_call_machine: Callable[[CallCore], CallInputs] = builder.build()
