"""
What the rules of a call want to have done: every L{Action} is a value, and
performing it is somebody else's work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from .callbacks import Result
from .legs import Leg, Ring


class Later(Enum):
    """
    Things that happen by themselves after a while.
    """

    RING_TIMEOUT = "ring timeout"
    OPEN_MEDIA = "open media"
    CONNECT = "connect"
    TELL_STREAMING = "tell streaming"
    CONCLUDE_TRANSFER = "conclude transfer"
    OPERATION = "operation"
    GIVE_UP = "give up"


@dataclass(frozen=True)
class Announce:
    """Publish a ringing call; answer with L{Call.announced}."""

    ring: Ring


@dataclass(frozen=True)
class Withdraw:
    """Nobody may answer this ring any more."""

    ring: Ring


@dataclass(frozen=True)
class After:
    """
    Call L{Call.elapsed} later; C{subject} is the id of a leg, a ring or an
    operation.
    """

    seconds: float
    later: Later
    subject: str


@dataclass(frozen=True, kw_only=True)
class Callback:
    """Tell the application of a leg."""

    leg: Leg = field(repr=False)
    kind: str
    result: Result
    operation_context: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    url: str | None = field(repr=False, default=None)


@dataclass(frozen=True)
class OpenMedia:
    """Connect the media WebSocket of a leg."""

    leg: Leg


@dataclass(frozen=True)
class CloseMedia:
    """Close the media WebSocket of a leg."""

    leg: Leg


@dataclass(frozen=True)
class OpenTranscript:
    """Connect the transcription WebSocket of a leg."""

    leg: Leg


@dataclass(frozen=True)
class CloseTranscript:
    """Close the transcription WebSocket of a leg; no harm if there is none."""

    leg: Leg


@dataclass(frozen=True)
class LegConnected:
    """The caller is put through to a leg that has no media stream to wait for."""

    leg: Leg


@dataclass(frozen=True)
class LegEnded:
    """A leg is down; nothing is played or recognized there any more."""

    leg: Leg


@dataclass(frozen=True)
class PickUp:
    """An emulated phone is answered, and takes part from now on."""

    raw_id: str


@dataclass(frozen=True)
class PutDown:
    """The phone of a participant does not take part any more."""

    raw_id: str


@dataclass(frozen=True)
class Tell:
    """A line for the story."""

    what: str
    text: str


@dataclass(frozen=True)
class Ended:
    """The caller has hung up; always the last action, and only once."""

    outcome: str


Action = (
    Announce
    | Withdraw
    | After
    | Callback
    | OpenMedia
    | CloseMedia
    | OpenTranscript
    | CloseTranscript
    | LegConnected
    | LegEnded
    | PickUp
    | PutDown
    | Tell
    | Ended
)


@dataclass(frozen=True, kw_only=True)
class Timings:
    """
    Seconds.

    @ivar ring: until a call that is not answered is given up.
    @ivar media: from an answer to the connecting of its media socket.
    @ivar connect: from an answer to C{CallConnected}.
    @ivar streaming: from there, or from the opening of the media socket if
        that is later, to C{MediaStreamingStarted}.
    @ivar transfer: from a transfer to the outcome that needs no ringing.
    @ivar operation: from the response to any other operation to its outcome.
    """

    ring: float = 30.0
    media: float = 0.05
    connect: float = 0.1
    streaming: float = 0.05
    transfer: float = 0.3
    operation: float = 0.05
