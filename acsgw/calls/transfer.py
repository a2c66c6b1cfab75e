"""
How a call goes on while the agent hands the caller over.

Transitions of the machine of a call; see L{acsgw.calls.machine}.  What happens when
it does not work stands in L{recovery}.
"""

from __future__ import annotations

from ..interfaces import TransferRequest
from .actions import CloseAgent, Drain, Note, Outcome, Transfer
from .core import CallCore, CallInputs
from .states import (
    I,
    ended,
    hanging_up,
    last_words,
    leaving,
    left,
    looking_again,
    looking_up,
    media_gone,
    opening_agent,
    prompting,
    resuming,
    talking,
    telling,
    transferring,
    words_before_transfer,
)


@opening_agent.upon(I.agent_asked_transfer).to(words_before_transfer)
@talking.upon(I.agent_asked_transfer).to(words_before_transfer)
@telling.upon(I.agent_asked_transfer).to(words_before_transfer)
@resuming.upon(I.agent_asked_transfer).to(words_before_transfer)
def transfer_asked(
    inputs: CallInputs, core: CallCore, request: TransferRequest
) -> None:
    core.request = request
    core.wait(inputs, core.patience.last_words)
    core.emit(Drain())


@words_before_transfer.upon(I.speech_drained).to(transferring)
@words_before_transfer.upon(I.timed_out).to(transferring)
def begin_transfer(inputs: CallInputs, core: CallCore) -> None:
    core.wait(inputs, core.patience.transfer)
    core.emit(Note("transfer", core.take_request().kind.value))
    core.emit(Transfer(core.take_request()))


@words_before_transfer.upon(I.agent_lost).to(transferring)
def begin_transfer_alone(inputs: CallInputs, core: CallCore, reason: str) -> None:
    agent_left(inputs, core, reason)
    begin_transfer(inputs, core)


# An agent that has handed over may leave.  It is let go at once: should the transfer
# fail, nobody must believe that it is still there.
@words_before_transfer.upon(I.agent_ended).loop()
@transferring.upon(I.agent_lost).loop()
@transferring.upon(I.agent_ended).loop()
@leaving.upon(I.agent_lost).loop()
@looking_up.upon(I.agent_lost).loop()
@looking_up.upon(I.agent_ended).loop()
@looking_again.upon(I.agent_lost).loop()
@looking_again.upon(I.agent_ended).loop()
def agent_left(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.emit(Note("agent_left", reason))
    core.emit(CloseAgent("it has handed over", caller_gone=False))


# The verdict may come when we have given up waiting for it, whatever is done then.
for state in (
    *(transferring, leaving, left, looking_up, looking_again, telling, resuming),
    *(talking, last_words, words_before_transfer, prompting, media_gone),
):

    @state.upon(I.transfer_accepted).to(ended)
    def transferred(inputs: CallInputs, core: CallCore) -> None:
        core.finish(inputs, Outcome.TRANSFERRED, "", caller_gone=True)


# CallDisconnected may overtake CallTransferAccepted, as the audio's end does.
@transferring.upon(I.media_closed).to(leaving)
@transferring.upon(I.media_failed).to(leaving)
def audio_left(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.audio_gone = True
    core.wait(inputs, core.patience.transfer)


@transferring.upon(I.disconnected).to(left)
@leaving.upon(I.disconnected).to(left)
def leg_ended(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.wait(inputs, core.patience.verdict)


@leaving.upon(I.timed_out).to(hanging_up)
@left.upon(I.timed_out).to(hanging_up)
def no_verdict(inputs: CallInputs, core: CallCore) -> None:
    core.leave(inputs, Outcome.CALLER_HUNG_UP, "while being transferred")


@left.upon(I.transfer_failed).to(hanging_up)
def left_too_soon(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.emit(Note("transfer_failed", reason))
    no_verdict(inputs, core)
