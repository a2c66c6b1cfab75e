"""
Opens conversations with one agent that speaks Twilio's Media Streams.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from zope.interface import implementer

from ...interfaces import (
    AgentEvents,
    CallInfo,
    IAgentConnector,
    IAgentProbe,
    IVoiceAgent,
)
from ...wire.media_hub import MediaHub
from ..options import StreamOptions
from ..reachability import Reachability
from .agent import StreamAgent, StreamParts
from .door import Door
from .messages import RATE


@implementer(IAgentConnector, IAgentProbe)
class StreamConnector:
    """
    @ivar hears_early: as its options say.
    @ivar hears_transfer_results: an agent that hands a caller on has left.
    """

    caller_rate = RATE
    encoding = "mulaw"
    agent_rate = RATE
    hears_transfer_results = False

    def __init__(
        self,
        name: str,
        hub: MediaHub,
        door: Door,
        options: StreamOptions,
        new_id: Callable[[], str],
    ) -> None:
        """
        @param name: in the settings.
        @param hub: reads the sockets.
        @param new_id: makes texts of 32 hexadecimal digits that nobody has had.
        """
        self._name = name
        self.hears_early = options.early_audio
        self._clock = hub.reactor
        self._reachability = Reachability()
        self._parts = StreamParts(
            name=name,
            hub=hub,
            door=door,
            options=options,
            new_id=new_id,
            tried=self._tried,
        )

    def not_ready(self) -> str | None:
        reason = self._reachability.not_ready(self._clock.seconds())
        return reason and f"agent {self._name}: {reason}"

    def open(self, call: CallInfo, events: AgentEvents) -> IVoiceAgent:
        return StreamAgent(call, events, self._parts)

    def probe(self) -> Deferred[str]:
        """
        @return: fires with what was reached without a call, in a few words; fails
            with L{AgentRefused}.
        """
        return self._parts.door.probe()

    def _tried(self, problem: str | None) -> None:
        self._reachability.tried(problem, self._clock.seconds())
