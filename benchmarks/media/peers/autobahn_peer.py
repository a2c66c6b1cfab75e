"""
Plain Autobahn on Twisted, message API on both sides:
C{python -m benchmarks.media.peers.autobahn_peer PORT AGENT_URL}
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

from autobahn.twisted.websocket import (
    WebSocketClientFactory,
    WebSocketClientProtocol,
    WebSocketServerFactory,
    WebSocketServerProtocol,
)

from ..collect import collect_when_told
from .wire import audio_message, pcm_of


class Agent(WebSocketClientProtocol):
    """
    The socket to the agent.
    """

    caller: Caller

    def onOpen(self) -> None:
        transport: Any = self.transport
        transport.setTcpNoDelay(True)
        self.caller.agent = self

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        if self.caller.state == self.caller.STATE_OPEN:
            self.caller.sendMessage(audio_message(payload).encode())


class Caller(WebSocketServerProtocol):
    """
    The media socket.
    """

    def __init__(self, reactor: Any, agent_url: str) -> None:
        super().__init__()
        self.agent: Agent | None = None
        self._reactor = reactor
        self._agent_url = agent_url

    def onOpen(self) -> None:
        transport: Any = self.transport
        transport.setTcpNoDelay(True)
        factory = WebSocketClientFactory(self._agent_url, reactor=self._reactor)
        factory.protocol = self._new_agent  # type: ignore[assignment]
        self._reactor.connectTCP(factory.host, factory.port, factory)

    def _new_agent(self) -> Agent:
        agent = Agent()
        agent.caller = self
        return agent

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        pcm = pcm_of(payload)
        if pcm is not None and self.agent is not None:
            self.agent.sendMessage(pcm, isBinary=True)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        if self.agent is not None:
            self.agent.sendClose()


def main(port: int, agent_url: str) -> None:
    """
    Until told to stop.
    """
    from twisted.internet import epollreactor

    epollreactor.install()
    from twisted.internet import reactor

    here: Any = reactor
    factory = WebSocketServerFactory(reactor=here)
    factory.protocol = partial(Caller, here, agent_url)  # type: ignore[assignment]
    here.listenTCP(port, factory, backlog=500, interface="127.0.0.1")
    here.run()


if __name__ == "__main__":
    collect_when_told()
    main(int(sys.argv[1]), sys.argv[2])
