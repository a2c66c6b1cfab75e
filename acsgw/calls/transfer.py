"""
How a call goes on while the agent hands the caller over.

Transitions of the machine of a call; see L{acsgw.calls.machine}.
"""

from __future__ import annotations

from ..interfaces import TransferRequest
from .actions import Drain, Note, Outcome, TellAgent, Transfer
from .core import CallCore, CallInputs
from .states import (
    I,
    ended,
    hanging_up,
    leaving,
    media_gone,
    opening_agent,
    talking,
    transferring,
    transferring_alone,
    words_before_transfer,
)


@opening_agent.upon(I.agent_asked_transfer).to(words_before_transfer)
@talking.upon(I.agent_asked_transfer).to(words_before_transfer)
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


@words_before_transfer.upon(I.agent_lost).to(transferring_alone)
def begin_transfer_alone(inputs: CallInputs, core: CallCore, reason: str) -> None:
    begin_transfer(inputs, core)


@transferring.upon(I.agent_lost).to(transferring_alone)
def agent_left(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.emit(Note("agent_left", reason))


@transferring.upon(I.transfer_failed).to(talking)
def keep_talking(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.wait(inputs, None)
    core.emit(Note("transfer_failed", reason))
    core.emit(TellAgent(core.take_request(), reason))


@transferring.upon(I.timed_out).to(talking)
def transfer_slow(inputs: CallInputs, core: CallCore) -> None:
    keep_talking(inputs, core, "no verdict on the transfer in time")


@transferring_alone.upon(I.transfer_failed).to(hanging_up)
def nobody_left(inputs: CallInputs, core: CallCore, reason: str) -> None:
    text = f"the transfer failed and the agent has left: {reason}"
    core.leave(inputs, Outcome.AGENT_LOST, text)


@transferring_alone.upon(I.timed_out).to(hanging_up)
def nobody_left_slow(inputs: CallInputs, core: CallCore) -> None:
    nobody_left(inputs, core, "no verdict on the transfer in time")


# The verdict may come when we have given up waiting for it.
for state in (transferring, transferring_alone, leaving, talking, media_gone):

    @state.upon(I.transfer_accepted).to(ended)
    def transferred(inputs: CallInputs, core: CallCore) -> None:
        core.finish(inputs, Outcome.TRANSFERRED, "", caller_gone=True)


# CallDisconnected may overtake CallTransferAccepted, as the audio's end does.
for state in (transferring, transferring_alone):

    @state.upon(I.media_closed).to(leaving)
    @state.upon(I.media_failed).to(leaving)
    def audio_left(inputs: CallInputs, core: CallCore, reason: str) -> None:
        core.wait(inputs, core.patience.transfer)

    @state.upon(I.disconnected).to(leaving)
    def leg_ended(inputs: CallInputs, core: CallCore, reason: str) -> None:
        core.wait(inputs, core.patience.verdict)


@leaving.upon(I.disconnected).to(leaving)
def leg_ended_too(inputs: CallInputs, core: CallCore, reason: str) -> None:
    core.wait(inputs, core.patience.verdict)


@leaving.upon(I.transfer_failed).to(hanging_up)
def no_way_back(inputs: CallInputs, core: CallCore, reason: str) -> None:
    text = f"the transfer failed after the audio had left: {reason}"
    core.leave(inputs, Outcome.MEDIA_LOST, text)


@leaving.upon(I.timed_out).to(hanging_up)
def no_verdict(inputs: CallInputs, core: CallCore) -> None:
    core.leave(inputs, Outcome.CALLER_HUNG_UP, "while being transferred")
