"""
Tests for L{acsgw.calls.recovery}: a new agent session goes on.
"""

from __future__ import annotations

from acsgw.calls.actions import Note, OpenAgent, Outcome, Transfer
from acsgw.calls.core import Recourse

from .test_machine import PATIENCE
from .test_machine_recovery import RecoveryTestCase
from .test_machine_transfer import AGAIN


class ResumeTests(RecoveryTestCase):
    """
    The agent is gone, or cannot hear of the failure: a new session goes on.
    """

    def test_resumed(self) -> None:
        """
        Caller and new agent talk, and the agent may end the call as ever.
        """
        self.resume()
        self.call.agent_ready()
        self.assertEqual(self.actions, [Note("agent_ready")])
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.call.agent_ended("bye")
        self.call.speech_drained()
        self.assertHungUp(Outcome.COMPLETED)

    def test_asks_at_once(self) -> None:
        """
        It may ask for another transfer as the first thing it does.
        """
        self.resume()
        self.call.agent_asked_transfer(AGAIN)
        self.call.speech_drained()
        self.assertEqual(self.actions[-1], Transfer(AGAIN))

    def test_only_once(self) -> None:
        """
        When its transfer fails too, there is no third session.
        """
        self.resume()
        self.call.agent_ready()
        self.call.agent_asked_transfer(AGAIN)
        self.call.speech_drained()
        self.call.transfer_failed("busy again")
        self.call.found_alive()
        self.call.no_way()
        self.assertHungUp(Outcome.TRANSFER_FAILED, "busy again")
        self.assertNotIn(OpenAgent(resumes=True), self.actions)

    def test_refused(self) -> None:
        """
        A session that is refused leaves nothing to try here, and what went wrong is
        the outcome.
        """
        self.resume()
        self.call.agent_lost("full")
        self.assertIn(Note("agent_lost", "full"), self.actions)
        self.assertHungUp(Outcome.TRANSFER_FAILED, "busy")

    def test_slow(self) -> None:
        """
        A session that does not get ready is not waited for.
        """
        self.resume()
        self.clock.advance(PATIENCE.agent)
        self.assertIn(
            Note("agent_lost", "the agent was not ready in time"), self.actions
        )
        self.assertHungUp(Outcome.TRANSFER_FAILED, "busy")

    def test_caller_leaves(self) -> None:
        """
        The caller hangs up while it is opened, whether his audio ends first or not.
        """
        for first in ([], ["media_closed"]):
            self.setUp()
            self.resume()
            for step in first:
                getattr(self.call, step)("1000")
            self.call.disconnected("left")
            self.assertEnded(Outcome.CALLER_HUNG_UP, "left")

    def test_drained(self) -> None:
        """
        A process that stops does not wait for it.
        """
        self.resume()
        self.call.hang_up(Outcome.DRAINED, "stopping")
        self.assertHungUp(Outcome.DRAINED, "stopping")

    def test_lost_later(self) -> None:
        """
        When it is lost in mid-talk, it is a lost agent like any other.
        """
        self.resume()
        self.call.agent_ready()
        self.call.agent_lost("crash")
        self.assertHungUp(Outcome.AGENT_LOST, "crash")


class NotResumedTests(RecoveryTestCase):
    """
    An account that wants no new sessions.
    """

    recourse = Recourse(resumes=False)

    def test_not_resumed(self) -> None:
        """
        Nobody is left for the caller.
        """
        self.call.found_alive()
        self.call.no_way()
        self.assertHungUp(Outcome.TRANSFER_FAILED, "busy")
