"""
Is the agent still there?

One whose model has died may keep its socket open and be silent for ever.  Silence is
right while the caller is silent too, so it counts only if the caller speaks.
"""

from __future__ import annotations

import numpy as np

from ...audio.g711 import mulaw_to_pcm

#: The mean of the samples' size above which the caller speaks (about -40 dB).
LOUD = 300

#: So much of the caller's speech is a question, in ms: less may be a cough.
SPOKEN_MS = 1000

#: Nobody listens for the caller's voice before the agent was silent so long, in ms:
#: most frames then cost nothing.
REST_MS = 1000


class StallWatch:
    """
    Time is the position in the caller's audio, in ms.
    """

    def __init__(self, patience_ms: int) -> None:
        """
        @param patience_ms: how long the agent may be silent; 0: for ever.
        """
        self._patience_ms = patience_ms
        self._sign_ms = 0
        self._spoken_ms = 0

    def sign(self, position_ms: int) -> None:
        """
        The agent has said something, or speaks until C{position_ms}.
        """
        self._sign_ms = position_ms
        self._spoken_ms = 0

    def stalled(self, mulaw: bytes, ms: int, position_ms: int) -> bool:
        """
        The caller was heard.

        @param ms: length of C{mulaw}, which ends at C{position_ms}.
        """
        silent_ms = position_ms - self._sign_ms
        if not self._patience_ms or silent_ms < REST_MS:
            return False
        if self._spoken_ms < SPOKEN_MS and _is_loud(mulaw):
            self._spoken_ms += ms
        return silent_ms >= self._patience_ms and self._spoken_ms >= SPOKEN_MS


def _is_loud(mulaw: bytes) -> bool:
    samples = np.frombuffer(mulaw_to_pcm(mulaw), "<i2").astype(np.int32)
    return samples.size > 0 and bool(np.abs(samples).mean() > LOUD)
