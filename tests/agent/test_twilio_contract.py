"""
What holds for every voice agent, for those on the network.
"""

from __future__ import annotations

from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock

from acsgw.interfaces import IAgentConnector, IVoiceAgent

from . import agent_contract, stream_world

SPEECH = bytes(range(128, 256)) * 10


class TwilioStreamContractTests(agent_contract.AgentContract):
    """
    Tests for connectors of kind C{twilio-stream}.
    """

    def make_clock(self) -> Clock:
        return stream_world.CarryingNetwork()

    def make(self, clock: Clock) -> IAgentConnector:
        self.world = stream_world.StreamWorld()
        self.world.build(clock)  # type: ignore[arg-type]
        self.addCleanup(self.world.doCleanups)
        return self.make_connector()

    def make_connector(self) -> IAgentConnector:
        return self.world.twilio()

    def get_ready(self) -> None:
        self.clock.advance(0)
        self.clock.advance(0)

    def speak(self, agent: IVoiceAgent) -> None:
        self.world.stream.say(SPEECH)
        self.world.stream.mark("said")
        self.clock.advance(0)
        for i in range(30):
            agent.caller_audio(bytes(160), i * 20)

    def interrupt(self, agent: IVoiceAgent) -> None:
        self.world.stream.clear()
        self.world.stream.say(SPEECH)
        self.clock.advance(0)

    def end(self, agent: IVoiceAgent) -> None:
        self.world.stream.leave()
        self.clock.advance(0)

    def timers(self) -> list[IDelayedCall]:
        # The fake of ASAPP's API has a clock for its log.
        return [t for t in super().timers() if "HTTPFactory" not in str(t)]

    def tearDown(self) -> None:
        super().tearDown()
        self.assertEqual([s.broken for s in self.world.agent.streams if s.broken], [])


class GenerativeAgentContractTests(TwilioStreamContractTests):
    """
    Tests for connectors of kind C{generativeagent}.
    """

    def make_connector(self) -> IAgentConnector:
        return self.world.genagent()

    def end(self, agent: IVoiceAgent) -> None:
        self.world.asapp.hand_over(self.world.stream, "CALLER_DISCONNECT")
        self.clock.advance(0)
        self.clock.advance(1)
