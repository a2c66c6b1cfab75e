"""
The caller's half of a bridge: whom his voice and his keys reach, and as of when.

Core: values in, values out.
"""

from __future__ import annotations

from ..audio.formats import Format
from .early import Early
from .steps import KeyToAgent, Step, ToAgent


class CallerSide:
    """
    @ivar is_heard: is the agent ready to hear him?
    """

    __slots__ = (
        "_early",
        "_early_dropped",
        "_is_over",
        "_keeps_early",
        "_position",
        "_rate",
        "_sample_bytes",
        "is_heard",
    )

    def __init__(self, wanted: Format, keeps_early: bool) -> None:
        """
        @param wanted: what the agent wants to hear.
        @param keeps_early: does the agent want to hear what was said before it was
            ready?
        """
        self._rate = wanted.rate
        self._sample_bytes = wanted.encoding.sample_bytes
        self._keeps_early = keeps_early
        self._early: Early | None = None
        self._early_dropped = 0
        self._position = 0
        self._is_over = False
        self.is_heard = False

    @property
    def early_dropped_ms(self) -> int:
        """
        What came too long before the agent was ready.
        """
        return self._early_dropped * 1000 // self._rate

    def frame(self, pcm: bytes) -> int:
        """
        @param pcm: of his voice, as the agent wants it, in its encoding.

        @return: say it to the agent, as of this position, in ms; negative: nobody is
            to hear it now.
        """
        if self.is_heard:
            return self._pass_by(pcm)
        if not self._is_over and self._keeps_early:
            dropped = self._kept.keep(pcm)
            self._early_dropped += dropped
            self._position += dropped
        else:
            # Another agent may follow, and wants to know how long it has been.
            self._pass_by(pcm)
        return -1

    def pressed(self, key: KeyToAgent) -> list[Step]:
        """
        He pressed a key: told now, or when the agent is ready.
        """
        if self.is_heard:
            return [key]
        if not self._is_over:
            self._kept.keys.append(key)
        return []

    def agent_ready(self) -> list[Step]:
        """
        The agent hears what was kept, and all that follows.
        """
        self.is_heard = True
        early, self._early = self._early, None
        if early is None:
            return []
        audio = [ToAgent(pcm, self._pass_by(pcm)) for pcm in early.audio]
        return [*audio, *early.keys]

    def agent_gone(self) -> None:
        """
        Nobody listens any more.
        """
        self.is_heard = False
        self._is_over = True
        self._early = None

    def new_agent(self) -> None:
        """
        Another one will listen.
        """
        self._is_over = False

    def _pass_by(self, pcm: bytes) -> int:
        """
        @return: where it begins, in ms.
        """
        position_ms = self._position * 1000 // self._rate
        self._position += len(pcm) // self._sample_bytes
        return position_ms

    @property
    def _kept(self) -> Early:
        if self._early is None:
            self._early = Early(self._rate, self._sample_bytes)
        return self._early
