"""
Tests for L{acsgw.calls.recovery}: a transfer has failed.
"""

from __future__ import annotations

from acsgw.calls.actions import (
    CloseAgent,
    Drain,
    HangUp,
    LookUp,
    Note,
    OpenAgent,
    Outcome,
    TellAgent,
    Transfer,
)
from acsgw.calls.core import Recourse

from .test_machine import PATIENCE, MachineTestCase
from .test_machine_transfer import AGAIN, REQUEST


class RecoveryTestCase(MachineTestCase):
    """
    The agent asked for a transfer, which has failed: the call is looked up.
    """

    recourse = Recourse(resumes=True)

    def setUp(self) -> None:
        super().setUp()
        self.talk()
        self.call.agent_asked_transfer(REQUEST)
        self.call.speech_drained()
        self.call.transfer_failed("busy")
        self.actions.clear()

    def resume(self) -> None:
        """
        Bring the call to where a new agent session is opened.
        """
        self.call.found_alive()
        self.call.no_way()
        self.assertEqual(
            self.actions[-2:], [Note("agent_resumed"), OpenAgent(resumes=True)]
        )
        self.actions.clear()


class LookUpTests(RecoveryTestCase):
    """
    Is the caller still there?
    """

    def test_gone(self) -> None:
        """
        A call that the network does not know any more has ended by the transfer; it
        is hung up to be sure.
        """
        self.call.found_gone("no such call")
        self.assertHungUp(Outcome.TRANSFER_FAILED, "busy; no such call")

    def test_moving(self) -> None:
        """
        A call that is still on its way is asked for again after a pause.
        """
        self.call.found_moving("the call is transferring")
        self.assertEqual(self.actions, [Note("looked_up", "the call is transferring")])
        self.clock.advance(PATIENCE.look_again)
        self.assertEqual(self.actions[-1], LookUp())
        self.call.found_alive()
        self.assertEqual(self.actions[-1], TellAgent(REQUEST, "busy"))

    def test_never_clear(self) -> None:
        """
        It is asked for some times, not for ever; then it is given up.
        """
        for said in ("found_moving", "look_up_failed"):
            self.setUp()
            asked = 1  # while it was set up
            while self.actions.count(HangUp()) == 0 and asked < 10:
                getattr(self.call, said)("unclear")
                self.clock.advance(PATIENCE.look_again)
                asked = 1 + self.actions.count(LookUp())
            self.assertEqual(asked, PATIENCE.look_ups)
            self.assertHungUp(
                Outcome.TRANSFER_FAILED,
                "busy; where the call stands could not be learned",
            )

    def test_no_answer(self) -> None:
        """
        A question without answer is asked again; if the answer comes after all, it is
        as good.
        """
        self.clock.advance(PATIENCE.look_up)
        self.assertEqual(self.actions, [Note("looked_up", "no answer in time")])
        self.call.found_alive()
        self.assertEqual(self.actions[-1], TellAgent(REQUEST, "busy"))

    def test_call_ends(self) -> None:
        """
        A call that ends while it is looked up was ended by the transfer that failed,
        as far as anybody can know.
        """
        for again in (False, True):
            self.setUp()
            if again:
                self.call.found_moving("transferring")
            self.call.disconnected("over")
            self.assertEnded(
                Outcome.TRANSFER_FAILED, "busy; then the call ended (over)"
            )

    def test_drained(self) -> None:
        """
        A process that stops does not wait for what is found.
        """
        for steps in ([], ["found_moving"]):
            self.setUp()
            for step in steps:
                getattr(self.call, step)("transferring")
            self.call.hang_up(Outcome.DRAINED, "stopping")
            self.assertHungUp(Outcome.DRAINED, "stopping")

    def test_audio_gone(self) -> None:
        """
        When the audio has left for good, nobody can be heard: neither the agent goes
        on nor a new one, though the caller is there.
        """
        for gone in ("media_closed", "media_failed"):
            self.setUp()
            getattr(self.call, gone)("1006")
            self.call.found_alive()
            self.assertHungUp(Outcome.TRANSFER_FAILED, "busy")

    def test_audio_gone_before(self) -> None:
        """
        Likewise if it left before the transfer failed.
        """
        for gone in ("media_closed", "media_failed"):
            self.setUp()
            self.talk_again_and_transfer()
            getattr(self.call, gone)("1006")
            self.call.transfer_failed("busy")
            self.assertEqual(self.actions[-1], LookUp())
            self.call.found_alive()
            self.assertHungUp(Outcome.TRANSFER_FAILED, "busy")

    def talk_again_and_transfer(self) -> None:
        self.call.found_alive()
        self.call.agent_told()
        self.call.agent_asked_transfer(AGAIN)
        self.call.speech_drained()

    def test_agent_leaves_meanwhile(self) -> None:
        """
        An agent that leaves while the call is looked up is let go.
        """
        for again in (False, True):
            for leave in ("agent_lost", "agent_ended"):
                self.setUp()
                if again:
                    self.call.found_moving("transferring")
                getattr(self.call, leave)("bye")
                self.assertIn(
                    CloseAgent("it has handed over", caller_gone=False), self.actions
                )


class TellTests(RecoveryTestCase):
    """
    The caller is there, and the agent is told.
    """

    def setUp(self) -> None:
        super().setUp()
        self.call.found_alive()
        self.actions.clear()

    def test_agent_answers_at_once(self) -> None:
        """
        What an agent does with the news is not lost, should it be heard before we
        know that it was told.
        """
        self.call.agent_asked_transfer(AGAIN)
        self.assertEqual(self.actions, [Drain()])
        self.call.agent_told()
        self.call.speech_drained()
        self.assertEqual(self.actions[-1], Transfer(AGAIN))

    def test_agent_ends(self) -> None:
        """
        An agent that has nothing more to say ends the conversation.
        """
        self.call.agent_ended("sorry")
        self.call.agent_told()
        self.call.speech_drained()
        self.assertHungUp(Outcome.COMPLETED)

    def test_no_sign(self) -> None:
        """
        Should nobody say whether it was told, a new session follows too.
        """
        self.clock.advance(PATIENCE.look_up)
        self.assertEqual(self.actions[-1], OpenAgent(resumes=True))

    def test_agent_lost(self) -> None:
        """
        An agent that is lost just then is followed by a new session.
        """
        self.call.agent_lost("crash")
        self.assertEqual(self.actions[-1], OpenAgent(resumes=True))
        self.call.agent_ready()
        self.assertEqual(self.actions[-1], Note("agent_ready"))

    def test_caller_leaves(self) -> None:
        """
        The caller hangs up: he was there until then.
        """
        self.call.disconnected("left")
        self.assertEnded(Outcome.CALLER_HUNG_UP, "left")

    def test_drained(self) -> None:
        """
        A process that stops hangs up.
        """
        self.call.hang_up(Outcome.DRAINED, "stopping")
        self.assertHungUp(Outcome.DRAINED, "stopping")
