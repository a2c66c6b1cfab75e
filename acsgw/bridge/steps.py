"""
What the bridge is to do, as L{acsgw.bridge.core} decides.

Those that come with every frame are not frozen: that takes three times as long.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..interfaces import PlayState


@dataclass(frozen=True)
class StopCaller:
    """Make the network forget what it has not played yet."""


@dataclass(slots=True)
class ToAgent:
    """Send this to the agent."""

    pcm: bytes = field(repr=False)
    position_ms: int


@dataclass(frozen=True)
class KeyToAgent:
    """Tell the agent that the caller pressed a key."""

    digit: str = field(repr=False)
    at_ms: int


@dataclass(slots=True)
class TellPlayed:
    """Tell the agent how far the caller has heard an utterance."""

    utterance: str
    played_ms: int
    state: PlayState


@dataclass(slots=True)
class KeepAgent:
    """The caller heard this of the agent: for the recording."""

    pcm: bytes = field(repr=False)
    position: int


@dataclass(frozen=True)
class Drained:
    """All that the agent wanted to be heard has been heard."""


#: Bytes are a frame to be sent to the caller.
Step = bytes | StopCaller | ToAgent | KeyToAgent | TellPlayed | KeepAgent | Drained
