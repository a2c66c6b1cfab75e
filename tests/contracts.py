"""
What must hold for every provider of a seam; not collected by trial itself.
"""

from __future__ import annotations

from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from zope.interface.verify import verifyObject

from acsgw.acs.events import Callback
from acsgw.errors import CallControlError, CallGone
from acsgw.interfaces import ICallControl, IncomingCall

from .support import ClockTestCase

T = TypeVar("T")

CALLBACK_URL = "http://127.0.0.1:8080/v1/callbacks/c1/token"
MEDIA_URL = "ws://127.0.0.1:8080/v1/media/c1/token"
PHONE = "4:+14255550199"
#: Raw id of a phone to which transfers fail.
DEAD_PHONE = "4:+14255550198"
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

    def announced(self) -> list[IncomingCall]:
        """
        @return: every call that rang, at whomsoever's, in order.
        """
        raise NotImplementedError()

    def told(self) -> list[Callback]:
        """
        @return: every callback that has arrived, in order.
        """
        raise NotImplementedError()

    def caller_hangs_up(self) -> None:
        """
        The caller of the last call that rang puts the phone down.
        """
        raise NotImplementedError()

    def pass_time(self, seconds: float) -> None:
        """
        The network's time passes.
        """
        raise NotImplementedError()

    def passing_state(self, connection_id: str) -> str:
        """
        @return: where a call stands after what was asked for last, before any time
            passes beyond that.
        """
        raise NotImplementedError()

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

    def connect(self) -> str:
        """
        @return: connection id of a call that was answered, and is connected.
        """
        connection_id = self.result(self.answer(self.ring()))
        self.pass_time(1)
        return connection_id

    def state(self, connection_id: str) -> str:
        """
        @return: where that call stands.
        """
        return self.result(self.control.connection_state(connection_id))

    def kinds(self, connection_id: str) -> list[str]:
        """
        @return: what was told of that call; media aside, which not every network
            here has, and participants, who come and go.
        """
        return [
            event.kind
            for event in self.told()
            if event.connection_id == connection_id
            and not event.kind.startswith(("MediaStreaming", "Participants"))
        ]

    def outcome(self, kind: str) -> tuple[str, int, int]:
        """
        @return: operation context and codes of the only callback of that kind.
        """
        [event] = [event for event in self.told() if event.kind == kind]
        return event.operation_context, event.code, event.sub_code

    def assertGone(self, connection_id: str) -> None:
        """
        No command reaches that call any more.
        """
        control = self.control
        self.failure(control.hang_up(connection_id), CallGone)
        self.failure(control.transfer(connection_id, TARGET, {}, "one"), CallGone)
        self.failure(control.connection_state(connection_id), CallGone)

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
