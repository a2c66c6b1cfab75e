"""
What may happen to one call, and in which order.

The machine does no I/O: it emits actions, and whoever performs them tells the outcome
through an input.  What is said and asked is the dialogue's affair: in C{deciding} the
machine takes its next step.  Each state waits for one thing at most, so there is one
timer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from automat import TypeMachineBuilder

from .actions import (
    Answer,
    Ask,
    Leave,
    LookUp,
    Move,
    Note,
    Outcome,
    Play,
    Recognize,
    Record,
    Say,
    Target,
    Transfer,
)
from .core import CallCore, CallInputs

#: Seconds to wait for what: any sign of the answer, a prompt to end, the verdict on a
#: transfer, that verdict when the caller's leg is gone, the call to be looked up.
ANSWER, PROMPT, TRANSFER, VERDICT, LOOK_UP = 20.0, 120.0, 60.0, 3.0, 15.0

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
    core.emit(Record())
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
    # Nothing that the caller keyed is in these phrases, as it is in questions.
    core.emit(Note("said", " ".join(step.phrases)))
    core.emit(Play(step.phrases, core.operation("say")))


@on(deciding, I.move, transferring)
def move(inputs: CallInputs, core: CallCore, step: Move) -> None:
    core.wait(inputs, TRANSFER)
    core.target = step.target
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
    core.decide(inputs, core.dialogue.transfer_failed(core.target))


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
