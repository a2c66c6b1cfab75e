"""
Asking endpoints whether they want events, at once or by C{validationUrl}.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from .errors import HandshakeFailed, NoAnswer
from .fronts.http_client import HttpClient
from .model.delivery import DELIVERY_TIMEOUT
from .model.handshake import (
    MANUAL_LIFETIME,
    Provisioning,
    check_validation,
    validation_request,
)
from .model.report import Report
from .model.subscriptions import Subscription
from .model.wire_time import event_grid_time

#: Where applications fetch C{validationUrl}.
VALIDATION_PATH = "/eventgrid/validate"
#: Seconds; Event Grid tries a failed handshake once more.
HANDSHAKE_RETRY = 5.0


class Handshakes:
    """
    Performs handshakes, and keeps those that wait for somebody to fetch an
    address.
    """

    def __init__(
        self,
        *,
        http: HttpClient,
        clock: IReactorTime,
        new_id: Callable[[], str],
        topic: str,
        base_url: str,
        report: Report,
    ) -> None:
        self._http = http
        self._clock = clock
        self._new_id = new_id
        self._topic = topic
        self._report = report
        self._url = base_url + VALIDATION_PATH
        self._manual: dict[str, Deferred[bool]] = {}

    async def perform(
        self, subscription: Subscription
    ) -> tuple[Provisioning, Deferred[bool] | None]:
        """
        @return: if manual action is awaited, what fires with whether it came
            in time.

        @raise HandshakeFailed: with what the endpoint answered, twice.
        """
        try:
            return await self._ask(subscription)
        except HandshakeFailed:
            await deferLater(self._clock, HANDSHAKE_RETRY)
            return await self._ask(subscription)

    def fetched(self, code: str) -> bool:
        """
        Somebody fetched a C{validationUrl}.

        @return: was it one that is waited for?
        """
        waiting = self._manual.pop(code, None)
        if waiting is None:
            return False
        waiting.callback(True)
        return True

    def stop(self) -> None:
        """
        Wait no longer.
        """
        for waiting in list(self._manual.values()):
            waiting.cancel()

    async def _ask(
        self, subscription: Subscription
    ) -> tuple[Provisioning, Deferred[bool] | None]:
        try:
            return await self._exchange(subscription)
        except HandshakeFailed as e:
            where = f"handshake of {subscription.name}"
            problem = f"handshake: {e.problem}"
            self._report.add("event", where, [problem], refused=True)
            raise

    async def _exchange(
        self, subscription: Subscription
    ) -> tuple[Provisioning, Deferred[bool] | None]:
        code, now = self._new_id(), self._clock.seconds()
        request = validation_request(
            subscription,
            topic=self._topic,
            event_id=self._new_id(),
            code=code,
            validation_url=f"{self._url}?{urlencode({'id': code})}",
            time=event_grid_time(now),
        )
        # Some fetch the address before they answer.
        manual = self._await_fetch(code)
        state = Provisioning.FAILED
        try:
            reply = await self._http.request(
                request.method,
                subscription.endpoint,
                request.headers,
                request.body,
                timeout=DELIVERY_TIMEOUT,
            )
            state = check_validation(
                subscription.schema,
                code=code,
                status=reply.status,
                headers=reply.headers,
                body=reply.body,
            )
        except NoAnswer as e:
            raise HandshakeFailed(f"the endpoint gave {e}") from None
        finally:
            if state is not Provisioning.AWAITING_MANUAL_ACTION:
                manual.cancel()
        awaited = state is Provisioning.AWAITING_MANUAL_ACTION
        return state, manual if awaited else None

    def _await_fetch(self, code: str) -> Deferred[bool]:
        def give_up(waiting: Deferred[bool]) -> None:
            self._manual.pop(code, None)
            waiting.callback(False)

        waiting: Deferred[bool] = Deferred(give_up)
        self._manual[code] = waiting
        timer = self._clock.callLater(MANUAL_LIFETIME, waiting.cancel)

        def done(came: bool) -> bool:
            if timer.active():
                timer.cancel()
            return came

        return waiting.addCallback(done)
