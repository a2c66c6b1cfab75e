"""
What the caller says and presses before the agent is there.

Core: values in, values out.
"""

from __future__ import annotations

from collections import deque

from .steps import KeyToAgent

#: How much of the caller is kept for an agent that is not ready yet.
EARLY_SECONDS = 1.0

#: Keys kept for an agent that is not ready yet.
EARLY_KEYS = 64


class Early:
    """
    The last second of it, and the last keys.

    @ivar audio: in the agent's encoding, in pieces.
    """

    def __init__(self, rate: int, sample_bytes: int) -> None:
        """
        @param rate: of the audio, in Hz.
        """
        self._sample_bytes = sample_bytes
        self._most = EARLY_SECONDS * rate
        self._samples = 0
        self.audio: deque[bytes] = deque()
        self.keys: deque[KeyToAgent] = deque(maxlen=EARLY_KEYS)

    def keep(self, pcm: bytes) -> int:
        """
        @return: samples that were dropped for it, the oldest.
        """
        self.audio.append(pcm)
        self._samples += len(pcm) // self._sample_bytes
        dropped = 0
        while self._samples - dropped > self._most:
            dropped += len(self.audio.popleft()) // self._sample_bytes
        self._samples -= dropped
        return dropped
