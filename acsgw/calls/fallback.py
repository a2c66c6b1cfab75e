"""
How a call goes on when its agent does not: the account's rules may know whom the
caller is handed to; else there may be a prompt, and a number after it.

What went wrong stands: it is the outcome, unless somebody takes the caller.

Transitions of the machine of a call; see L{acsgw.calls.machine}.
"""

from __future__ import annotations

from ..interfaces import TransferKind
from .actions import CloseAgent, Note, Outcome, PlayPrompt
from .core import CallCore, CallInputs, joined
from .states import (
    I,
    ended,
    falling_back,
    hanging_up,
    last_words,
    opening_agent,
    prompting,
    resuming,
    returning,
    talking,
)

# The agent is over.


@last_words.upon(I.speech_drained).to(returning)
@last_words.upon(I.timed_out).to(returning)
def completed(inputs: CallInputs, core: CallCore) -> None:
    core.hand_back(inputs, TransferKind.COMPLETED, Outcome.COMPLETED, "")


@opening_agent.upon(I.agent_lost).to(returning)
@talking.upon(I.agent_lost).to(returning)
def agent_lost(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.emit(Note("agent_lost", reason))
    core.hand_back(inputs, TransferKind.AGENT_LOST, Outcome.AGENT_LOST, reason)


@opening_agent.upon(I.timed_out).to(returning)
def no_agent(inputs: CallInputs, core: CallCore) -> None:
    agent_lost(inputs, core, "the agent was not ready in time")


# While the caller is handed over without it, the audio leaves as for any transfer.


@returning.upon(I.media_closed).loop()
@returning.upon(I.media_failed).loop()
def audio_left(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.audio_gone = True


@returning.upon(I.disconnected).loop()
@falling_back.upon(I.disconnected).loop()
def leg_ended(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.wait(inputs, core.patience.verdict)


@returning.upon(I.transfer_accepted).to(ended)
@falling_back.upon(I.transfer_accepted).to(ended)
def taken(inputs: CallInputs, core: CallCore) -> None:
    end = core.otherwise
    why = f"{end.outcome.value}: {end.reason}" if end.reason else end.outcome.value
    core.finish(inputs, Outcome.TRANSFERRED, f"after {why}", caller_gone=True)


# Nobody knows whom to hand the caller to, or it did not work.


@returning.upon(I.no_way).to(prompting)
@resuming.upon(I.no_way).to(prompting)
def prompt(inputs: CallInputs, core: CallCore) -> None:
    core.wait(inputs, core.patience.prompt)
    if core.recourse.prompt and core.falls_back and not core.audio_gone:
        core.emit(CloseAgent(core.otherwise.outcome.value, caller_gone=False))
        core.emit(Note("fallback_prompt"))
        core.emit(PlayPrompt())
    else:
        inputs.no_way()


@resuming.upon(I.agent_lost).to(prompting)
def not_resumed(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.emit(Note("agent_lost", reason))
    prompt(inputs, core)


@resuming.upon(I.timed_out).to(prompting)
def not_resumed_in_time(inputs: CallInputs, core: CallCore) -> None:
    not_resumed(inputs, core, "the agent was not ready in time")


@prompting.upon(I.speech_drained).to(falling_back)
@prompting.upon(I.timed_out).to(falling_back)
@prompting.upon(I.no_way).to(falling_back)
def fall_back(inputs: CallInputs, core: CallCore) -> None:
    number = core.recourse.number
    if number is not None and core.falls_back:
        core.move(inputs, "fallback", TransferKind.ADDRESS, number)
    else:
        inputs.no_way()


@prompting.upon(I.media_closed).to(falling_back)
@prompting.upon(I.media_failed).to(falling_back)
def prompt_cut(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.emit(Note("media_closed", reason))
    fall_back(inputs, core)


@prompting.upon(I.disconnected).to(ended)
def left_during_prompt(inputs: CallInputs, core: CallCore, reason: str) -> None:
    end = core.otherwise
    text = joined(end.reason, f"the caller left during the prompt ({reason})")
    core.finish(inputs, end.outcome, text, caller_gone=True)


@falling_back.upon(I.no_way).to(hanging_up)
def nothing_left(inputs: CallInputs, core: CallCore) -> None:
    core.give_up(inputs)


@falling_back.upon(I.transfer_failed).to(hanging_up)
def nobody_there(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.emit(Note("transfer_failed", reason))
    core.give_up(inputs, f"the fallback failed: {reason}")


@falling_back.upon(I.timed_out).to(hanging_up)
def nobody_there_in_time(inputs: CallInputs, core: CallCore) -> None:
    nobody_there(inputs, core, "no verdict on the transfer in time")


for state in (returning, prompting, falling_back):

    @state.upon(I.hang_up).to(hanging_up)
    def cut(inputs: CallInputs, core: CallCore, outcome: Outcome, reason: str) -> None:
        core.give_up(inputs, f"cut: {reason}")
