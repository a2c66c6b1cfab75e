"""
Tests for L{acsgw.calls.machine}: we hang up.
"""

from __future__ import annotations

from acsgw.calls.actions import HangUp, Outcome

from .test_machine import PATIENCE, MachineTestCase


class HangUpTests(MachineTestCase):
    """
    The outcome stands when we hang up; what comes then only ends it.
    """

    def setUp(self) -> None:
        super().setUp()
        self.talk()
        self.call.agent_lost("it crashed")

    def test_network_tells_first(self) -> None:
        """
        The network's word is as good as the answer to our request.
        """
        self.call.disconnected("7000")
        self.assertEnded(Outcome.AGENT_LOST, "it crashed")

    def test_fails(self) -> None:
        """
        A hang-up that fails ends the call here, and the record says so.
        """
        self.call.hang_up_failed("503")
        self.assertEnded(
            Outcome.AGENT_LOST, "it crashed; hanging up failed: 503", certain=False
        )

    def test_not_confirmed(self) -> None:
        """
        A hang-up that nobody confirms does not hold us for ever.
        """
        self.clock.advance(PATIENCE.hang_up)
        self.assertEnded(
            Outcome.AGENT_LOST,
            "it crashed; hanging up was not confirmed in time",
            certain=False,
        )

    def test_no_second_outcome(self) -> None:
        """
        What is told meanwhile does not change the outcome, and hangs up only once.
        """
        self.call.hang_up(Outcome.DRAINED, "stopping")
        self.call.agent_ended("goodbye")
        self.call.media_failed("8581")
        self.call.hung_up()
        self.assertEnded(Outcome.AGENT_LOST, "it crashed")
        self.assertEqual(self.actions.count(HangUp()), 1)
