"""
How a call goes on when a transfer has failed: the network is asked whether the caller
is still there; then the agent is told, or a new agent session goes on.

Transitions of the machine of a call; see L{acsgw.calls.machine}.  What is left when no
agent can go on stands in L{fallback}.
"""

from __future__ import annotations

from .actions import Ended, LookUp, Note, OpenAgent, Outcome, TellAgent
from .core import CallCore, CallInputs, joined
from .states import (
    I,
    ended,
    hanging_up,
    leaving,
    looking_again,
    looking_up,
    resuming,
    returning,
    talking,
    telling,
    transferring,
)

SLOW = "no verdict on the transfer in time"


@transferring.upon(I.transfer_failed).to(looking_up)
@leaving.upon(I.transfer_failed).to(looking_up)
def transfer_failed(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.otherwise = Ended(Outcome.TRANSFER_FAILED, reason)
    _begin_look_up(inputs, core, reason)


@transferring.upon(I.timed_out).to(looking_up)
def transfer_slow(inputs: CallInputs, core: CallCore) -> None:
    transfer_failed(inputs, core, SLOW)


@returning.upon(I.transfer_failed).to(looking_up)
def return_failed(inputs: CallInputs, core: CallCore, reason: str) -> None:
    end = core.otherwise
    text = joined(end.reason, f"the return failed: {reason}")
    core.otherwise = Ended(end.outcome, text)
    _begin_look_up(inputs, core, reason)


@returning.upon(I.timed_out).to(looking_up)
def return_slow(inputs: CallInputs, core: CallCore) -> None:
    return_failed(inputs, core, SLOW)


def _begin_look_up(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.emit(Note("transfer_failed", reason))
    core.look_ups = core.patience.look_ups
    _look_up(inputs, core)


def _look_up(inputs: CallInputs, core: CallCore) -> None:
    core.look_ups -= 1
    core.wait(inputs, core.patience.look_up)
    core.emit(LookUp())


# Is the caller still there?  The answer of an earlier question is as good.


@looking_up.upon(I.found_moving).to(looking_again)
@looking_up.upon(I.look_up_failed).to(looking_again)
def not_clear(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.wait(inputs, core.patience.look_again)
    core.emit(Note("looked_up", reason))


@looking_up.upon(I.timed_out).to(looking_again)
def look_up_slow(inputs: CallInputs, core: CallCore) -> None:
    not_clear(inputs, core, "no answer in time")


@looking_again.upon(I.timed_out).to(looking_up)
def look_again(inputs: CallInputs, core: CallCore) -> None:
    if core.look_ups > 0:
        _look_up(inputs, core)
    else:
        inputs.found_gone("where the call stands could not be learned")


for state in (looking_up, looking_again):

    @state.upon(I.found_gone).to(hanging_up)
    def gone(inputs: CallInputs, core: CallCore, reason: str) -> None:
        core.emit(Note("looked_up", reason))
        core.give_up(inputs, reason)

    @state.upon(I.disconnected).to(ended)
    def ended_meanwhile(inputs: CallInputs, core: CallCore, reason: str) -> None:
        end = core.otherwise
        text = joined(end.reason, f"then the call ended ({reason})")
        core.finish(inputs, end.outcome, text, caller_gone=True)

    @state.upon(I.media_closed).loop()
    @state.upon(I.media_failed).loop()
    def audio_ended(inputs: CallInputs, core: CallCore, reason: str) -> None:
        core.audio_gone = True
        core.emit(Note("media_closed", reason))

    @state.upon(I.found_alive).to(telling)
    def alive(inputs: CallInputs, core: CallCore) -> None:
        core.wait(inputs, core.patience.look_up)
        core.emit(Note("looked_up", "the caller is there"))
        if core.agent_over or core.audio_gone:
            inputs.no_way()
        else:
            core.emit(TellAgent(core.take_request(), core.otherwise.reason))


# He is.


@telling.upon(I.agent_told).to(talking)
def keep_talking(inputs: CallInputs, core: CallCore) -> None:
    core.wait(inputs, None)
    core.emit(Note("agent_told"))


@telling.upon(I.no_way).to(resuming)
@telling.upon(I.timed_out).to(resuming)
def resume(inputs: CallInputs, core: CallCore) -> None:
    over = core.agent_over or core.audio_gone or core.resumed
    core.wait(inputs, core.patience.agent)
    if core.recourse.resumes and not over:
        core.resumed = True
        core.emit(Note("agent_resumed"))
        core.emit(OpenAgent(resumes=True))
    else:
        inputs.no_way()


@telling.upon(I.agent_lost).to(resuming)
def resume_instead(inputs: CallInputs, core: CallCore, reason: str) -> None:
    resume(inputs, core)
