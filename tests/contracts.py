"""
What must hold for every provider of a seam; not collected by trial itself.
"""

from __future__ import annotations

from zope.interface.verify import verifyObject

from acsgw.errors import CallControlError, CallGone
from acsgw.interfaces import ICallControl

from .transfer_contract import TransferContract


class CallControlContract(TransferContract):
    """
    What holds for every L{ICallControl}.
    """

    def test_interface(self) -> None:
        """
        It provides L{ICallControl}.
        """
        self.assertTrue(verifyObject(ICallControl, self.control))

    def test_answer_then_hang_up(self) -> None:
        """
        An answered call can be hung up by the id that answering gave.
        """
        connection_id = self.result(self.answer(self.ring()))
        self.assertEqual(self.live(), {connection_id})
        self.result(self.control.hang_up(connection_id))
        self.assertEqual(self.live(), set())

    def test_answered_once(self) -> None:
        """
        A context answers one call, once.
        """
        context = self.ring()
        connection_id = self.result(self.answer(context))
        self.failure(self.answer(context), CallControlError)
        self.assertEqual(self.live(), {connection_id})

    def test_not_ringing(self) -> None:
        """
        A call that does not ring cannot be answered.
        """
        self.failure(self.answer("no-such-context"), CallControlError)

    def test_expired(self) -> None:
        """
        A context is good for as long as the call rings.
        """
        context = self.ring()
        self.pass_time(31)
        self.failure(self.answer(context), CallControlError)
        self.assertEqual(self.live(), set())

    def test_caller_was_faster(self) -> None:
        """
        A caller who hung up before the answer is gone.
        """
        context = self.ring()
        self.caller_hangs_up()
        self.failure(self.answer(context), CallGone)
        self.assertEqual(self.live(), set())

    def test_repeated(self) -> None:
        """
        That a call is answered again is told from a call that is gone, and does
        nothing to the one that was answered.
        """
        context = self.ring()
        connection_id = self.result(self.answer(context))
        text = self.failure(self.answer(context), CallControlError)
        self.assertIn("HTTP 400", text)
        self.assertIn("used already", text)
        self.pass_time(1)
        self.assertEqual(self.state(connection_id), "connected")
        self.assertEqual(self.kinds(connection_id), ["CallConnected"])

    def test_connection_state(self) -> None:
        """
        Where a call stands can be looked up.
        """
        self.assertEqual(self.state(self.connect()), "connected")

    def test_caller_hangs_up(self) -> None:
        """
        That the caller hung up is told, with a code of its own.
        """
        connection_id = self.connect()
        self.caller_hangs_up()
        self.pass_time(1)
        self.assertEqual(
            self.kinds(connection_id), ["CallConnected", "CallDisconnected"]
        )
        self.assertEqual(self.outcome("CallDisconnected"), ("", 0, 0))
        self.assertGone(connection_id)

    def test_gone(self) -> None:
        """
        Commands to a call that is not there, or no longer, fail with L{CallGone}.
        """
        connection_id = self.connect()
        self.result(self.control.hang_up(connection_id))
        for gone in (connection_id, "nobody"):
            self.assertGone(gone)
        self.pass_time(1)
        self.assertEqual(self.outcome("CallDisconnected"), ("", 200, 7000))

    def test_refused(self) -> None:
        """
        Any other failure is a L{CallControlError} that gives the reason.
        """
        context = self.ring()
        self.refuse_all("too busy")
        self.assertIn("too busy", self.failure(self.answer(context), CallControlError))
        self.assertEqual(self.live(), set())
