"""
Tests for L{ivr_sample.desk.CallDesk}, with a network that does nothing.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any, cast

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acsgw.acs.events import Callback, IncomingCall
from acsgw.acs.repeat import CallControlError, CallGone
from ivr_sample.call import CallParts
from ivr_sample.desk import CallDesk
from ivr_sample.errors import NotTaken
from ivr_sample.records import CallBook

from .house import GATEWAY_USER, IVR_USER, settings_in


class Control:
    """
    Remembers what it is told to do.

    @ivar answers: what C{answer} gives next.
    """

    def __init__(self) -> None:
        self.done: list[tuple[str, ...]] = []
        self.answers: list[Deferred[str]] = []
        self.hang_ups: list[Exception] = []
        self.states: list[Deferred[str]] = []

    def connection_state(self, connection_id: str) -> Deferred[str]:
        return self.states.pop(0)

    def answer(self, context: str, callback_url: str) -> Deferred[str]:
        self.done.append(("answer", context))
        return self.answers.pop(0) if self.answers else succeed("cc1")

    def hang_up(self, connection_id: str) -> Deferred[None]:
        self.done.append(("hang up", connection_id))
        return fail(self.hang_ups.pop(0)) if self.hang_ups else succeed(None)

    def transfer(self, connection: str, *about: Any) -> Deferred[None]:
        self.done.append(("transfer", about[0]))
        return succeed(None)

    def recognize(self, connection: str, *about: Any) -> Deferred[None]:
        self.done.append(("recognize", about[1].name))
        return succeed(None)

    def play(self, connection: str, *about: Any) -> Deferred[None]:
        self.done.append(("play", *about[0]))
        return succeed(None)


def ringing(event_id: str = "e1", **more: Any) -> IncomingCall:
    about: dict[str, Any] = {
        "account": "",
        "context": f"ctx-{event_id}",
        "caller": "4:+14255550123",
        "callee": "4:+18005550100",
        "correlation_id": "c1",
        **more,
    }
    return IncomingCall(event_id=event_id, **about)


class DeskTests(SynchronousTestCase):
    """
    Who is taken, and who is let go.
    """

    def setUp(self) -> None:
        self.clock = Clock()
        self.control = cast(Any, Control())
        settings = settings_in(
            Path(self.mktemp()), ivr__max_calls=2, ivr__drain_seconds=5.0
        )
        self.book = CallBook(2)
        parts = CallParts(
            settings=settings,
            control=self.control,
            requests=None,  # type: ignore[arg-type]
            clock=self.clock,
            wall=self.clock.seconds,
            callback_url=lambda call_id: f"http://ivr/{call_id}",
            handovers=self.book.handovers,
        )
        numbers = count(1)
        self.outcomes: list[str] = []
        self.desk = CallDesk(
            parts, self.book, lambda: f"call{next(numbers)}", self.outcomes.append
        )
        self.desk.startService()

    def event(self, kind: str, call_id: str = "call1", context: str = "") -> None:
        told = Callback(
            event_id="x",
            kind=kind,
            connection_id="cc1",
            operation_context=context,
            code=200,
            sub_code=0,
            message="",
        )
        self.desk.callback(call_id, told, "")

    def test_once(self) -> None:
        """
        A call is taken once, though its event comes twice, or by two subscriptions
        while it is not answered yet.
        """
        self.control.answers = [Deferred()]
        self.assertTrue(self.desk.offer(ringing("e1")))
        self.assertFalse(self.desk.offer(ringing("e1")))
        self.assertFalse(self.desk.offer(ringing("e2")))
        self.assertTrue(self.desk.offer(ringing("e3", callee=IVR_USER)))
        self.assertEqual(len(self.desk), 2)

    def test_again(self) -> None:
        """
        Who comes back while his last leg is not over yet is another call.
        """
        for number in range(2):
            self.assertTrue(self.desk.offer(ringing(f"e{number}", callee=IVR_USER)))

    def test_somebody_else(self) -> None:
        """
        Calls to other users are passed over: the filters are wrong.
        """
        self.assertFalse(self.desk.offer(ringing(callee=GATEWAY_USER)))
        self.assertEqual(self.control.done, [])

    def test_full(self) -> None:
        """
        More calls than the settings allow, or when draining: not now.
        """
        for number in range(2):
            self.desk.offer(ringing(f"e{number}", correlation_id=str(number)))
        self.assertRaises(NotTaken, self.desk.offer, ringing("e9", correlation_id="9"))
        self.desk.stopService()
        self.assertRaises(NotTaken, self.desk.offer, ringing("e9", correlation_id="9"))

    def test_stray(self) -> None:
        """
        A call that nobody holds is ended when it is heard of, once.
        """
        for kind in ("CallDisconnected", "CallConnected", "RecognizeCompleted"):
            self.event(kind, "of-another-process")
        self.assertEqual(self.control.done, [("hang up", "cc1")])

    def test_answered_after_all(self) -> None:
        """
        An answer that failed for us but was heard by the network: that call is ended.
        """
        self.control.answers = [fail(CallControlError("no whole answer"))]
        self.desk.offer(ringing())
        self.assertEqual(self.outcomes, ["answer failed"])
        self.event("CallConnected")
        self.assertEqual(self.control.done[-1], ("hang up", "cc1"))

    def test_drain(self) -> None:
        """
        Calls may go on for so long, then they go to the human, then they are hung up.
        """
        self.desk.offer(ringing())
        self.event("CallConnected")
        stopped = self.desk.stopService()
        assert stopped is not None
        self.clock.advance(4.9)
        self.assertEqual(self.control.done[-1], ("recognize", "account"))
        self.clock.advance(0.1)
        self.assertEqual(self.control.done[-1][0], "transfer")
        self.assertNoResult(stopped)
        self.clock.advance(20)
        self.successResultOf(stopped)
        self.assertEqual(self.outcomes, ["drained"])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_hurry(self) -> None:
        """
        Each further signal to stop takes the drain a step on: to the human, then
        hung up.
        """
        self.desk.offer(ringing())
        self.event("CallConnected")
        self.desk.hurry()  # nobody said stop
        self.clock.advance(1)
        self.assertEqual(self.control.done[-1], ("recognize", "account"))
        stopped = self.desk.stopService()
        assert stopped is not None
        self.desk.hurry()
        self.clock.advance(0)
        self.assertEqual(self.control.done[-1][0], "transfer")
        self.assertNoResult(stopped)
        self.desk.hurry()
        self.clock.advance(0)
        self.assertEqual(self.control.done[-1], ("hang up", "cc1"))
        self.successResultOf(stopped)
        self.desk.hurry()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_late_answer_to_a_look_up(self) -> None:
        """
        That a transfer was accepted counts even if it is heard when the caller is
        being asked something else; that the call is alive is no news then.
        """
        for number, state in enumerate(("connected", "transferAccepted"), 1):
            call_id = f"call{number}"
            self.control.states = [Deferred()]
            waiting = self.control.states[0]
            self.desk.offer(ringing(state, correlation_id=state, caller=""))
            self.event("CallConnected", call_id)
            self.event("PlayCompleted", call_id, "say-1")
            self.event("CallTransferFailed", call_id, "to-human-2")
            self.clock.advance(15)
            self.assertEqual(self.control.done[-1][0], "play")
            waiting.callback(state)
        self.assertEqual(self.outcomes, ["sent to a human"])
        self.clock.advance(1000)

    def test_hung_up_by_both(self) -> None:
        """
        That the call is gone when we hang up is as good; another failure makes the
        end uncertain, and it is tried again.
        """
        for error, hang_ups in ((CallGone("404"), 1), (CallControlError("500"), 2)):
            self.control.done.clear()
            self.control.hang_ups = [error]
            self.desk.offer(ringing(str(error), correlation_id=str(error)))
            self.clock.advance(20)  # never connected
            done = self.control.done.count(("hang up", "cc1"))
            self.assertEqual(done, hang_ups, error)

    def test_late_events(self) -> None:
        """
        Events of an operation that is over, or of another call, change nothing.
        """
        self.desk.offer(ringing())
        self.event("CallConnected")
        for kind in ("RecognizeFailed", "CallTransferAccepted", "CallTransferFailed"):
            self.event(kind, context="something-else")
        self.assertEqual(self.control.done[-1], ("recognize", "account"))
        self.event("RecognizeFailed", context="ask-account-1")
        self.assertEqual(self.control.done[-1][0], "transfer")

    def test_conversation(self) -> None:
        """
        The id that comes back is the conversation's, unless it would spoil the log;
        on a first leg nobody is believed.
        """
        for number, (header, given, callee, wanted) in enumerate(
            (
                ("CONVERSATIONID", "x1", IVR_USER, "x1"),
                ("conversationId", "x\n1", IVR_USER, "c1"),
                ("conversationId", "x" * 129, IVR_USER, "c2"),
                ("conversationId", "x1", "4:+18005550100", "c3"),
            )
        ):
            self.control.answers = [fail(CallControlError("no"))]
            self.desk.offer(
                ringing(
                    f"e{number}",
                    correlation_id=f"c{number}",
                    callee=callee,
                    variables={header: given},
                )
            )
            self.assertEqual(self.book.all()[-1].conversation_id, wanted)

    def test_memory(self) -> None:
        """
        As many ended calls are remembered as the settings say.
        """
        for number in range(4):
            self.control.answers = [fail(CallControlError("no"))]
            self.desk.offer(ringing(f"e{number}", correlation_id=str(number)))
        ids = [record.call_id for record in self.book.all()]
        self.assertEqual(ids, ["call3", "call4"])
