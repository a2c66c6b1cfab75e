"""
The bridge's core with its two steps of audio in one, as when nothing is batched.
"""

from __future__ import annotations

from acsgw.bridge.core import BridgeCore
from acsgw.bridge.steps import Step


class WholeCore(BridgeCore):
    """
    Converts at once.
    """

    def caller_audio(self, pcm: bytes, now: float) -> list[Step]:
        kept = super().caller_audio(pcm, now)
        return kept + self.caller_frames(self.to_agent.feed(pcm))

    def agent_audio(
        self, pcm: bytes, utterance: str, generation: int, now: float
    ) -> list[Step]:
        """
        A piece of the agent's voice.
        """
        if not self.takes(utterance, generation):
            return []
        return self.agent_frames(self.to_caller.feed(pcm), utterance, now)
