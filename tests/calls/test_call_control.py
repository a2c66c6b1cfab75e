"""
L{acsgw.testing.call_control.FakeCallControl} keeps the contract.
"""

from __future__ import annotations

from acs_emulator.errors import NobodyListens
from acsgw.acs.events import Callback
from acsgw.errors import CallControlError
from acsgw.interfaces import ICallControl, IncomingCall
from acsgw.testing.call_control import FakeCallControl
from acsgw.testing.memory_call import Dialed

from .. import contracts
from ..call_control_world import CALLBACK_URL, DEAD_PHONE, PHONE, TARGET


class FakeCallControlTests(contracts.CallControlContract):
    """
    L{FakeCallControl} keeps the contract.
    """

    def make(self) -> ICallControl:
        failing = frozenset({DEAD_PHONE.removeprefix("4:")})
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

    def passing_state(self, connection_id: str) -> str:
        return self.state(connection_id)

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

    def test_nothing_by_itself(self) -> None:
        """
        An answered call is connected, and anybody told of it, only when the
        network's time passes.
        """
        connection_id = self.result(self.answer(self.ring()))
        self.assertEqual(self.state(connection_id), "connecting")
        early = self.control.transfer(connection_id, TARGET, {}, "one")
        self.assertIn("connecting", self.failure(early, CallControlError))
        self.assertEqual(self.network.ringing, set())
        heard: list[tuple[str, str]] = []
        self.network.on_callback(lambda told: heard.append((told.url, told.event.kind)))
        self.network.advance(0.09)
        self.assertEqual(heard, [])
        self.network.advance(0.02)
        self.assertEqual(
            heard,
            [
                (CALLBACK_URL, "CallConnected"),
                (CALLBACK_URL, "ParticipantsUpdated"),
            ],
        )

    def test_moment_by_moment(self) -> None:
        """
        What follows from something happens at its time, however far time is moved:
        the stream is told of 50 ms after the call was connected.
        """
        connection_id = self.result(self.answer(self.ring()))
        self.network.media_opened(connection_id)
        self.network.advance(0.2)
        self.assertEqual(self.told()[-1].kind, "MediaStreamingStarted")

    def test_media_lost(self) -> None:
        """
        A stream that is lost is told, and the call stays up.
        """
        connection_id = self.connect()
        self.network.media_opened(connection_id)
        self.network.media_closed(connection_id, "reset")
        self.pass_time(0)
        self.assertEqual(self.outcome("MediaStreamingFailed"), ("", 400, 8581))
        self.assertEqual(self.live(), {connection_id})

    def test_ringing(self) -> None:
        """
        A context of the test's own choosing rings until it is answered, its time is
        over or its caller hangs up.
        """
        ringing = self.network.ringing
        for context in ("a", "b", "c"):
            ringing.add(context)
        self.assertEqual(list(ringing), ["a", "b", "c"])
        self.result(self.answer("a"))
        self.failure(self.answer("a"), CallControlError)
        ringing.discard("b")
        ringing.discard("b")
        self.assertEqual((list(ringing), len(ringing)), (["c"], 1))
        self.network.advance(30)
        self.assertNotIn("c", ringing)
        ringing.add("c")
        self.result(self.answer("c"))
        self.assertEqual(self.live(), {"connection-1", "connection-2"})

    def test_everybody_hangs_up(self) -> None:
        """
        A network may lose all calls at once.
        """
        connection_id = self.connect()
        self.network.live.clear()
        self.assertEqual(self.live(), set())
        self.assertGone(connection_id)

    def test_dial(self) -> None:
        """
        Who calls whom, and with what, is the test's choice; the gateway's own
        parser has read it.
        """
        dialed = Dialed(caller=PHONE, variables={"intent": "order"})
        call = self.network.dial(dialed)
        self.assertEqual((call.account, call.caller), ("main", PHONE))
        self.assertEqual(call.variables, {"intent": "order"})
        self.assertIn(call.context, self.network.ringing)
        self.network.nobody_at(dialed.callee)
        self.assertRaises(NobodyListens, self.network.dial)

    def test_verdicts(self) -> None:
        """
        The target of a transfer does what the test wants; its leg is none of ours.
        """
        connection_id = self.connect()
        self.assertRaises(LookupError, self.network.accept_transfer)
        control, target = self.control, TARGET
        self.result(control.transfer(connection_id, target, {}, "one"))
        self.network.reject_transfer("forbidden")
        self.pass_time(0)
        self.assertEqual(self.outcome("CallTransferFailed"), ("one", 403, 0))
        self.result(control.transfer(connection_id, target, {}, "two"))
        other = self.network.accept_transfer()
        self.pass_time(1)
        self.assertEqual(self.outcome("CallTransferAccepted"), ("two", 200, 7015))
        self.assertEqual(self.live(), set())
        self.assertEqual(self.state(other), "connected")

    def test_nobody_registered(self) -> None:
        """
        A target that nobody speaks for fails the transfer soon.
        """
        self.network.nobody_at(TARGET)
        connection_id = self.connect()
        self.result(self.control.transfer(connection_id, TARGET, {}, "one"))
        self.pass_time(1)
        self.assertEqual(self.outcome("CallTransferFailed"), ("one", 480, 10037))

    def test_out_of_order(self) -> None:
        """
        A test may have transfers refused and look-ups answered as no rule would; the
        call itself is left alone.
        """
        connection_id = self.connect()
        self.network.refuse_transfers = "too busy"
        asked = self.control.transfer(connection_id, TARGET, {}, "one")
        self.assertEqual(self.failure(asked, CallControlError), "too busy")
        self.network.states = ["odd", CallControlError("busy")]
        self.assertEqual(self.state(connection_id), "odd")
        self.failure(self.control.connection_state(connection_id), CallControlError)
        self.assertEqual(self.state(connection_id), "connected")

    def test_refused_by_the_rules(self) -> None:
        """
        What was asked for is remembered, whatever became of it.
        """
        connection_id = self.connect()
        asked = self.control.transfer(connection_id, "8:acs:nobody", {}, "one")
        self.failure(asked, CallControlError)
        self.assertEqual(self.network.transfers, [(connection_id, "8:acs:nobody", {})])
