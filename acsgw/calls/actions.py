"""
What the machine of a call wants done, and how a call can end.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..interfaces import TransferRequest


class Outcome(Enum):
    """
    How a call ended.
    """

    COMPLETED = "completed by agent"
    TRANSFERRED = "transferred"
    TRANSFER_FAILED = "transfer failed"
    CALLER_HUNG_UP = "caller hung up"
    AGENT_LOST = "agent lost"
    MEDIA_LOST = "media lost"
    ANSWER_FAILED = "answer failed"
    TIMED_OUT = "timed out"
    DRAINED = "drained"


@dataclass(frozen=True)
class Answer:
    """Answer the ringing call; C{answered} or C{answer_failed} follows."""


@dataclass(frozen=True)
class OpenAgent:
    """
    Connect to the agent; C{agent_ready} or C{agent_lost} follows.

    @ivar resumes: a conversation that is over, because its transfer failed?
    """

    resumes: bool = False


@dataclass(frozen=True)
class CloseAgent:
    """The agent is not needed any more."""

    reason: str
    caller_gone: bool


@dataclass(frozen=True)
class Drain:
    """Play what the agent has said; C{speech_drained} follows."""


@dataclass(frozen=True)
class Transfer:
    """Move the caller; C{transfer_accepted} or C{transfer_failed} follows."""

    request: TransferRequest


@dataclass(frozen=True)
class TellAgent:
    """
    The transfer did not work: C{agent_told} follows if the agent goes on talking,
    C{no_way} if it is gone or cannot hear it.
    """

    request: TransferRequest
    reason: str


@dataclass(frozen=True)
class LookUp:
    """
    Ask the network where the call stands; C{found_alive}, C{found_moving},
    C{found_gone} or C{look_up_failed} follows.
    """


@dataclass(frozen=True)
class PlayPrompt:
    """
    Let the caller hear the account's prompt; C{speech_drained} or C{no_way} follows.
    """


@dataclass(frozen=True)
class HangUp:
    """End the call for everyone; C{hung_up} or C{hang_up_failed} follows."""


@dataclass(frozen=True)
class Note:
    """A milestone, for the call's record."""

    what: str
    text: str = ""


@dataclass(frozen=True)
class Ended:
    """
    The call is over; always the last action, and only once.

    @ivar certain: has it ended for the network too, as far as we know?
    """

    outcome: Outcome
    reason: str
    certain: bool = True


Action = (
    Answer
    | OpenAgent
    | CloseAgent
    | Drain
    | Transfer
    | TellAgent
    | LookUp
    | PlayPrompt
    | HangUp
    | Note
    | Ended
)
