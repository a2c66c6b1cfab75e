"""
Tests for L{acsgw.calls.machine}: the agent hands the caller over.
"""

from __future__ import annotations

from typing import Any

from acsgw.calls.actions import (
    CloseAgent,
    Drain,
    Ended,
    HangUp,
    LookUp,
    Note,
    Outcome,
    TellAgent,
    Transfer,
)
from acsgw.interfaces import TransferKind, TransferRequest

from .test_machine import PATIENCE, MachineTestCase

REQUEST = TransferRequest(request_id="t1", kind=TransferKind.AGENT)
AGAIN = TransferRequest(request_id="t2", kind=TransferKind.AGENT)

SLOW = "no verdict on the transfer in time"


class TransferTests(MachineTestCase):
    """
    Tests for transfers.
    """

    def setUp(self) -> None:
        super().setUp()
        self.talk()
        self.call.agent_asked_transfer(REQUEST)

    def transfer(self) -> None:
        """
        Bring the call to where the network moves the caller.
        """
        self.call.speech_drained()
        self.actions.clear()

    def assertTransferred(self) -> None:
        self.assertEnded(Outcome.TRANSFERRED, "")
        self.assertNotIn(HangUp(), self.actions)

    def test_accepted(self) -> None:
        """
        What was said is heard first, then the caller is moved; nothing is hung up.
        """
        self.assertEqual(self.actions, [Drain()])
        self.call.speech_drained()
        self.call.transfer_accepted()
        self.assertEqual(
            self.actions,
            [
                Drain(),
                Note("transfer", "agent"),
                Transfer(REQUEST),
                CloseAgent("transferred", caller_gone=True),
                Ended(Outcome.TRANSFERRED, ""),
            ],
        )
        self.assertTransferred()

    def test_words_without_end(self) -> None:
        """
        Words that have no end do not hold up the transfer.
        """
        self.clock.advance(PATIENCE.last_words)
        self.assertEqual(self.actions[-1], Transfer(REQUEST))

    def test_failed(self) -> None:
        """
        The network is asked whether the caller is still there; then he stays with
        the agent, who is told why, and may try again.
        """
        self.transfer()
        self.call.transfer_failed("busy")
        self.call.found_alive()
        self.call.agent_told()
        self.assertEqual(
            self.actions,
            [
                Note("transfer_failed", "busy"),
                LookUp(),
                Note("looked_up", "the caller is there"),
                TellAgent(REQUEST, "busy"),
                Note("agent_told"),
            ],
        )
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.call.agent_asked_transfer(AGAIN)
        self.call.speech_drained()
        self.assertEqual(self.actions[-1], Transfer(AGAIN))

    def test_no_verdict(self) -> None:
        """
        A transfer of which nothing is heard has failed, as far as we know.
        """
        self.transfer()
        self.clock.advance(PATIENCE.transfer)
        self.assertEqual(self.actions, [Note("transfer_failed", SLOW), LookUp()])

    def test_late_verdict(self) -> None:
        """
        A transfer that is accepted after we gave up waiting has happened all the
        same, whatever we are at, and whether its audio has left by then or not.
        """
        after: tuple[list[str], ...] = (
            [],
            ["found_moving"],
            ["found_alive"],
            ["found_alive", "agent_told"],
            ["found_alive", "agent_told", "media_closed"],
            ["found_alive", "agent_told", "agent_asked_transfer"],
            ["found_alive", "agent_told", "agent_ended"],
        )
        arguments: dict[str, list[Any]] = {
            "agent_asked_transfer": [AGAIN],
            "agent_ended": ["bye"],
        }
        arguments |= {"media_closed": ["1000"], "found_moving": ["transferring"]}
        for steps in after:
            self.setUp()
            self.transfer()
            self.clock.advance(PATIENCE.transfer)
            for step in steps:
                getattr(self.call, step)(*arguments.get(step, []))
            self.call.transfer_accepted()
            self.assertTransferred()

    def test_audio_leaves_first(self) -> None:
        """
        The audio may end before the verdict is told: the call waits for it.
        """
        self.transfer()
        self.call.media_closed("1000")
        self.clock.advance(PATIENCE.transfer - 1)
        self.assertEqual(self.actions, [])
        self.call.transfer_accepted()
        self.assertTransferred()

    def test_disconnect_comes_first(self) -> None:
        """
        The end of our leg may overtake the verdict, before or after the audio's.
        """
        for early in (["disconnected"], ["media_closed", "disconnected"]):
            self.setUp()
            self.transfer()
            for step in early:
                getattr(self.call, step)("early")
            self.call.transfer_accepted()
            self.assertTransferred()

    def test_leg_ends_without_verdict(self) -> None:
        """
        The caller left while he was being transferred: the verdict is not waited
        for as long as if he were still there.
        """
        self.transfer()
        self.call.disconnected("left")
        self.clock.advance(PATIENCE.verdict)
        self.assertHungUp(Outcome.CALLER_HUNG_UP, "while being transferred")

    def test_fails_as_caller_leaves(self) -> None:
        """
        The leg ended, and then the transfer is told to have failed: the caller did
        not wait for it.
        """
        self.transfer()
        self.call.disconnected("left")
        self.call.transfer_failed("nobody to transfer")
        self.assertHungUp(Outcome.CALLER_HUNG_UP, "while being transferred")

    def test_agent_leaves(self) -> None:
        """
        An agent that has handed over may leave or end; it is let go, and the transfer
        goes on.
        """
        for leave in ("agent_lost", "agent_ended"):
            self.setUp()
            self.transfer()
            getattr(self.call, leave)("it went away")
            self.assertEqual(
                self.actions,
                [
                    Note("agent_left", "it went away"),
                    CloseAgent("it has handed over", caller_gone=False),
                ],
            )
            self.call.transfer_accepted()
            self.assertTransferred()

    def test_agent_leaves_before_words_are_heard(self) -> None:
        """
        When the agent is gone before the transfer begins, it begins at once.
        """
        self.call.agent_lost("it went away")
        self.assertEqual(self.actions[-1], Transfer(REQUEST))
        self.call.transfer_accepted()
        self.assertTransferred()

    def test_caller_leaves_before(self) -> None:
        """
        A caller who leaves while the last words are heard is not transferred.
        """
        self.call.disconnected("left")
        self.assertEnded(Outcome.CALLER_HUNG_UP, "left")

    def test_audio_lost_before(self) -> None:
        """
        If the audio ends before the transfer began, it does not begin.
        """
        self.call.media_closed("1006")
        self.clock.advance(PATIENCE.verdict)
        self.assertHungUp(
            Outcome.MEDIA_LOST, "the stream closed, the call did not: 1006"
        )
        self.assertNotIn(Transfer(REQUEST), self.actions)

    def test_drained(self) -> None:
        """
        A process that stops does not wait for the verdict.
        """
        self.transfer()
        self.call.hang_up(Outcome.DRAINED, "stopping")
        self.assertHungUp(Outcome.DRAINED, "stopping")

    def test_asked_at_once(self) -> None:
        """
        An agent may ask for a transfer as the first thing it does.
        """
        super().setUp()
        self.call.answer()
        self.call.media_opened()
        self.call.agent_asked_transfer(REQUEST)
        self.call.speech_drained()
        self.call.transfer_accepted()
        self.assertTransferred()
