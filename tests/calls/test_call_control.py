"""
L{acsgw.testing.call_control.FakeCallControl} keeps the contract.
"""

from __future__ import annotations

from acsgw.interfaces import ICallControl
from acsgw.testing.call_control import FakeCallControl

from .. import contracts


class FakeCallControlTests(contracts.CallControlContract):
    """
    L{FakeCallControl} keeps the contract.
    """

    def make(self) -> ICallControl:
        self.network = FakeCallControl()
        return self.network

    def ring(self) -> str:
        self.network.ringing.add("ctx")
        return "ctx"

    def live(self) -> set[str]:
        return set(self.network.live)

    def transfers(self) -> list[tuple[str, str, dict[str, str]]]:
        return self.network.transfers

    def transfer_contexts(self) -> list[str]:
        return self.network.transfer_contexts

    def refuse_all(self, reason: str) -> None:
        self.network.refuse = reason

    def test_slow(self) -> None:
        """
        A slow network does what it was asked later, in order.
        """
        context = self.ring()
        self.network.slow = True
        answering = self.answer(context)
        again = self.answer(context)
        self.assertNoResult(answering)
        self.assertEqual(self.live(), set())
        self.network.catch_up()
        self.assertEqual(self.live(), {self.successResultOf(answering)})
        self.failureResultOf(again)
