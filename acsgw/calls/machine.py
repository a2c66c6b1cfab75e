"""
What may happen to one call, and in which order.

The machine does no I/O: it emits actions.  Whoever performs them tells the outcome
through an input.  Here is the way of a call and its ends; what happens while the
agent hands the caller over stands in L{transfer}, what when that failed in
L{recovery}, what when the agent is over in L{fallback}, what is passed over in
L{late_inputs}.

Each state waits for one thing at most, so there is one timer, and entering a state
starts it anew or stops it: see L{CallCore.wait}.
"""

from __future__ import annotations

from collections.abc import Callable

from . import fallback, late_inputs, recovery, transfer
from .actions import Answer, CloseAgent, Drain, Note, OpenAgent, Outcome
from .core import CallCore, CallInputs
from .states import (
    I,
    answering,
    awaiting_media,
    builder,
    ended,
    hanging_up,
    last_words,
    leaving,
    left,
    looking_again,
    looking_up,
    media_gone,
    opening_agent,
    resuming,
    ringing,
    talking,
    telling,
    transferring,
    words_before_transfer,
)

# The good way: ringing, answered, media, agent, talk.


@ringing.upon(I.answer).to(answering)
def begin(inputs: CallInputs, core: CallCore) -> None:
    core.wait(inputs, core.patience.answer)
    core.emit(Answer())


@answering.upon(I.answered).to(awaiting_media)
def answered(inputs: CallInputs, core: CallCore) -> None:
    core.wait(inputs, core.patience.media)
    core.emit(Note("answered"))


# The media stream may open before the answer returns: that is proof enough.
@answering.upon(I.media_opened).to(opening_agent)
@awaiting_media.upon(I.media_opened).to(opening_agent)
def media_opened(inputs: CallInputs, core: CallCore) -> None:
    core.wait(inputs, core.patience.agent)
    core.emit(Note("media_open"))
    core.emit(OpenAgent())


@opening_agent.upon(I.agent_ready).to(talking)
@resuming.upon(I.agent_ready).to(talking)
def agent_ready(inputs: CallInputs, core: CallCore) -> None:
    core.wait(inputs, None)
    core.emit(Note("agent_ready"))


# The agent has said its last word.


@opening_agent.upon(I.agent_ended).to(last_words)
@talking.upon(I.agent_ended).to(last_words)
@telling.upon(I.agent_ended).to(last_words)
@resuming.upon(I.agent_ended).to(last_words)
def agent_ended(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.wait(inputs, core.patience.last_words)
    core.emit(Note("agent_ended", reason))
    core.emit(Drain())


@last_words.upon(I.media_closed).to(hanging_up)
@last_words.upon(I.media_failed).to(hanging_up)
def completed_unheard(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.leave(inputs, Outcome.COMPLETED, "the last words were cut short")


@last_words.upon(I.disconnected).to(ended)
def completed_early(inputs: CallInputs, core: CallCore, reason: str) -> None:
    text = f"the caller left during the last words ({reason})"
    core.finish(inputs, Outcome.COMPLETED, text, caller_gone=True)


@last_words.upon(I.hang_up).to(hanging_up)
def completed_cut(
    inputs: CallInputs, core: CallCore, outcome: Outcome, reason: str
) -> None:
    core.leave(inputs, Outcome.COMPLETED, f"the last words were cut: {reason}")


# The caller leaves, or the audio stops and we shall hear why.

for state in (answering, awaiting_media, opening_agent, talking, telling, resuming):

    @state.upon(I.disconnected).to(ended)
    def caller_left(inputs: CallInputs, core: CallCore, reason: str) -> None:
        core.finish(inputs, Outcome.CALLER_HUNG_UP, reason, caller_gone=True)


for state in (words_before_transfer, media_gone):

    @state.upon(I.disconnected).to(ended)
    def caller_left_too(inputs: CallInputs, core: CallCore, reason: str) -> None:
        core.finish(inputs, Outcome.CALLER_HUNG_UP, reason, caller_gone=True)


for state in (
    *(awaiting_media, opening_agent, talking, telling, resuming),
    words_before_transfer,
):

    @state.upon(I.media_closed).to(media_gone)
    def media_closed(inputs: CallInputs, core: CallCore, reason: str) -> None:
        core.request = None
        core.stream_closed = reason
        core.wait(inputs, core.patience.verdict)
        core.emit(Note("media_closed", reason))
        core.emit(CloseAgent("the audio stopped", caller_gone=True))


for state in (
    *(answering, awaiting_media, opening_agent, talking, telling, resuming),
    *(words_before_transfer, media_gone),
):

    @state.upon(I.media_failed).to(hanging_up)
    def media_failed(inputs: CallInputs, core: CallCore, reason: str) -> None:
        if core.stream_closed:
            # The network may only tell of what we did, and why.
            reason = f"{reason}; before that: {core.stream_closed}"
        core.leave(inputs, Outcome.MEDIA_LOST, reason)


@media_gone.upon(I.timed_out).to(hanging_up)
def media_lost(inputs: CallInputs, core: CallCore) -> None:
    reason = f"the stream closed, the call did not: {core.stream_closed}"
    core.leave(inputs, Outcome.MEDIA_LOST, reason)


# Other ends.


@answering.upon(I.answer_failed).to(ended)
def refused(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.finish(inputs, Outcome.ANSWER_FAILED, reason)


@answering.upon(I.timed_out).to(hanging_up)
def never_answered(inputs: CallInputs, core: CallCore) -> None:
    core.leave(inputs, Outcome.TIMED_OUT, "no sign of the answer in time")


@awaiting_media.upon(I.timed_out).to(hanging_up)
def no_media(inputs: CallInputs, core: CallCore) -> None:
    core.leave(inputs, Outcome.MEDIA_LOST, "no media stream in time")


for state in (
    *(answering, awaiting_media, opening_agent, talking, media_gone),
    *(words_before_transfer, transferring, leaving, left),
    *(looking_up, looking_again, telling, resuming),
):

    @state.upon(I.hang_up).to(hanging_up)
    def told_to(
        inputs: CallInputs, core: CallCore, outcome: Outcome, reason: str
    ) -> None:
        if core.agent_over:
            core.give_up(inputs, f"cut: {reason}")
        else:
            core.leave(inputs, outcome, reason)


@ringing.upon(I.hang_up).to(ended)
def not_taken(
    inputs: CallInputs, core: CallCore, outcome: Outcome, reason: str
) -> None:
    core.finish(inputs, outcome, reason)


@hanging_up.upon(I.hung_up).to(ended)
def hung_up(inputs: CallInputs, core: CallCore) -> None:
    core.conclude(inputs, "")


@hanging_up.upon(I.disconnected).to(ended)
def hung_up_seen(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.conclude(inputs, "")


@hanging_up.upon(I.hang_up_failed).to(ended)
def not_hung_up(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.conclude(inputs, f"hanging up failed: {reason}")


@hanging_up.upon(I.timed_out).to(ended)
def not_confirmed(inputs: CallInputs, core: CallCore) -> None:
    core.conclude(inputs, "hanging up was not confirmed in time")


#: Their transitions are part of the machine, which is built last.
_PARTS = (transfer, recovery, fallback, late_inputs)

#: Makes a new machine of the core that it is given.
new_call_machine: Callable[[CallCore], CallInputs] = builder.build()
