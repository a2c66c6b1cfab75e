"""
A connector and a scripted agent on a network in memory.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import txaio
from treq.client import HTTPClient
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import Agent

from acsgw.agent.kinds import build_agent
from acsgw.agent.options import (
    AgentOptions,
    GenerativeAgentOptions,
    StreamOptions,
    TwilioStreamOptions,
)
from acsgw.interfaces import CallInfo, IAgentConnector, IVoiceAgent
from acsgw.testing.agent_events import RecordingEvents
from acsgw.testing.asapp_api import FakeAsapp
from acsgw.testing.memory_network import MemoryNetwork
from acsgw.testing.twilio_agent import FakeStream, FakeTwilioAgent
from acsgw.wire.media_hub import MediaHub

from .agent_contract import call_info

STREAMS, API = 9001, 9002
KEY = "key-id:key-secret"


class CarryingNetwork(MemoryNetwork):
    """
    What is sent arrives whenever time passes.
    """

    def advance(self, amount: float) -> None:
        super().advance(amount)
        if not self._carrying:
            self._carrying = True
            try:
                self.flush()
            finally:
                self._carrying = False

    _carrying = False

    def advance_bare(self) -> None:
        """
        The next turn of the reactor, and nothing more.
        """
        super().advance(0)


class Silence(Factory):
    """
    Servers that never say a word.

    @ivar made: connections.
    @ivar lost: those that were closed.
    """

    made = 0
    lost = 0

    def buildProtocol(self, addr: Any) -> Protocol:
        self.made += 1
        protocol = Protocol()

        def lost(reason: Any = None) -> None:
            self.lost += 1

        protocol.connectionLost = lost  # type: ignore[method-assign]
        return protocol


def silence(network: MemoryNetwork, port: int) -> Silence:
    """
    From now on nobody answers at that port.
    """
    silent = Silence()
    network._listeners[port] = silent
    return silent


class StreamWorld(SynchronousTestCase):
    """
    A test of a connector whose agent is on the network.
    """

    frame_shortcut = True

    def setUp(self) -> None:
        super().setUp()
        self.build(CarryingNetwork())

    def build(self, network: CarryingNetwork) -> None:
        """
        Everything, on that network.
        """
        self.network = network
        self.ids = count(1)
        self.patch(txaio.config, "loop", network)  # type: ignore[attr-defined]
        self.agent = FakeTwilioAgent(network)
        self.asapp = FakeAsapp(network, self.agent, f"ws://127.0.0.1:{STREAMS}", KEY)
        network.listenTCP(STREAMS, self.agent)
        network.listenTCP(API, self.asapp.site())

    def twilio(self, **stream: Any) -> IAgentConnector:
        """
        @return: a connector of kind C{twilio-stream}.
        """
        self.agent.allow = lambda path: True
        self.agent.started = self.agent.closed = lambda stream: None
        options = {"ping_seconds": 0, **stream}
        return self.connector(
            TwilioStreamOptions(
                name="bot",
                url=f"ws://127.0.0.1:{STREAMS}/in?of={{account}}",
                stream=StreamOptions(**options),
            )
        )

    def genagent(self, **more: Any) -> IAgentConnector:
        """
        @return: a connector of kind C{generativeagent}.
        """
        api_id, _, api_secret = more.pop("key", KEY).partition(":")
        stream = StreamOptions(**{"ping_seconds": 0, **more.pop("stream", {})})
        return self.connector(
            GenerativeAgentOptions(
                name="bot",
                api_url=f"http://127.0.0.1:{API}",
                api_id=api_id,
                api_secret=api_secret,
                stream=stream,
                **more,
            )
        )

    def connector(self, options: AgentOptions) -> IAgentConnector:
        http = HTTPClient(Agent(self.network))
        return build_agent(
            options,
            MediaHub(self.network, self.frame_shortcut),
            http,
            lambda: f"{next(self.ids):032x}",
        )

    def open(
        self, connector: IAgentConnector, call: CallInfo | None = None
    ) -> tuple[IVoiceAgent, RecordingEvents]:
        """
        @return: a conversation that has had time to get ready.
        """
        events = RecordingEvents()
        agent: IVoiceAgent = connector.open(call or call_info(), events)
        self.pass_time(0.1)
        return agent, events

    def pass_time(self, seconds: float) -> None:
        self.network.run_for(seconds, 0.05)

    @property
    def stream(self) -> FakeStream:
        return self.agent.streams[-1]
