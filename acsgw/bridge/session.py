"""
One conversation with the agent, of which a call may have two.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..interfaces import AgentEvents, TransferRequest


class AgentSession:
    """
    L{AgentEvents} for the bridge, which hears nothing more of a session that another
    one has taken the place of.

    @ivar replaced: whether it has.
    """

    def __init__(self, bridge: AgentEvents) -> None:
        self._bridge = bridge
        self.replaced = False

    def ready(self) -> None:
        if not self.replaced:
            self._bridge.ready()

    def refused(self, reason: str) -> None:
        if not self.replaced:
            self._bridge.refused(reason)

    def agent_audio(self, pcm: bytes, utterance: str, generation: int) -> None:
        if not self.replaced:
            self._bridge.agent_audio(pcm, utterance, generation)

    def utterance_end(self, utterance: str) -> None:
        if not self.replaced:
            self._bridge.utterance_end(utterance)

    def flush(self, generation: int) -> None:
        if not self.replaced:
            self._bridge.flush(generation)

    def progress_wanted(self) -> None:
        if not self.replaced:
            self._bridge.progress_wanted()

    def transcript(self, who: str, text: str) -> None:
        if not self.replaced:
            self._bridge.transcript(who, text)

    def transfer(self, request: TransferRequest) -> None:
        if not self.replaced:
            self._bridge.transfer(request)

    def ended(self, reason: str, variables: Mapping[str, str]) -> None:
        if not self.replaced:
            self._bridge.ended(reason, variables)

    def failed(self, reason: str) -> None:
        if not self.replaced:
            self._bridge.failed(reason)

    def finished(self) -> None:
        if not self.replaced:
            self._bridge.finished()
