"""
L{acsgw.testing.call_control.FakeCallControl} keeps the contract.
"""

from __future__ import annotations

from acsgw.acs.events import Callback
from acsgw.interfaces import ICallControl, IncomingCall
from acsgw.testing.call_control import FakeCallControl

from .. import contracts


class FakeCallControlTests(contracts.CallControlContract):
    """
    L{FakeCallControl} keeps the contract.
    """

    def make(self) -> ICallControl:
        failing = frozenset({contracts.DEAD_PHONE.removeprefix("4:")})
        self.network = FakeCallControl(failing=failing)
        return self.network

    def ring(self) -> str:
        return self.network.dial().context

    def live(self) -> set[str]:
        return set(self.network.live)

    def transfers(self) -> list[tuple[str, str, dict[str, str]]]:
        return self.network.transfers

    def transfer_contexts(self) -> list[str]:
        return self.network.transfer_contexts

    def announced(self) -> list[IncomingCall]:
        return self.network.announced

    def told(self) -> list[Callback]:
        return [told.event for told in self.network.told]

    def caller_hangs_up(self) -> None:
        self.network.caller_hangs_up()

    def pass_time(self, seconds: float) -> None:
        self.network.advance(seconds)

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
