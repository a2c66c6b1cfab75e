"""
Agents that take bare PCM16 at 16 kHz as binary messages, and nothing else.
"""

from __future__ import annotations

from twisted.internet.endpoints import HostnameEndpoint
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from acsgw.agent.outlet import Outlet
from acsgw.agent.twilio.protocol import AgentLine, Closed, LineFactory
from acsgw.interfaces import (
    AgentEvents,
    CallInfo,
    IAgentConnector,
    IVoiceAgent,
    PlayState,
)
from acsgw.wire.media_hub import MediaHub

_UTTERANCE = "1"


@implementer(IAgentConnector)
class PcmConnector:
    """
    All conversations go to one address.
    """

    caller_rate = 16000
    encoding = "pcm16"
    agent_rate = 16000
    hears_early = False
    hears_transfer_results = False

    def __init__(self, hub: MediaHub, url: str) -> None:
        self._hub = hub
        self._url = url

    def not_ready(self) -> str | None:
        return None

    def open(self, call: CallInfo, events: AgentEvents) -> IVoiceAgent:
        return PcmAgent(self._hub, self._url, events)


@implementer(IVoiceAgent)
class PcmAgent:
    """
    One conversation.
    """

    _log = Logger()

    def __init__(self, hub: MediaHub, url: str, events: AgentEvents) -> None:
        self._events = Outlet(events)
        self._line: AgentLine | None = None
        factory = LineFactory(hub, self, url=url)
        endpoint = HostnameEndpoint(hub.reactor, factory.host, factory.port)
        self._connecting = endpoint.connect(factory)
        self._connecting.addErrback(self._not_there)

    def _not_there(self, failure: Failure) -> None:
        self._log.warn("no agent: {reason}", reason=failure.getErrorMessage())
        self._events.refused("no agent")
        self._events.finished()

    def caller_audio(self, pcm: bytes, position_ms: int) -> None:
        line = self._line
        if line is not None and not line.chokes:
            line.send_binary(pcm, is_audio=True)

    def dtmf(self, digit: str, at_ms: int) -> None:
        """It knows no keys."""

    def played(self, utterance: str, played_ms: int, state: PlayState) -> None:
        """It does not ask."""

    def transfer_result(self, request_id: str, ok: bool, text: str) -> None:
        """It does not transfer."""

    def caller_gone(self, reason: str) -> None:
        self._end()

    def close(self, reason: str) -> None:
        self._end()

    def _end(self) -> None:
        self._connecting.cancel()
        line, self._line = self._line, None
        if line is not None:
            line.hang_up()
        self._events.finished()

    # The socket.

    def line_opened(self, line: AgentLine) -> None:
        self._line = line
        self._events.ready()

    def line_received(self, message: bytes, is_binary: bool) -> None:
        self._events.agent_audio(message, _UTTERANCE, 0)

    def line_closed(self, closed: Closed) -> None:
        self._line = None
        self._events.refused(closed.reason)
        self._events.failed(closed.reason or f"closed ({closed.code})")
        self._events.finished()
