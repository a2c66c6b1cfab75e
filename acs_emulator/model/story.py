"""
What is remembered of a call, for people and for tests: a story line by line,
and counters.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Counters:
    """
    @ivar frames_sent: 20 ms frames of caller audio.
    @ivar frames_heard: 20 ms frames in which audio was played to the caller.
    @ivar underruns: gaps of more than 20 ms within an utterance.
    @ivar late_max_ms: how late the 20 ms clock was at worst.
    @ivar lead_max_ms: the most audio that was queued for the caller.
    @ivar dropped_ms: queued audio that C{StopAudio} dropped.
    @ivar prompt_frames: 20 ms frames in which the service itself was heard.
    @ivar violations: messages that the docs do not allow.
    """

    frames_sent: int = 0
    frames_heard: int = 0
    prompt_frames: int = 0
    underruns: int = 0
    late_max_ms: float = 0.0
    lead_max_ms: int = 0
    stop_audio: int = 0
    dropped_ms: int = 0
    keys_sent: int = 0
    messages_received: int = 0
    violations: int = 0
    callbacks_sent: int = 0
    callbacks_failed: int = 0


@dataclass(frozen=True)
class Line:
    """
    @ivar at: seconds since the epoch.
    @ivar seconds: since the start of the call.
    """

    at: float
    seconds: float
    what: str
    text: str


@dataclass
class Story:
    """
    Grows line by line; nothing in it is secret.
    """

    started_at: float
    counters: Counters = field(default_factory=Counters)
    lines: list[Line] = field(default_factory=list)

    def tell(self, now: float, what: str, text: str) -> None:
        """
        @param now: seconds since the epoch.
        @param what: one word for machines.
        @param text: one line for people.
        """
        self.lines.append(Line(now, round(now - self.started_at, 3), what, text))

    def body(self) -> dict[str, Any]:
        """
        @return: the part of a call's JSON that the story fills.
        """
        return {
            "started_at": self.started_at,
            "story": [asdict(line) for line in self.lines],
            "counters": asdict(self.counters),
        }
