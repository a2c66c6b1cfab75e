"""
Tests for L{acsgw.calls.call}: the agent is over, and the account's rules, or nothing,
are left.
"""

from __future__ import annotations

from acsgw.interfaces import TransferKind

from .test_call_recovery import HUMAN, RecoveryTestCase
from .world import IVR


class RulesTests(RecoveryTestCase):
    """
    The account's rules know who takes callers without agent.
    """

    rule_targets = {
        TransferKind.COMPLETED: IVR,
        TransferKind.AGENT_LOST: IVR,
    }

    def test_completed(self) -> None:
        """
        The caller is returned when the agent's last words were heard, with the
        conversation's variables.
        """
        self.talk()
        self.agent.events.agent_audio(b"\1" * 640 * 5, "bye", 0)
        self.agent.events.ended("bye", {"intent": "order"})
        self.assertEqual(self.network.transfers, [])
        self.reactor.pump([0.02] * 10)
        [(_, target, passed)] = self.network.transfers
        self.assertEqual(target, IVR)
        self.assertEqual(passed["handoverKind"], "completed")
        self.assertEqual(self.variables(), {"intent": "order"})
        self.accept_transfer()
        self.assertOver("transferred")
        self.assertEqual(self.record.reason, "after completed by agent")
        self.assertEqual(self.record.variables, {"intent": "order"})
        self.assertEqual(self.network.hung_up, [])

    def test_agent_lost(self) -> None:
        """
        The caller is returned when the agent fails.
        """
        self.talk()
        self.agent.events.failed("crash")
        self.assertEqual(self.network.transfers[0][1], IVR)
        self.accept_transfer()
        self.assertOver("transferred")
        self.assertEqual(self.record.reason, "after agent lost: crash")

    def test_return_fails(self) -> None:
        """
        If that fails, prompt and number are what is left.
        """
        self.network.refuse_transfers = "no such user"
        self.talk()
        self.agent.events.failed("crash")
        self.network.refuse_transfers = None
        self.hear_prompt()
        self.assertEqual(self.network.transfers[-1][1], HUMAN)
        self.tell("CallTransferFailed", 480)
        self.assertOver("agent lost")
        self.assertEqual(self.network.hung_up, ["connection-1"])


class NothingTests(RecoveryTestCase):
    """
    An account without anything to fall back on.
    """

    fallback_prompt = None
    fallback_target = None
    resumes = False

    def test_hung_up(self) -> None:
        """
        The caller whose transfer failed, and whose agent is gone, is hung up.
        """
        self.ask()
        self.agent.events.finished()
        self.fail_transfer()
        self.assertEqual(len(self.connector.agents), 1)
        self.assertOver("transfer failed")
        self.assertEqual(self.network.hung_up, ["connection-1"])
