"""
Tests for L{acsgw.testing.scripted_agent}.
"""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acsgw.interfaces import IAgentConnector, IVoiceAgent, PlayState
from acsgw.testing.agent_events import RecordingEvents
from acsgw.testing.scripted_agent import ScriptedAgent, ScriptedAgentConnector

from . import agent_contract


class ScriptedAgentTests(agent_contract.AgentContract):
    """
    Tests for L{ScriptedAgentConnector}.
    """

    def make(self, clock: Clock) -> IAgentConnector:
        self.scripted = ScriptedAgentConnector(clock)
        return self.scripted

    def speak(self, agent: IVoiceAgent) -> None:
        self.agent.events.agent_audio(bytes(640), "u1", 0)
        self.agent.events.utterance_end("u1")

    def interrupt(self, agent: IVoiceAgent) -> None:
        self.agent.events.flush(1)
        self.agent.events.agent_audio(bytes(640), "u2", 1)

    def end(self, agent: IVoiceAgent) -> None:
        self.agent.events.ended("completed", {})

    @property
    def agent(self) -> ScriptedAgent:
        return self.scripted.agents[-1]

    def test_remembers(self) -> None:
        """
        What the gateway says is kept for the test, audio apart from the rest.
        """
        agent = self.open_ready()
        agent.caller_audio(b"ab", 0)
        agent.caller_audio(b"cd", 20)
        agent.dtmf("7", 40)
        agent.played("u1", 0, PlayState.STARTED)
        agent.transfer_result("t1", False, "busy")
        agent.close("drain")
        self.assertEqual(bytes(self.agent.heard), b"abcd")
        self.assertEqual(
            self.agent.told,
            [
                ("dtmf", "7"),
                ("played", "u1", 0, PlayState.STARTED),
                ("transfer_result", "t1", False, "busy"),
                ("close", "drain"),
            ],
        )
        self.assertEqual(self.agent.closed_because, "drain")

    def test_refuses(self) -> None:
        """
        A connector can be told to refuse conversations.
        """
        self.scripted.refuse = "closed today"
        self.open_ready()
        self.assertEqual(
            self.events.log, [("refused", "closed today"), ("finished", None)]
        )


class RecordingEventsTests(SynchronousTestCase):
    """
    Tests for L{RecordingEvents}.
    """

    def test_broken_promises(self) -> None:
        """
        Each thing that an agent must not do is noticed.
        """
        events = RecordingEvents()
        events.transcript("agent", "too early")
        events.ready()
        events.flush(1)
        events.agent_audio(b"", "u1", 0)
        events.flush(1)
        events.ended("completed", {})
        events.failed("no")
        events.finished()
        events.finished()
        self.assertEqual(
            events.broken_promises(),
            [
                "transcript before ready",
                "finished more than once",
                "finished after finished",
                "more than one end",
                "audio of 0 during 1",
                "generation 1 after 1",
            ],
        )
