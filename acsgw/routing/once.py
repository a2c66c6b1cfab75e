"""
Each call is taken once, however often it is told.

Event Grid delivers at least once and in no order, and overlapping subscriptions may
tell of the same call with different events.  A call is the same if it is answered
with the same C{incomingCallContext}.  Correlation ids tell nothing: a transfer within
one resource is a new call of the same conversation, perhaps to us again, a moment
after we gave the caller away.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from hashlib import sha256

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from ..interfaces import ICallAcceptor, IncomingCall

#: Event Grid may retry an event for long after its call has stopped ringing.
REMEMBER_SECONDS = 600.0

#: Bounded, whatever comes in.
REMEMBER_AT_MOST = 50_000


class _Offer:
    """
    One offer that was passed on, and whoever else wants to know its outcome.
    """

    def __init__(self, at: float) -> None:
        self.at = at
        self.waiting: list[Deferred[None]] = []
        self.taken: bool = False


@implementer(ICallAcceptor)
class OfferedOnce:
    """
    Passes each call on once; duplicates hear the same answer.
    """

    _log = Logger()

    def __init__(self, acceptor: ICallAcceptor, clock: IReactorTime) -> None:
        self._acceptor = acceptor
        self._clock = clock
        self._offers: OrderedDict[Hashable, _Offer] = OrderedDict()
        self.duplicates = 0

    def offer(self, call: IncomingCall) -> Deferred[None]:
        """
        See L{ICallAcceptor.offer}.  An offer that failed is forgotten: the next
        delivery may succeed.
        """
        now = self._clock.seconds()
        self._forget_old(now)
        keys = (_event_key(call), _call_key(call))
        earlier = self._offers.get(keys[0]) or self._offers.get(keys[1])
        answer: Deferred[None] = Deferred()
        if earlier is not None:
            self.duplicates += 1
            self._log.info("event {event} is a duplicate", event=call.event_id)
            if earlier.taken:
                answer.callback(None)
            else:
                earlier.waiting.append(answer)
            return answer
        offer = _Offer(now)
        offer.waiting.append(answer)
        for key in keys:
            self._offers[key] = offer
            self._offers.move_to_end(key)
        taken: Deferred[None] = maybeDeferred(self._acceptor.offer, call)
        # The answers are Deferreds of their own: a webhook that goes away cancels
        # its answer, and must not cancel the others'.
        taken.addCallbacks(
            self._taken, self._refused, callbackArgs=(offer,), errbackArgs=(offer, keys)
        )
        return answer

    def _taken(self, result: None, offer: _Offer) -> None:
        offer.taken = True
        for answer in _take_waiting(offer):
            answer.callback(None)

    def _refused(
        self, failure: Failure, offer: _Offer, keys: tuple[Hashable, ...]
    ) -> None:
        for key in keys:
            if self._offers.get(key) is offer:
                del self._offers[key]
        for answer in _take_waiting(offer):
            answer.errback(failure)

    def _forget_old(self, now: float) -> None:
        horizon = now - REMEMBER_SECONDS
        while self._offers:
            oldest = next(iter(self._offers.values()))
            if oldest.at > horizon and len(self._offers) <= REMEMBER_AT_MOST:
                return
            self._offers.popitem(last=False)


def _event_key(call: IncomingCall) -> Hashable:
    return ("event", call.account, call.event_id)


def _call_key(call: IncomingCall) -> Hashable:
    # The context opens a call and holds data of the caller: only its hash is kept.
    context = call.context.encode("utf-8", "surrogatepass")
    return ("call", call.account, sha256(context).digest())


def _take_waiting(offer: _Offer) -> list[Deferred[None]]:
    waiting, offer.waiting = offer.waiting, []
    return [answer for answer in waiting if not answer.called]
