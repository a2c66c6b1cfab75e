"""
What the dialogue and the machine of a call want done, and how a call can end.

Phrases are texts to be spoken or names of WAV files: see L{ivr_sample.settings}.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Outcome(Enum):
    """
    How a call ended.
    """

    HANDED_OVER = "handed over"
    SENT_TO_HUMAN = "sent to a human"
    CALLBACK = "callback asked for"
    COMPLETED = "completed"
    CLOSED = "closed"
    NOBODY = "nobody could take it"
    CALLER_HUNG_UP = "caller hung up"
    ANSWER_FAILED = "answer failed"
    LOST = "lost in transfer"
    TIMED_OUT = "timed out"
    DRAINED = "drained"


class Target(Enum):
    """
    Whom a caller is transferred to; the value is what a success is called.
    """

    AGENT = Outcome.HANDED_OVER
    HUMAN = Outcome.SENT_TO_HUMAN


# Steps: what the dialogue wants next.


@dataclass(frozen=True, kw_only=True)
class Ask:
    """
    Say it and wait for keys.

    @ivar name: of the question, for the record.
    @ivar silence: seconds until the first key; C{between}: until the next.
    @ivar secret: must neither question nor answer be recorded?
    """

    name: str
    phrases: tuple[str, ...] = field(repr=False)
    max_digits: int
    stop_tone: str
    silence: int
    between: int
    secret: bool = False


@dataclass(frozen=True)
class Move:
    """Transfer the caller."""

    target: Target


@dataclass(frozen=True)
class Leave:
    """Hang up."""

    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True)
class Say:
    """Say it, then do the other."""

    phrases: tuple[str, ...] = field(repr=False)
    then: Move | Leave


Step = Ask | Say | Move | Leave


# Actions: what the machine wants done.  C{context} comes back with the event that
# tells how it went (C{operationContext}).


@dataclass(frozen=True)
class Answer:
    """Answer the ringing call; C{connected} or C{answer_failed} follows."""


@dataclass(frozen=True)
class Record:
    """Record the call, if the settings say so; nothing follows, however it goes."""


@dataclass(frozen=True)
class Recognize:
    """C{keyed}, C{nothing_keyed} or C{cannot_ask} follows."""

    ask: Ask
    context: str


@dataclass(frozen=True)
class Play:
    """C{played} follows, even if it could not be."""

    phrases: tuple[str, ...] = field(repr=False)
    context: str


@dataclass(frozen=True)
class Transfer:
    """C{transfer_accepted} or C{transfer_failed} follows."""

    target: Target
    context: str


@dataclass(frozen=True)
class LookUp:
    """Is the call still there?  C{alive} or C{dead} follows."""


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
    reason: str = ""
    certain: bool = True


Action = Answer | Record | Recognize | Play | Transfer | LookUp | HangUp | Note | Ended
