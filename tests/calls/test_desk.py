"""
Tests for L{acsgw.calls.desk}.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred
from zope.interface.verify import verifyObject

from acsgw.calls.call import Call
from acsgw.errors import Draining
from acsgw.interfaces import ICallAcceptor

from .world import CallWorldTestCase, ringing, told


class CallDeskTests(CallWorldTestCase):
    """
    Tests for L{CallDesk}.
    """

    def test_interface(self) -> None:
        """
        It accepts calls.
        """
        self.assertTrue(verifyObject(ICallAcceptor, self.desk))

    def test_registered_before_answered(self) -> None:
        """
        A call can be found, by its media stream or its callbacks, before the
        network has said that it is answered; and the offer is taken at once.
        """
        self.network.slow = True
        self.offer()
        self.assertIsInstance(self.desk.find("c1"), Call)
        self.assertEqual(len(self.desk), 1)

    def test_callback_before_answer_returns(self) -> None:
        """
        Events and media may overtake the answer.
        """
        self.network.slow = True
        self.offer()
        self.tell("CallConnected")
        self.open_media()
        self.reactor.advance(0)
        self.network.catch_up()
        self.assertEqual(len(self.connector.agents), 1)
        self.assertEqual(
            [m.what for m in self.record.milestones],
            ["rang", "answered", "media_open", "agent_ready"],
        )

    def test_released(self) -> None:
        """
        A call that has ended is in the book and not on the desk any more.
        """
        self.talk()
        self.network.caller_hangs_up()
        self.pass_time(0)
        self.assertEqual(len(self.desk), 0)
        self.assertIsNotNone(self.book.find("c1"))

    def test_account_of_the_call(self) -> None:
        """
        Calls have ids of their own, and do not hear each other's events.
        """
        self.offer()
        self.network.ringing.add("ctx2")
        self.successResultOf(self.desk.offer(ringing("ctx2")))
        self.network.caller_hangs_up("connection-1")
        self.pass_time(0)
        self.assertIsNone(self.desk.find("c1"))
        self.assertIsNotNone(self.desk.find("c2"))


class StrayTests(CallWorldTestCase):
    """
    Events of calls that nobody holds.
    """

    def setUp(self) -> None:
        super().setUp()
        self.network.ringing.add("stray")
        answered = self.network.answer("stray", "https://c", "wss://m", 16000)
        self.connection_id = self.successResultOf(answered)

    def hear(self, kind: str, call_id: str = "unknown", account: str = "main") -> None:
        self.desk.callback(call_id, account, told(kind, self.connection_id))

    def test_ended_once(self) -> None:
        """
        A call that lives and that nobody holds is hung up, however often it is
        told of.
        """
        self.network.slow = True
        self.hear("CallConnected")
        self.hear("MediaStreamingStarted")
        self.network.catch_up()
        self.hear("CallConnected")
        self.network.catch_up()
        self.assertEqual(self.network.hung_up, [self.connection_id])

    def test_dead_ones(self) -> None:
        """
        Events that do not say that a call is alive end nothing.
        """
        for kind in ("CallDisconnected", "ParticipantsUpdated", "AnswerFailed"):
            self.hear(kind)
        self.assertEqual(self.network.hung_up, [])

    def test_tried_again(self) -> None:
        """
        A hang-up that failed is tried again by itself, and then no more.
        """
        self.network.refuse = "too busy"
        self.hear("CallConnected")
        self.reactor.advance(5)
        self.network.refuse = None
        self.hear("MediaStreamingStarted")
        self.assertEqual(self.network.hung_up, [])
        self.reactor.advance(15)
        self.assertEqual(self.network.hung_up, [self.connection_id])
        self.assertNoTimers()

    def test_tried_long_enough(self) -> None:
        """
        After a few minutes it is left alone until it shows itself again.
        """
        self.network.refuse = "too busy"
        self.hear("CallConnected")
        for seconds in (5, 15, 60, 180):
            self.reactor.advance(seconds)
        self.assertNoTimers()
        self.network.refuse = None
        self.hear("MediaStreamingStarted")
        self.assertEqual(self.network.hung_up, [self.connection_id])

    def test_process_stops(self) -> None:
        """
        A process that stops does not wait for strays.
        """
        self.network.refuse = "too busy"
        self.hear("CallConnected")
        self.successResultOf(self.desk.stopService())
        self.assertNoTimers()

    def test_gone(self) -> None:
        """
        A stray call that has gone by itself is no trouble.
        """
        self.network.live.clear()
        self.hear("CallConnected")
        self.hear("MediaStreamingStarted")
        self.assertEqual(self.network.hung_up, [])

    def test_other_account(self) -> None:
        """
        Without the account there is no way to hang up.
        """
        self.hear("CallConnected", account="gone")
        self.assertEqual(self.network.hung_up, [])

    def test_bug(self) -> None:
        """
        An error of ours is logged, and goes no further.
        """
        self.patch(self.network, "hang_up", lambda _: Deferred.fromCoroutine(_broken()))
        self.hear("CallConnected")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_given_up(self) -> None:
        """
        A call that we gave up, and that is answered after all, is ended.
        """
        self.network.refuse = "too busy"
        self.offer()
        self.assertEqual(
            self.record.outcome and self.record.outcome.value, "answer failed"
        )
        self.network.refuse = None
        self.hear("CallConnected", call_id="c1")
        self.assertEqual(self.network.hung_up, [self.connection_id])

    def test_on_its_way_out(self) -> None:
        """
        Late events of a call that ended here in an orderly way end nothing again.
        """
        self.talk()
        self.tell("CallDisconnected")
        self.hear("MediaStreamingFailed", call_id="c1")
        self.assertEqual(self.network.hung_up, [])


async def _broken() -> None:
    raise ZeroDivisionError()


class DrainTests(CallWorldTestCase):
    """
    The desk is stopped.
    """

    def test_idle(self) -> None:
        """
        Without calls there is nothing to wait for.
        """
        self.successResultOf(self.desk.stopService())
        self.assertNoTimers()

    def test_waits_for_calls(self) -> None:
        """
        Stopping waits until the last call has ended, and hangs up nothing.
        """
        self.talk()
        stopping = self.desk.stopService()
        self.reactor.advance(29)
        self.assertNoResult(stopping)
        self.network.caller_hangs_up()
        self.pass_time(0)
        self.successResultOf(stopping)
        self.assertOver("caller hung up")

    def test_hangs_up_the_rest(self) -> None:
        """
        Calls that do not end in time are hung up; then we stop.
        """
        self.talk()
        self.network.ringing.add("ctx2")
        self.successResultOf(self.desk.offer(ringing("ctx2")))
        self.open_media("c2", "connection-2")
        self.reactor.advance(0)
        stopping = self.desk.stopService()
        self.network.slow = True
        self.reactor.advance(30)
        self.assertNoResult(stopping)
        self.network.catch_up()
        self.successResultOf(stopping)
        self.assertOver("drained")
        self.assertEqual(self.recorded("c2").outcome, self.record.outcome)
        self.assertEqual(len(self.network.hung_up), 2)

    def test_hang_up_without_answer(self) -> None:
        """
        A network that does not answer does not keep us for ever.
        """
        self.talk()
        stopping = self.desk.stopService()
        self.network.slow = True
        self.reactor.advance(30)
        self.reactor.advance(15)
        self.successResultOf(stopping)
        self.assertOver("drained")

    def test_no_calls_while_draining(self) -> None:
        """
        A desk that stops, or was not started, takes no calls.
        """
        self.talk()
        self.desk.stopService()
        self.failureResultOf(self.desk.offer(ringing()), Draining)
        self.assertEqual(len(self.desk), 1)
