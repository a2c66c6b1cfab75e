"""
Inputs that may come late or twice, from a network that promises nothing: each state
lists those that it passes over.

Transitions of the machine of a call; see L{acsgw.calls.machine}.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .states import (
    I,
    answering,
    awaiting_media,
    ended,
    hanging_up,
    last_words,
    leaving,
    media_gone,
    opening_agent,
    ringing,
    talking,
    transferring,
    transferring_alone,
    words_before_transfer,
)


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
