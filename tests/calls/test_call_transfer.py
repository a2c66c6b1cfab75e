"""
Tests for L{acsgw.calls.call}: the agent hands the caller over.
"""

from __future__ import annotations

from acsgw.interfaces import TransferKind, TransferRequest

from .world import CallWorldTestCase


class TransferTests(CallWorldTestCase):
    """
    The agent hands the caller over.
    """

    def ask(
        self, kind: TransferKind = TransferKind.AGENT, target: str | None = None
    ) -> None:
        self.talk()
        request = TransferRequest(
            request_id="t1", kind=kind, target=target, variables={"intent": "order"}
        )
        self.agent.events.transfer(request)

    def test_accepted(self) -> None:
        """
        The network is asked to move the caller with the agent's variables; when it
        has, the call is over.
        """
        self.ask()
        self.assertEqual(
            self.network.transfers,
            [("connection-1", "8:acs:ivr", {"intent": "order"})],
        )
        self.tell("CallTransferAccepted")
        self.assertOver("transferred")
        self.assertEqual(self.network.hung_up, [])

    def test_address(self) -> None:
        """
        The agent may name the target, as a number or as a raw id.
        """
        for given, target in (
            ("+14255550199", "4:+14255550199"),
            ("8:acs:x", "8:acs:x"),
        ):
            self.setUp()
            self.ask(TransferKind.ADDRESS, given)
            self.assertEqual(self.network.transfers[0][1], target)

    def test_failed(self) -> None:
        """
        The agent hears that it failed, and goes on: the caller hears it at once,
        though old words are still under way.
        """
        self.talk()
        self.agent.events.agent_audio(b"\1" * 640 * 1000, "u", 0)
        self.agent.events.transfer(
            TransferRequest(request_id="t1", kind=TransferKind.AGENT)
        )
        self.reactor.pump([0.02] * 410)
        self.assertEqual(len(self.network.transfers), 1)
        self.tell("CallTransferFailed", 487)
        name, request_id, ok, text = self.agent.told[-1]
        self.assertEqual((name, request_id, ok), ("transfer_result", "t1", False))
        self.assertIn("487", text)
        self.agent.events.flush(1)
        self.agent.events.agent_audio(b"\2" * 640, "sorry", 1)
        self.assertEqual(bytes(self.line.spoken[-640:]), b"\2" * 640)

    def test_refused_at_once(self) -> None:
        """
        A refusal of the network is a failed transfer.
        """
        self.talk()
        self.network.refuse = "too busy"
        self.agent.events.transfer(
            TransferRequest(request_id="t1", kind=TransferKind.AGENT)
        )
        self.assertEqual(
            self.agent.told[-1], ("transfer_result", "t1", False, "too busy")
        )


class NoTargetTests(CallWorldTestCase):
    """
    An account without anybody to hand callers to.
    """

    transfer_target = None

    def test_nobody(self) -> None:
        """
        The agent hears that there is nobody.
        """
        self.talk()
        self.agent.events.transfer(
            TransferRequest(request_id="t1", kind=TransferKind.AGENT)
        )
        [(name, _, ok, text)] = self.agent.told
        self.assertEqual((name, ok), ("transfer_result", False))
        self.assertIn("no transfer target", text)
