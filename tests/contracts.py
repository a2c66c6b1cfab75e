"""
What must hold for every provider of a seam; not collected by trial itself.
"""

from __future__ import annotations

from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from zope.interface.verify import verifyObject

from acsgw.errors import CallControlError, CallGone
from acsgw.interfaces import ICallControl

from .support import ClockTestCase

T = TypeVar("T")

CALLBACK_URL = "http://127.0.0.1:8080/v1/callbacks/c1/token"
MEDIA_URL = "ws://127.0.0.1:8080/v1/media/c1/token"
TARGET = (
    "8:acs:6b5f2c1e-7a3d-4f0a-9c58-1d2e3f4a5b6c_0000002b-1c80-11aa-92fd-8b3a0d00b7c4"
)


class CallControlContract(ClockTestCase):
    """
    What holds for every L{ICallControl}; subclasses say how to make one, and what
    the network on its other side knows.
    """

    def make(self) -> ICallControl:
        """
        @return: what is tested, with a network behind it.
        """
        raise NotImplementedError()

    def ring(self) -> str:
        """
        @return: the context of a call that begins to ring.
        """
        raise NotImplementedError()

    def live(self) -> set[str]:
        """
        @return: connection ids of the calls that were answered and did not end.
        """
        raise NotImplementedError()

    def transfers(self) -> list[tuple[str, str, dict[str, str]]]:
        """
        @return: connection id, target and variables of each transfer asked for.
        """
        raise NotImplementedError()

    def transfer_contexts(self) -> list[str]:
        """
        @return: what is to come back with the outcome of each transfer.
        """
        raise NotImplementedError

    def refuse_all(self, reason: str) -> None:
        """
        The network refuses every request from now on.
        """
        raise NotImplementedError()

    def result(self, deferred: Deferred[T]) -> T:
        """
        @return: what it fires with; a subclass may move bytes meanwhile.
        """
        return self.successResultOf(deferred)

    def failure(self, deferred: Deferred[Any], kind: type[Exception]) -> str:
        """
        @return: the text that it fails with.
        """
        text: str = self.failureResultOf(deferred, kind).getErrorMessage()
        return text

    def setUp(self) -> None:
        super().setUp()
        self.control = self.make()

    def answer(self, context: str) -> Deferred[str]:
        answering: Deferred[str] = self.control.answer(
            context, CALLBACK_URL, MEDIA_URL, 16000
        )
        return answering

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

    def test_transfer(self) -> None:
        """
        A transfer reaches the network with its target and variables.
        """
        connection_id = self.result(self.answer(self.ring()))
        variables = {"intent": "order", "orderNumber": "42"}
        self.result(self.control.transfer(connection_id, TARGET, variables, "one"))
        self.assertEqual(self.transfers(), [(connection_id, TARGET, variables)])
        self.assertEqual(self.transfer_contexts(), ["one"])

    def test_connection_state(self) -> None:
        """
        Where a call stands can be looked up.
        """
        connection_id = self.result(self.answer(self.ring()))
        state = self.result(self.control.connection_state(connection_id))
        self.assertEqual(state, "connected")

    def test_gone(self) -> None:
        """
        Commands to a call that is not there, or no longer, fail with L{CallGone}.
        """
        connection_id = self.result(self.answer(self.ring()))
        self.result(self.control.hang_up(connection_id))
        for gone in (connection_id, "nobody"):
            self.failure(self.control.hang_up(gone), CallGone)
            self.failure(self.control.transfer(gone, TARGET, {}, "one"), CallGone)
            self.failure(self.control.connection_state(gone), CallGone)

    def test_refused(self) -> None:
        """
        Any other failure is a L{CallControlError} that gives the reason.
        """
        context = self.ring()
        self.refuse_all("too busy")
        self.assertIn("too busy", self.failure(self.answer(context), CallControlError))
        self.assertEqual(self.live(), set())
