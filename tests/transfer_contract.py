"""
What must hold for the transfers of every call control; a part of
L{tests.contracts.CallControlContract}.
"""

from __future__ import annotations

from acsgw.errors import CallControlError, CallGone

from .call_control_world import DEAD_PHONE, PHONE, TARGET, CallControlTestCase


class TransferContract(CallControlTestCase):
    """
    What holds for the transfers of every L{ICallControl}.
    """

    def test_transfer(self) -> None:
        """
        A transfer reaches the network with its target and variables.
        """
        connection_id = self.connect()
        variables = {"intent": "order", "orderNumber": "42"}
        self.result(self.control.transfer(connection_id, TARGET, variables, "one"))
        self.assertEqual(self.transfers(), [(connection_id, TARGET, variables)])
        self.assertEqual(self.transfer_contexts(), ["one"])
        rings = self.announced()[-1]
        self.assertEqual((rings.callee, rings.variables), (TARGET, variables))
        self.assertEqual(rings.correlation_id, self.announced()[0].correlation_id)

    def test_transfer_accepted(self) -> None:
        """
        When the target answers, this is told with the transfer's context, and our
        leg ends; the other's goes on.
        """
        connection_id = self.connect()
        self.result(self.control.transfer(connection_id, TARGET, {}, "one"))
        self.assertEqual(self.state(connection_id), "transferring")
        answering = self.answer(self.announced()[-1].context)
        self.assertEqual(self.passing_state(connection_id), "transferAccepted")
        other = self.result(answering)
        self.pass_time(1)
        self.assertEqual(
            self.kinds(connection_id),
            ["CallConnected", "CallTransferAccepted", "CallDisconnected"],
        )
        self.assertEqual(self.outcome("CallTransferAccepted"), ("one", 200, 7015))
        self.assertGone(connection_id)
        self.assertEqual(self.live(), {other})
        self.assertEqual(self.state(other), "connected")

    def test_hang_up_after_transfer(self) -> None:
        """
        Once the target has answered, the call is not ours to hang up, though its end
        was not told yet.
        """
        connection_id = self.connect()
        self.result(self.control.transfer(connection_id, TARGET, {}, "one"))
        answering = self.answer(self.announced()[-1].context)
        self.passing_state(connection_id)
        self.failure(self.control.hang_up(connection_id), CallGone)
        self.assertEqual(self.live(), {self.result(answering)})

    def test_caller_leaves_target(self) -> None:
        """
        A caller who hangs up as soon as the target has answered was transferred all
        the same; that our leg ended is told once.
        """
        connection_id = self.connect()
        self.result(self.control.transfer(connection_id, TARGET, {}, "one"))
        self.answer(self.announced()[-1].context)
        self.passing_state(connection_id)
        self.caller_hangs_up()
        self.pass_time(1)
        self.assertEqual(
            self.kinds(connection_id),
            ["CallConnected", "CallTransferAccepted", "CallDisconnected"],
        )
        [end] = [e for e in self.told() if e.kind == "CallDisconnected"]
        self.assertEqual((end.code, end.sub_code), (200, 7000))

    def test_transfer_to_phone(self) -> None:
        """
        A phone takes the call away from us, without variables.
        """
        connection_id = self.connect()
        self.result(self.control.transfer(connection_id, PHONE, {}, "one"))
        self.pass_time(1)
        self.assertEqual(self.outcome("CallTransferAccepted"), ("one", 200, 7015))
        self.assertEqual(self.kinds(connection_id)[-1], "CallDisconnected")
        self.assertGone(connection_id)
        self.assertEqual(self.live(), set())

    def test_transfer_failed(self) -> None:
        """
        A target that does not answer in time leaves the call where it was, and the
        next transfer is told apart.
        """
        connection_id = self.connect()
        self.result(self.control.transfer(connection_id, TARGET, {}, "one"))
        self.pass_time(31)
        self.assertEqual(self.outcome("CallTransferFailed"), ("one", 487, 10004))
        self.assertEqual(self.state(connection_id), "connected")
        late = self.announced()[-1].context
        self.failure(self.answer(late), CallControlError)
        self.result(self.control.transfer(connection_id, PHONE, {}, "two"))
        self.pass_time(1)
        self.assertEqual(self.outcome("CallTransferAccepted"), ("two", 200, 7015))

    def test_transfer_to_dead_phone(self) -> None:
        """
        A phone that cannot be reached fails the transfer.
        """
        connection_id = self.connect()
        self.result(self.control.transfer(connection_id, DEAD_PHONE, {}, "one"))
        self.pass_time(1)
        self.assertEqual(self.outcome("CallTransferFailed"), ("one", 487, 10004))
        self.assertEqual(self.live(), {connection_id})

    def test_one_transfer_at_a_time(self) -> None:
        """
        A call that is being transferred is not transferred again.
        """
        connection_id = self.connect()
        self.result(self.control.transfer(connection_id, TARGET, {}, "one"))
        rings = len(self.announced())
        second = self.control.transfer(connection_id, TARGET, {}, "two")
        self.assertIn("HTTP 400", self.failure(second, CallControlError))
        self.assertEqual(len(self.announced()), rings)

    def test_hang_up_during_transfer(self) -> None:
        """
        Hanging up takes the transfer back: nothing rings any more.
        """
        connection_id = self.connect()
        self.result(self.control.transfer(connection_id, TARGET, {}, "one"))
        self.result(self.control.hang_up(connection_id))
        self.failure(self.answer(self.announced()[-1].context), CallGone)
        self.pass_time(1)
        self.assertEqual(
            self.kinds(connection_id), ["CallConnected", "CallDisconnected"]
        )

    def test_header_limits(self) -> None:
        """
        Variables beyond the network's limits are refused, and leave the call as it
        was.
        """
        connection_id = self.connect()
        rings = len(self.announced())
        for name, variables in (
            ("1024", {"intent": "x" * 1025}),
            ("64", {"n" * 65: "x"}),
            ("1000", {f"n{number}": "x" for number in range(1001)}),
        ):
            asked = self.control.transfer(connection_id, TARGET, variables, "one")
            text = self.failure(asked, CallControlError)
            self.assertIn("HTTP 400", text)
            self.assertIn(name, text)
        self.assertEqual(len(self.announced()), rings)
        self.assertEqual(self.state(connection_id), "connected")
        most = {f"n{number}": "x" for number in range(999)}
        most["n" * 64] = "x" * 1024
        self.result(self.control.transfer(connection_id, TARGET, most, "two"))
        self.assertEqual(self.announced()[-1].variables, most)

    def test_no_target(self) -> None:
        """
        A target that is nobody is refused.
        """
        connection_id = self.connect()
        for nobody in ("8:acs:ivr", "4:911", "8:orgid:x", "x"):
            asked = self.control.transfer(connection_id, nobody, {}, "one")
            self.assertIn("HTTP 400", self.failure(asked, CallControlError))
        self.assertEqual(self.state(connection_id), "connected")
