"""
Is the caller still hearing the agent?

What the gateway reports is exact; until it does (or if it never does), the length
of what was given to it is the best guess.
"""

from __future__ import annotations

from ...interfaces import PlayState


class Playout:
    """
    The utterances on their way to the caller's ear.  Times are in seconds.

    @ivar ends_at: when the caller has heard everything, or did.
    """

    def __init__(self) -> None:
        self._lengths: dict[str, float] = {}  # of those not known to be over
        self.ends_at = 0.0

    def given(self, utterance: str, seconds: float, now: float) -> None:
        """
        The gateway was given this much audio.
        """
        self._lengths[utterance] = seconds
        self.ends_at = max(self.ends_at, now) + seconds

    def reported(
        self, utterance: str, played_ms: int, state: PlayState, now: float
    ) -> None:
        """
        The gateway tells how far the caller has heard an utterance; news of one
        that is not on its way is late, and ignored.
        """
        if utterance not in self._lengths:
            return
        if state is not PlayState.STARTED:
            # They play in order: what was before it is over, too.
            played_ms = round(self._lengths[utterance] * 1000)
        while (first := next(iter(self._lengths))) != utterance:
            del self._lengths[first]
        ahead = sum(self._lengths.values()) - played_ms / 1000
        self.ends_at = now + max(0.0, ahead)
        if state is not PlayState.STARTED:
            del self._lengths[utterance]

    def cut(self) -> None:
        """
        All that was on its way has been dropped.
        """
        self._lengths.clear()
        self.ends_at = 0.0

    def remaining(self, now: float) -> float:
        """
        @return: how long the caller will still hear the agent.
        """
        return max(0.0, self.ends_at - now)
