"""
Tests for L{acsgw.routing.once}.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from zope.interface import implementer
from zope.interface.verify import verifyObject

from acsgw.errors import Draining
from acsgw.interfaces import ICallAcceptor, IncomingCall
from acsgw.routing.once import REMEMBER_SECONDS, OfferedOnce

from ..support import ClockTestCase


@implementer(ICallAcceptor)
class FakeAcceptor:
    """
    Takes a call when the test says so.

    @ivar broken: raises, as no acceptor should.
    """

    def __init__(self) -> None:
        self.offered: list[tuple[IncomingCall, Deferred[None]]] = []
        self.broken = False

    def offer(self, call: IncomingCall) -> Deferred[None]:
        if self.broken:
            raise ZeroDivisionError()
        self.offered.append((call, Deferred()))
        return self.offered[-1][1]


def ringing(event_id: str = "e1", **changes: Any) -> IncomingCall:
    given: dict[str, Any] = {
        "account": "main",
        "context": "ctx",
        "caller": "4:+14255550123",
        "callee": "4:+18005550100",
        "correlation_id": "corr",
        **changes,
    }
    return IncomingCall(event_id=event_id, **given)


class OfferedOnceTests(ClockTestCase):
    """
    Tests for L{OfferedOnce}.
    """

    def setUp(self) -> None:
        super().setUp()
        self.acceptor = FakeAcceptor()
        self.once = OfferedOnce(self.acceptor, self.reactor)
        self.assertTrue(verifyObject(ICallAcceptor, self.once))
        self.assertTrue(verifyObject(ICallAcceptor, self.acceptor))

    def take(self, number: int) -> None:
        self.acceptor.offered[number][1].callback(None)

    def test_passed_on(self) -> None:
        """
        A call is passed on, and its answer comes back.
        """
        offering = self.once.offer(ringing())
        self.assertNoResult(offering)
        self.assertEqual([call for call, _ in self.acceptor.offered], [ringing()])
        self.take(0)
        self.successResultOf(offering)

    def test_same_event(self) -> None:
        """
        The same event again hears the same answer, and is counted.
        """
        self.once.offer(ringing())
        self.take(0)
        self.successResultOf(self.once.offer(ringing()))
        self.assertEqual(len(self.acceptor.offered), 1)
        self.assertEqual(self.once.duplicates, 1)

    def test_while_it_is_taken(self) -> None:
        """
        A duplicate that comes before the answer waits for it.
        """
        first, second = self.once.offer(ringing()), self.once.offer(ringing())
        self.assertNoResult(second)
        self.take(0)
        self.successResultOf(first)
        self.successResultOf(second)

    def test_both_hear_the_refusal(self) -> None:
        """
        When the call is refused everybody who waits hears it.
        """
        offers = [self.once.offer(ringing()) for _ in range(3)]
        self.acceptor.offered[0][1].errback(Draining())
        for offer in offers:
            self.failureResultOf(offer, Draining)

    def test_refused_is_forgotten(self) -> None:
        """
        After a refusal the next delivery is passed on again.
        """
        self.failureResultOf(self.refuse(self.once.offer(ringing())), Draining)
        self.once.offer(ringing())
        self.assertEqual(len(self.acceptor.offered), 2)

    def refuse(self, offer: Deferred[None]) -> Deferred[None]:
        self.acceptor.offered[-1][1].errback(Draining())
        return offer

    def test_other_event_of_the_same_call(self) -> None:
        """
        Overlapping subscriptions tell of one call with two events: it is taken
        once.
        """
        self.once.offer(ringing("e1"))
        self.take(0)
        self.successResultOf(self.once.offer(ringing("e2")))
        self.assertEqual(len(self.acceptor.offered), 1)

    def test_handed_over_again(self) -> None:
        """
        Who is handed over to us a second time, however soon and in the same
        conversation, is another call.
        """
        self.once.offer(ringing("e1"))
        self.once.offer(ringing("e2", context="another"))
        self.assertEqual(len(self.acceptor.offered), 2)

    def test_accounts(self) -> None:
        """
        Two accounts do not share their events.
        """
        self.once.offer(ringing())
        self.once.offer(ringing(account="other"))
        self.assertEqual(len(self.acceptor.offered), 2)

    def test_sender_goes_away(self) -> None:
        """
        A webhook that is cancelled takes the answer from nobody else, and the call
        is taken all the same.
        """
        first, second = self.once.offer(ringing()), self.once.offer(ringing())
        first.cancel()
        self.failureResultOf(first, CancelledError)
        self.take(0)
        self.successResultOf(second)
        self.successResultOf(self.once.offer(ringing()))

    def test_broken_acceptor(self) -> None:
        """
        An acceptor that raises leaves no duplicate waiting for ever.
        """
        self.acceptor.broken = True
        self.failureResultOf(self.once.offer(ringing()), ZeroDivisionError)
        self.acceptor.broken = False
        self.once.offer(ringing())
        self.assertEqual(len(self.acceptor.offered), 1)

    def test_late_refusal(self) -> None:
        """
        A refusal that comes when its offer was long forgotten leaves the next one's
        alone.
        """
        first = self.once.offer(ringing("e1"))
        self.reactor.advance(REMEMBER_SECONDS)
        self.once.offer(ringing("e2"))
        self.acceptor.offered[0][1].errback(Draining())
        self.failureResultOf(first, Draining)
        self.once.offer(ringing("e3"))
        self.assertEqual(len(self.acceptor.offered), 2)

    def test_memory(self) -> None:
        """
        Events are forgotten after ten minutes, not before.
        """
        self.once.offer(ringing("e1"))
        self.reactor.advance(REMEMBER_SECONDS - 1)
        self.once.offer(ringing("e1"))
        self.assertEqual(len(self.acceptor.offered), 1)
        self.reactor.advance(1)
        self.once.offer(ringing("e1"))
        self.assertEqual(len(self.acceptor.offered), 2)
