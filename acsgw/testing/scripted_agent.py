"""
A voice agent that does what a test says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from zope.interface import implementer

from ..agent.outlet import Outlet
from ..interfaces import (
    AgentEvents,
    CallInfo,
    IAgentConnector,
    IVoiceAgent,
    PlayState,
)


@implementer(IVoiceAgent)
class ScriptedAgent:
    """
    One conversation.

    @ivar call: what the agent was told when it was opened.
    @ivar events: the test speaks through these: C{agent.events.agent_audio(...)};
        what L{AgentEvents} forbids does not get through.
    @ivar told: commands with their arguments, in order, but for the audio.
    @ivar heard: the caller's audio.
    @ivar closed_because: the reason given with the close, if there was one.
    """

    def __init__(
        self, call: CallInfo, events: AgentEvents, clock: IReactorTime, refuse: str
    ) -> None:
        self.call = call
        self.events = Outlet(events)
        self.told: list[tuple[Any, ...]] = []
        self.heard = bytearray()
        self.closed_because: str | None = None
        self._refuse = refuse
        self._opening: IDelayedCall = clock.callLater(0, self._open)

    def _open(self) -> None:
        if self._refuse:
            self.events.refused(self._refuse)
            self.events.finished()
        else:
            self.events.ready()

    def caller_audio(self, pcm: bytes, position_ms: int) -> None:
        if not self.events.is_closed():
            self.heard += pcm

    def dtmf(self, digit: str, at_ms: int) -> None:
        self._tell("dtmf", digit)

    def played(self, utterance: str, played_ms: int, state: PlayState) -> None:
        self._tell("played", utterance, played_ms, state)

    def transfer_result(self, request_id: str, ok: bool, text: str) -> None:
        self._tell("transfer_result", request_id, ok, text)

    def caller_gone(self, reason: str) -> None:
        self._tell("caller_gone", reason)
        self._finish()

    def close(self, reason: str) -> None:
        if not self.events.is_closed():
            self.closed_because = reason
        self._tell("close", reason)
        self._finish()

    def _tell(self, *command: Any) -> None:
        if not self.events.is_closed():
            self.told.append(command)

    def _finish(self) -> None:
        if self._opening.active():
            self._opening.cancel()
        self.events.finished()


@implementer(IAgentConnector)
class ScriptedAgentConnector:
    """
    Each conversation is ready (or refused) as soon as the clock is advanced.

    @ivar agents: all conversations, the latest last.
    @ivar refuse: when set, the reason to refuse the next conversations.
    @ivar hears_transfer_results: as the test wants it.
    @ivar prepare: may change an agent before the gateway has it.
    """

    hears_early = True
    hears_transfer_results = True

    def __init__(
        self, clock: IReactorTime, caller_rate: int = 16000, agent_rate: int = 16000
    ) -> None:
        self.caller_rate = caller_rate
        self.encoding = "pcm16"
        self.agent_rate = agent_rate
        self.agents: list[ScriptedAgent] = []
        self.refuse = ""
        self.prepare: Callable[[Any], None] = lambda agent: None
        self._clock = clock

    def not_ready(self) -> str | None:
        return None

    def open(self, call: CallInfo, events: AgentEvents) -> IVoiceAgent:
        agent = ScriptedAgent(call, events, self._clock, self.refuse)
        self.agents.append(agent)
        self.prepare(agent)
        return agent
