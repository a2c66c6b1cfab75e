"""
Tests for L{acsgw.calls.fallback}: the account's rules know who takes the caller.
"""

from __future__ import annotations

from acsgw.calls.actions import HangUp, LookUp, Note, Outcome
from acsgw.calls.core import Recourse
from acsgw.interfaces import TransferKind

from .test_machine import PATIENCE, MachineTestCase
from .test_machine_fallback import REQUEST, moved


class ReturnTests(MachineTestCase):
    """
    The account's rules know who takes the caller.
    """

    recourse = Recourse(has_target=lambda kind: True)

    def complete(self) -> None:
        self.talk()
        self.call.agent_ended("bye")
        self.call.speech_drained()

    def lose(self) -> None:
        self.talk()
        self.call.agent_lost("crash")

    def test_completed(self) -> None:
        """
        After the last words the caller is not hung up, but handed over.
        """
        self.complete()
        self.assertEqual(self.actions[-3:], moved(TransferKind.COMPLETED))
        self.call.transfer_accepted()
        self.assertEnded(Outcome.TRANSFERRED, "after completed by agent")
        self.assertNotIn(HangUp(), self.actions)

    def test_agent_lost(self) -> None:
        """
        A caller whose agent is lost is handed over; the story says why.
        """
        self.lose()
        self.assertEqual(self.actions[0], Note("agent_lost", "crash"))
        self.assertEqual(self.actions[-3:], moved(TransferKind.AGENT_LOST))
        self.call.transfer_accepted()
        self.assertEnded(Outcome.TRANSFERRED, "after agent lost: crash")

    def test_agent_never_there(self) -> None:
        """
        So is one whose agent refused, or was not ready in time.
        """
        for slow in (False, True):
            self.setUp()
            self.call.answer()
            self.call.media_opened()
            if slow:
                self.clock.advance(PATIENCE.agent)
            else:
                self.call.agent_lost("full")
            self.assertEqual(self.actions[-3:], moved(TransferKind.AGENT_LOST))

    def test_variables(self) -> None:
        """
        What the agent wanted to hand over, in a transfer that failed, is not lost.
        """
        self.talk()
        self.call.agent_asked_transfer(REQUEST)
        self.call.speech_drained()
        self.call.transfer_failed("busy")
        self.call.found_alive()
        self.call.agent_told()
        self.call.agent_lost("crash")
        self.assertEqual(
            self.actions[-1], moved(TransferKind.AGENT_LOST, intent="order")[-1]
        )

    def test_fails(self) -> None:
        """
        When it fails the caller is looked for; as there is no agent that could go on,
        and no prompt, he is hung up, and the outcome is what it was before.
        """
        for begin, outcome, before in (
            (self.complete, Outcome.COMPLETED, ""),
            (self.lose, Outcome.AGENT_LOST, "crash; "),
        ):
            for slow in (False, True):
                self.setUp()
                begin()
                reason = "no verdict on the transfer in time" if slow else "busy"
                if slow:
                    self.clock.advance(PATIENCE.transfer)
                else:
                    self.call.transfer_failed("busy")
                self.assertEqual(
                    self.actions[-2:], [Note("transfer_failed", reason), LookUp()]
                )
                self.call.found_alive()
                self.assertHungUp(outcome, f"{before}the return failed: {reason}")

    def test_caller_leaves(self) -> None:
        """
        The audio and the leg may end before the verdict; without one, what was
        before stands.
        """
        self.complete()
        self.call.media_closed("1000")
        self.call.disconnected("over")
        self.clock.advance(PATIENCE.verdict)
        self.call.found_gone("no such call")
        self.assertHungUp(
            Outcome.COMPLETED,
            "the return failed: no verdict on the transfer in time; no such call",
        )

    def test_leg_ends_first(self) -> None:
        """
        The end of our leg may overtake the verdict.
        """
        self.complete()
        self.call.media_closed("1000")
        self.call.disconnected("over")
        self.call.transfer_accepted()
        self.assertEnded(Outcome.TRANSFERRED, "after completed by agent")

    def test_drained(self) -> None:
        """
        A process that stops does not make a failure of a call that was complete, at
        whatever point.
        """
        for steps in ([], ["transfer_failed"]):
            self.setUp()
            self.complete()
            for step in steps:
                getattr(self.call, step)("busy")
            self.call.hang_up(Outcome.DRAINED, "stopping")
            more = "the return failed: busy; " if steps else ""
            self.assertHungUp(Outcome.COMPLETED, f"{more}cut: stopping")
