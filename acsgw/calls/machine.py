"""
What may happen to one call, and in which order.

The machine does no I/O: it emits actions.  Whoever performs them tells the outcome
through an input.  C{docs/architecture.md} draws the states.

Each state waits for one thing at most, so there is one timer, and entering a state
starts it anew or stops it: see L{CallCore.wait}.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from automat import TypeMachineBuilder

from ..interfaces import TransferRequest
from .actions import (
    Answer,
    CloseAgent,
    Drain,
    Note,
    OpenAgent,
    Outcome,
    TellAgent,
    Transfer,
)
from .core import CallCore, CallInputs


def _build() -> Callable[[CallCore], CallInputs]:
    """
    @return: makes a new machine of the given core.
    """
    builder = TypeMachineBuilder(CallInputs, CallCore)
    I = CallInputs
    ringing = builder.state("ringing")
    answering = builder.state("answering")
    awaiting_media = builder.state("awaiting media")
    opening_agent = builder.state("opening agent")
    talking = builder.state("talking")
    last_words = builder.state("last words")
    words_before_transfer = builder.state("words before transfer")
    transferring = builder.state("transferring")
    transferring_alone = builder.state("transferring alone")  # the agent has left
    leaving = builder.state("leaving")  # audio gone, verdict on transfer not here
    media_gone = builder.state("media gone")  # why?  a hang-up, or a broken stream
    hanging_up = builder.state("hanging up")
    ended = builder.state("ended")

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
    def agent_ready(inputs: CallInputs, core: CallCore) -> None:
        core.wait(inputs, None)
        core.emit(Note("agent_ready"))

    # The agent has said its last word.

    @opening_agent.upon(I.agent_ended).to(last_words)
    @talking.upon(I.agent_ended).to(last_words)
    def agent_ended(inputs: CallInputs, core: CallCore, reason: str) -> None:
        core.wait(inputs, core.patience.last_words)
        core.emit(Note("agent_ended", reason))
        core.emit(Drain())

    @last_words.upon(I.speech_drained).to(hanging_up)
    @last_words.upon(I.timed_out).to(hanging_up)
    def completed(inputs: CallInputs, core: CallCore) -> None:
        core.leave(inputs, Outcome.COMPLETED, "")

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

    # The agent hands the caller over.

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

    # The caller leaves, or the audio stops and we shall hear why.

    for state in (answering, awaiting_media, opening_agent, talking):

        @state.upon(I.disconnected).to(ended)
        def caller_left(inputs: CallInputs, core: CallCore, reason: str) -> None:
            core.finish(inputs, Outcome.CALLER_HUNG_UP, reason, caller_gone=True)

    for state in (words_before_transfer, media_gone):

        @state.upon(I.disconnected).to(ended)
        def caller_left_too(inputs: CallInputs, core: CallCore, reason: str) -> None:
            core.finish(inputs, Outcome.CALLER_HUNG_UP, reason, caller_gone=True)

    for state in (awaiting_media, opening_agent, talking, words_before_transfer):

        @state.upon(I.media_closed).to(media_gone)
        def media_closed(inputs: CallInputs, core: CallCore, reason: str) -> None:
            core.request = None
            core.wait(inputs, core.patience.verdict)
            core.emit(Note("media_closed", reason))
            core.emit(CloseAgent("the audio stopped", caller_gone=True))

    for state in (
        *(answering, awaiting_media, opening_agent, talking),
        *(words_before_transfer, media_gone),
    ):

        @state.upon(I.media_failed).to(hanging_up)
        def media_failed(inputs: CallInputs, core: CallCore, reason: str) -> None:
            core.leave(inputs, Outcome.MEDIA_LOST, reason)

    @media_gone.upon(I.timed_out).to(hanging_up)
    def media_lost(inputs: CallInputs, core: CallCore) -> None:
        core.leave(inputs, Outcome.MEDIA_LOST, "the stream closed, the call did not")

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

    @opening_agent.upon(I.timed_out).to(hanging_up)
    def no_agent(inputs: CallInputs, core: CallCore) -> None:
        core.leave(inputs, Outcome.AGENT_LOST, "the agent was not ready in time")

    @opening_agent.upon(I.agent_lost).to(hanging_up)
    @talking.upon(I.agent_lost).to(hanging_up)
    def agent_lost(inputs: CallInputs, core: CallCore, reason: str) -> None:
        core.leave(inputs, Outcome.AGENT_LOST, reason)

    for state in (
        *(answering, awaiting_media, opening_agent, talking, media_gone),
        *(words_before_transfer, transferring, transferring_alone, leaving),
    ):

        @state.upon(I.hang_up).to(hanging_up)
        def told_to(
            inputs: CallInputs, core: CallCore, outcome: Outcome, reason: str
        ) -> None:
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

    # Inputs that may come late or twice, from a network that promises nothing.

    def ignore(state: Any, *late: Callable[..., None]) -> None:
        for late_input in late:
            state.upon(late_input).loop().returns(None)

    late_answer = (I.answer, I.answered, I.answer_failed)
    agent_talk = (I.agent_ready, I.agent_ended, I.agent_asked_transfer)
    verdicts = (I.transfer_accepted, I.transfer_failed)
    hang_ups = (I.hung_up, I.hang_up_failed)

    ignore(ringing, I.answered, I.answer_failed, I.media_opened, I.media_failed)
    ignore(ringing, I.media_closed, *agent_talk, I.agent_lost, I.speech_drained)
    ignore(ringing, *verdicts, I.disconnected, *hang_ups, I.timed_out)
    ignore(answering, I.answer, I.media_closed, *agent_talk)
    ignore(answering, I.agent_lost, I.speech_drained, *verdicts, *hang_ups)
    ignore(awaiting_media, *late_answer, *agent_talk, I.agent_lost)
    ignore(awaiting_media, I.speech_drained, *verdicts, *hang_ups)
    ignore(opening_agent, *late_answer, I.media_opened, I.speech_drained)
    ignore(opening_agent, *verdicts, *hang_ups)
    ignore(talking, *late_answer, I.media_opened, I.agent_ready, I.speech_drained)
    ignore(talking, I.transfer_failed, *hang_ups, I.timed_out)
    for closing in (last_words, words_before_transfer):
        ignore(closing, *late_answer, I.media_opened, *agent_talk)
        ignore(closing, *verdicts, *hang_ups)
    ignore(last_words, I.agent_lost)
    for moving in (transferring, transferring_alone, leaving):
        ignore(moving, *late_answer, I.media_opened, *agent_talk)
        ignore(moving, I.speech_drained, *hang_ups)
    ignore(transferring_alone, I.agent_lost)
    ignore(leaving, I.agent_lost, I.media_closed, I.media_failed)
    ignore(media_gone, *late_answer, I.media_opened, I.media_closed, *agent_talk)
    ignore(media_gone, I.agent_lost, I.speech_drained, I.transfer_failed, *hang_ups)
    for after in (hanging_up, ended):
        ignore(after, *late_answer, I.media_opened, I.media_closed, I.media_failed)
        ignore(after, *agent_talk, I.agent_lost, I.speech_drained, *verdicts)
        ignore(after, I.hang_up)
    ignore(ended, I.disconnected, *hang_ups, I.timed_out)
    return builder.build()


new_call_machine = _build()
