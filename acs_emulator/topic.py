"""
The Event Grid topic of the resource: who wants its events, and getting them
there.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from .errors import HandshakeFailed, NoAnswer
from .fronts.http_client import HttpClient
from .model.incoming_call import (
    DELIVERED,
    DELIVERY_TIMEOUT,
    Announcement,
    delivery_request,
    envelope,
    next_attempt,
)
from .model.subscriptions import Subscription, check_validation, validation_request
from .model.wire_time import event_grid_time

#: Seconds; Event Grid tries a failed handshake once more.
HANDSHAKE_RETRY = 5.0
#: Seconds between attempts at subscriptions of the settings file.
_SETTINGS_RETRY = 5.0

#: What and text, for the story of a call.
Tell = Callable[[str, str], None]


class Topic(Service):
    """
    Holds the subscriptions and delivers events to those that want them.
    """

    _log = Logger()

    def __init__(
        self,
        *,
        http: HttpClient,
        clock: IReactorTime,
        new_id: Callable[[], str],
        path: str,
        wanted: tuple[Subscription, ...],
    ) -> None:
        """
        @param path: the name of the topic in events.
        @param wanted: subscriptions of the settings file: their handshake is
            tried from the start on until it succeeds.
        """
        self._http = http
        self._clock = clock
        self._new_id = new_id
        self._path = path
        self._wanted = wanted
        self._active: dict[str, Subscription] = {}
        self._work: set[Deferred[None]] = set()

    def startService(self) -> None:
        super().startService()
        for subscription in self._wanted:
            self._start(Deferred.fromCoroutine(self._insist(subscription)))

    def stopService(self) -> None:
        super().stopService()
        for work in list(self._work):
            work.cancel()

    @property
    def subscriptions(self) -> list[Subscription]:
        """
        Those that passed the handshake.
        """
        return list(self._active.values())

    async def subscribe(self, subscription: Subscription) -> None:
        """
        Perform the handshake; a subscription with the same name is replaced.

        @raise HandshakeFailed: with what the endpoint answered.
        """
        try:
            await self._validate(subscription)
        except HandshakeFailed:
            await deferLater(self._clock, HANDSHAKE_RETRY)
            await self._validate(subscription)
        self._active[subscription.name.lower()] = subscription
        self._log.info("subscription {name} is active", name=subscription.name)

    def unsubscribe(self, name: str) -> bool:
        """
        @return: was there one?
        """
        return self._active.pop(name.lower(), None) is not None

    def publish(self, call: Announcement, tell: Tell) -> int:
        """
        Deliver a ringing call to all who want it, now and again until it is
        delivered or given up.

        @return: how many want it.
        """
        time = event_grid_time(self._clock.seconds())
        count = 0
        for subscription in self.subscriptions:
            event = envelope(call, subscription.schema, self._path, time)
            if subscription.wants(event):
                count += 1
                delivery = self._deliver(subscription, event, tell)
                self._start(Deferred.fromCoroutine(delivery))
        return count

    async def _validate(self, subscription: Subscription) -> None:
        code = self._new_id()
        request = validation_request(
            subscription,
            topic=self._path,
            event_id=self._new_id(),
            code=code,
            time=event_grid_time(self._clock.seconds()),
        )
        try:
            reply = await self._http.request(
                request.method,
                subscription.endpoint,
                request.headers,
                request.body,
                timeout=DELIVERY_TIMEOUT,
            )
        except NoAnswer as e:
            raise HandshakeFailed(f"the endpoint gave {e}") from None
        check_validation(
            subscription.schema,
            code=code,
            status=reply.status,
            headers=reply.headers,
            body=reply.body,
        )

    async def _insist(self, subscription: Subscription) -> None:
        told = ""
        while self.running:
            try:
                await self.subscribe(subscription)
                return
            except HandshakeFailed as e:
                if str(e) != told:
                    told = str(e)
                    self._log.warn(
                        "subscription {name}: {error}; will be tried again",
                        name=subscription.name,
                        error=told,
                    )
            await deferLater(self._clock, _SETTINGS_RETRY)

    async def _deliver(
        self, subscription: Subscription, event: dict[str, object], tell: Tell
    ) -> None:
        began = self._clock.seconds()
        attempt = 0
        while True:
            status, reason = await self._attempt(subscription, event, attempt)
            name = subscription.name
            if status in DELIVERED:
                tell("delivered", f"IncomingCall delivered to {name}: {reason}")
                return
            wait = next_attempt(
                subscription,
                status=status,
                attempt=attempt,
                age=self._clock.seconds() - began,
            )
            then = "given up" if wait is None else f"again in {wait:g} s"
            tell("refused", f"IncomingCall refused by {name}: {reason}; {then}")
            # A cancelled exchange may look like one that failed.
            if wait is None or not self.running:
                return
            await deferLater(self._clock, wait)
            attempt += 1

    async def _attempt(
        self, subscription: Subscription, event: dict[str, object], attempt: int
    ) -> tuple[int | None, str]:
        request = delivery_request(subscription, event, attempt)
        try:
            reply = await self._http.request(
                request.method,
                subscription.endpoint,
                request.headers,
                request.body,
                timeout=DELIVERY_TIMEOUT,
            )
        except NoAnswer as e:
            return None, str(e)
        return reply.status, str(reply.status)

    def _start(self, work: Deferred[None]) -> None:
        self._work.add(work)

        def done(result: object) -> None:
            self._work.discard(work)

        work.addErrback(lambda failure: failure.trap(CancelledError) and None)
        work.addErrback(lambda failure: self._log.failure("Event Grid", failure))
        work.addBoth(done)
