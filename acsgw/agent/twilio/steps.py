"""
What L{acsgw.agent.twilio.stream} says is to be done.

Those that come with every frame are not frozen: that takes three times as long.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Send:
    """
    A message for the agent.
    """

    message: bytes = field(repr=False)


@dataclass(slots=True)
class Speak:
    """
    The agent speaks.
    """

    mulaw: bytes = field(repr=False)
    utterance: str
    generation: int


@dataclass(frozen=True)
class EndUtterance:
    """
    All of an utterance has come.
    """

    utterance: str


@dataclass(frozen=True)
class WantProgress:
    """
    What the caller has heard is of interest from now on.
    """


@dataclass(frozen=True)
class Flush:
    """
    Barge-in.
    """

    generation: int


@dataclass(frozen=True)
class Warn:
    """
    Something to be said in the log.
    """

    text: str


@dataclass(frozen=True)
class GiveUp:
    """
    This conversation cannot go on.
    """

    reason: str


Step = Send | Speak | EndUtterance | WantProgress | Flush | Warn | GiveUp
