"""
What holds for every voice agent; not collected by trial itself.
"""

from __future__ import annotations

from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from acsgw.interfaces import (
    CallInfo,
    IAgentConnector,
    IVoiceAgent,
    PlayState,
)
from acsgw.testing.agent_events import RecordingEvents


def call_info(call_id: str = "call-1", **variables: str) -> CallInfo:
    return CallInfo(
        call_id=call_id,
        correlation_id="correlation",
        account="test",
        caller="4:+14255550123",
        callee="4:+18005550100",
        variables=variables,
    )


class AgentContract(SynchronousTestCase):
    """
    What holds for every L{IAgentConnector} and L{IVoiceAgent}; subclasses say how
    to make one, and how to make it speak.
    """

    def make(self, clock: Clock) -> IAgentConnector:
        """
        @return: a connector that can take calls.
        """
        raise NotImplementedError()

    def make_clock(self) -> Clock:
        """
        A subclass may want a larger one.
        """
        return Clock()

    def get_ready(self) -> None:
        """
        Let the agents become ready.
        """
        self.clock.advance(0)

    def speak(self, agent: IVoiceAgent) -> None:
        """
        Make a ready agent say something.
        """
        raise NotImplementedError()

    def interrupt(self, agent: IVoiceAgent) -> None:
        """
        Make the agent, which is speaking, notice an interruption and go on with
        something else.
        """
        raise NotImplementedError()

    def end(self, agent: IVoiceAgent) -> None:
        """
        Make the agent end the conversation.
        """
        raise NotImplementedError()

    def setUp(self) -> None:
        self.clock = self.make_clock()
        self.connector = self.make(self.clock)
        self.events = RecordingEvents()

    def tearDown(self) -> None:
        self.assertEqual(self.events.broken_promises(), [])

    def open(self) -> IVoiceAgent:
        agent: IVoiceAgent = self.connector.open(call_info(), self.events)
        return agent

    def open_ready(self) -> IVoiceAgent:
        agent = self.open()
        self.get_ready()
        return agent

    def assertOver(self) -> None:
        names = self.events.names()
        self.assertEqual((names[-1], names.count("finished")), ("finished", 1))
        self.assertEqual(self.timers(), [])

    def timers(self) -> list[IDelayedCall]:
        """
        @return: what the agents would do later.
        """
        return list(self.clock.getDelayedCalls())

    def test_interfaces(self) -> None:
        """
        Connector and agent provide their interfaces, and the rates are given.
        """
        self.assertTrue(verifyObject(IAgentConnector, self.connector))
        self.assertTrue(verifyObject(IVoiceAgent, self.open()))
        self.assertGreaterEqual(self.connector.caller_rate, 8000)
        self.assertGreaterEqual(self.connector.agent_rate, 8000)

    def test_nothing_before_open_returned(self) -> None:
        """
        Opening returns before any event happens.
        """
        self.open()
        self.assertEqual(self.events.log, [])

    def test_ready_first(self) -> None:
        """
        The first event of an agent that takes the call is that it is ready.
        """
        self.open_ready()
        self.assertEqual(self.events.names()[0], "ready")
        self.assertEqual(self.events.names().count("ready"), 1)

    def test_close(self) -> None:
        """
        A closed conversation is finished, and leaves no timers.
        """
        agent = self.open_ready()
        agent.close("end")
        self.clock.advance(0)
        self.assertOver()

    def test_caller_gone(self) -> None:
        """
        When the caller has gone the conversation finishes.
        """
        agent = self.open_ready()
        agent.caller_gone("hung up")
        self.clock.advance(0)
        self.assertOver()

    def test_close_before_ready(self) -> None:
        """
        A conversation that is closed before it began never becomes ready.
        """
        self.open().close("end")
        self.get_ready()
        self.assertEqual(self.events.names(), ["finished"])
        self.assertOver()

    def test_commands_before_ready(self) -> None:
        """
        Commands that come before the agent is ready do no harm.
        """
        agent = self.open()
        self.command_everything(agent)
        self.get_ready()
        self.assertEqual(self.events.names()[0], "ready")

    def test_commands_after_close(self) -> None:
        """
        After the end, commands do nothing, closing again included.
        """
        agent = self.open_ready()
        agent.close("end")
        self.clock.advance(0)
        before = list(self.events.log)
        self.command_everything(agent)
        agent.caller_gone("hung up")
        agent.close("end")
        self.clock.advance(60)
        self.assertEqual(self.events.log, before)
        self.assertOver()

    def test_unknown_reports(self) -> None:
        """
        Reports about utterances and transfers that never were are ignored.
        """
        agent = self.open_ready()
        before = list(self.events.log)
        for state in PlayState:
            agent.played("never said", 100, state)
        agent.transfer_result("never asked", True, "")
        agent.transfer_result("never asked", False, "busy")
        self.assertEqual(self.events.log, before)

    def test_utterances(self) -> None:
        """
        Speech is whole samples of generation 0, and each utterance is ended.
        """
        self.speak(self.open_ready())
        audio = self.events.all_of("agent_audio")
        self.assertTrue(audio)
        self.assertEqual({len(pcm) % 2 for pcm, _, _ in audio}, {0})
        self.assertEqual({generation for _, _, generation in audio}, {0})
        spoken = list(dict.fromkeys(utterance for _, utterance, _ in audio))
        self.assertEqual(self.events.all_of("utterance_end"), spoken)

    def test_interrupted(self) -> None:
        """
        Interrupted, the agent flushes and goes on in the next generation, under
        another name.
        """
        agent = self.open_ready()
        self.speak(agent)
        before = {u for _, u, _ in self.events.all_of("agent_audio")}
        self.interrupt(agent)
        [generation] = self.events.all_of("flush")
        self.assertGreater(generation, 0)
        audio = self.events.all_of("agent_audio")
        after = {u for _, u, g in audio if g == generation}
        self.assertTrue(after)
        self.assertEqual(after & before, set())

    def test_ends(self) -> None:
        """
        When the agent ends the conversation that is told once, before the finish.
        """
        agent = self.open_ready()
        self.end(agent)
        self.assertEqual(self.events.names().count("ended"), 1)
        agent.close("end")
        self.clock.advance(0)
        self.assertOver()

    def test_apart(self) -> None:
        """
        The end of one conversation does not touch another.
        """
        other_events = RecordingEvents()
        other = self.connector.open(call_info("call-2"), other_events)
        agent = self.open_ready()
        agent.close("end")
        self.assertNotIn("finished", other_events.names())
        other.close("end")
        self.clock.advance(0)
        self.assertEqual(other_events.names()[-1], "finished")
        self.assertEqual(other_events.broken_promises(), [])

    def command_everything(self, agent: IVoiceAgent) -> None:
        agent.caller_audio(bytes(640), 0)
        agent.dtmf("5", 20)
        agent.played("s1", 20, PlayState.STARTED)
        agent.transfer_result("t1", True, "")
