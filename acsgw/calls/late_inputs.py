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
    falling_back,
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
    returning,
    ringing,
    talking,
    telling,
    transferring,
    words_before_transfer,
)


def ignore(state: Any, *late: Callable[..., None]) -> None:
    for late_input in late:
        state.upon(late_input).loop().returns(None)


late_answer = (I.answer, I.answered, I.answer_failed)
agent_talk = (I.agent_ready, I.agent_ended, I.agent_asked_transfer)
verdicts = (I.transfer_accepted, I.transfer_failed)
hang_ups = (I.hung_up, I.hang_up_failed)
findings = (I.found_alive, I.found_moving, I.found_gone, I.look_up_failed)
tries = (*findings, I.agent_told, I.no_way)

ignore(ringing, I.answered, I.answer_failed, I.media_opened, I.media_failed)
ignore(ringing, I.media_closed, *agent_talk, I.agent_lost, I.speech_drained)
ignore(ringing, *verdicts, *tries, I.disconnected, *hang_ups, I.timed_out)
ignore(answering, I.answer, I.media_closed, *agent_talk)
ignore(answering, I.agent_lost, I.speech_drained, *verdicts, *tries, *hang_ups)
ignore(awaiting_media, *late_answer, *agent_talk, I.agent_lost)
ignore(awaiting_media, I.speech_drained, *verdicts, *tries, *hang_ups)
ignore(opening_agent, *late_answer, I.media_opened, I.speech_drained)
ignore(opening_agent, *verdicts, *tries, *hang_ups)
ignore(talking, *late_answer, I.media_opened, I.agent_ready, I.speech_drained)
ignore(talking, I.transfer_failed, *tries, *hang_ups, I.timed_out)
ignore(last_words, *late_answer, I.media_opened, *agent_talk, I.agent_lost)
ignore(last_words, I.transfer_failed, *tries, *hang_ups)
ignore(words_before_transfer, *late_answer, I.media_opened, I.agent_ready)
ignore(words_before_transfer, I.agent_asked_transfer, I.transfer_failed)
ignore(words_before_transfer, *tries, *hang_ups)
for moving in (transferring, leaving, left):
    ignore(moving, *late_answer, I.media_opened, I.agent_ready)
    ignore(moving, I.agent_asked_transfer, I.speech_drained, *tries, *hang_ups)
for leg_gone in (leaving, left):
    ignore(leg_gone, I.agent_ended, I.media_closed, I.media_failed)
ignore(left, I.agent_lost, I.disconnected)
for asking in (looking_up, looking_again):
    ignore(asking, *late_answer, I.media_opened, I.agent_ready)
    ignore(asking, I.agent_asked_transfer, I.speech_drained, I.transfer_failed)
    ignore(asking, I.agent_told, I.no_way, *hang_ups)
ignore(looking_again, I.found_moving, I.look_up_failed)
for going_on in (telling, resuming):
    ignore(going_on, *late_answer, I.media_opened, I.speech_drained)
    ignore(going_on, I.transfer_failed, *findings, *hang_ups)
ignore(telling, I.agent_ready)
ignore(resuming, I.agent_told)
for alone in (returning, prompting, falling_back):
    ignore(alone, *late_answer, I.media_opened, *agent_talk, I.agent_lost)
    ignore(alone, *findings, I.agent_told, *hang_ups)
ignore(returning, I.speech_drained)
ignore(prompting, I.transfer_failed)
ignore(falling_back, I.speech_drained, I.media_closed, I.media_failed)
ignore(media_gone, *late_answer, I.media_opened, I.media_closed, *agent_talk)
ignore(media_gone, I.agent_lost, I.speech_drained, I.transfer_failed)
ignore(media_gone, *tries, *hang_ups)
for after in (hanging_up, ended):
    ignore(after, *late_answer, I.media_opened, I.media_closed, I.media_failed)
    ignore(after, *agent_talk, I.agent_lost, I.speech_drained, *verdicts)
    ignore(after, *tries, I.hang_up)
ignore(ended, I.disconnected, *hang_ups, I.timed_out)
