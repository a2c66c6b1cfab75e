"""
The bridge's core with its two steps of audio in one, as when nothing is batched.
"""

from __future__ import annotations

from dataclasses import dataclass

from acsgw.bridge.core import BridgeCore
from acsgw.bridge.steps import Step, ToAgent


@dataclass
class KeepCaller:
    """The caller said this: for the recording."""

    pcm: bytes
    position: int


class WholeCore(BridgeCore):
    """
    Converts at once.
    """

    def caller_audio(self, pcm: bytes, now: float) -> list[Step | KeepCaller]:
        kept: list[Step | KeepCaller] = [KeepCaller(pcm, self.began(pcm, now))]
        for frame in self.to_agent.feed(pcm):
            position_ms = self.caller.frame(frame)
            if position_ms >= 0:
                kept.append(ToAgent(frame, position_ms))
        return kept

    def agent_audio(
        self, pcm: bytes, utterance: str, generation: int, now: float
    ) -> list[Step]:
        """
        A piece of the agent's voice.
        """
        if not self.takes(utterance, generation):
            return []
        return self.agent_frames(self.to_caller.feed(pcm), utterance, now)
