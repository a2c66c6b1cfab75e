"""
Keeps the promises of L{AgentEvents}, whatever order things happen in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..interfaces import AgentEvents, TransferRequest

AgentAudio = Callable[[bytes, str, int], None]


def _unheard(pcm: bytes, utterance: str, generation: int) -> None:
    """
    It is not the time for audio.
    """


class Outlet:
    """
    What the agent tells the gateway goes through here; what must not be said
    (any more) is dropped.
    """

    __slots__ = (
        "_closed",
        "_events",
        "_over",
        "_ready",
        "agent_audio",
    )

    def __init__(self, events: AgentEvents) -> None:
        self._events = events
        #: Fifty times a second: so the way is as short as it may be just now.
        self.agent_audio: AgentAudio = _unheard
        self._ready = False
        self._over = False
        self._closed = False

    def is_closed(self) -> bool:
        """
        @return: whether C{finished} has been said; nothing more will be.
        """
        return self._closed

    @property
    def _talking(self) -> bool:
        return self._ready and not self._over and not self._closed

    def ready(self) -> None:
        if not self._closed:
            self._ready = True
            if not self._over:
                self.agent_audio = self._events.agent_audio
            self._events.ready()

    def refused(self, reason: str) -> None:
        if not self._ready and not self._closed:
            self._events.refused(reason)

    def utterance_end(self, utterance: str) -> None:
        if self._talking:
            self._events.utterance_end(utterance)

    def flush(self, generation: int) -> None:
        if self._talking:
            self._events.flush(generation)

    def progress_wanted(self) -> None:
        if self._talking:
            self._events.progress_wanted()

    def transcript(self, who: str, text: str) -> None:
        if self._talking:
            self._events.transcript(who, text)

    def transfer(self, request: TransferRequest) -> None:
        if self._talking:
            self._events.transfer(request)

    def ended(self, reason: str, variables: Mapping[str, str]) -> None:
        if self._talking:
            self._over = True
            self.agent_audio = _unheard
            self._events.ended(reason, variables)

    def failed(self, reason: str) -> None:
        if self._talking:
            self._over = True
            self.agent_audio = _unheard
            self._events.failed(reason)

    def finished(self) -> None:
        if not self._closed:
            self._closed = True
            self.agent_audio = _unheard
            self._events.finished()
