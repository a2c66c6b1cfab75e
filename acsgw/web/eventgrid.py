"""
Event Grid tells us of ringing calls.

Source: Microsoft Learn, "Endpoint validation with Event Grid event schema", "...
with CloudEvents schema", "Event Grid message delivery and retry".
"""

from __future__ import annotations

from collections.abc import Callable

from klein import Klein
from twisted.logger import Logger
from twisted.web.iweb import IRequest

from ..acs.events import (
    INCOMING_CALL,
    VALIDATION,
    Event,
    incoming_call,
    parse_events,
    validation_code,
)
from ..interfaces import ICallAcceptor
from .answers import answer, answer_errors, read_body
from .guard import AccountCheck


class EventGridWebhook:
    """
    HTTP in, L{ICallAcceptor} out; knows nothing of what happens to a call.
    """

    app = Klein()
    _log = Logger()

    def __init__(
        self,
        accounts: AccountCheck,
        acceptor: ICallAcceptor,
        count: Callable[[str], None],
    ) -> None:
        """
        @param count: told the type of each event.
        """
        self._accounts = accounts
        self._acceptor = acceptor
        self._count = count

    @app.route("/", methods=["POST"])
    async def receive(self, request: IRequest) -> bytes:
        """
        Answer when the calls are taken, not when they end: the sender waits
        30 seconds, and Klein cancels this coroutine when it goes away.
        """
        account = self._account(request)
        events = parse_events(read_body(request))
        # All are read before the first is taken: a delivery counts as a whole.
        calls = [incoming_call(e, account) for e in events if e.kind == INCOMING_CALL]
        for event in events:
            self._count(event.kind)
            if event.kind == VALIDATION:
                return self._validated(request, event, account)
        for call in calls:
            await self._acceptor.offer(call)
        return answer(request, {"taken": len(calls)})

    @app.route("/", methods=["OPTIONS"])
    def handshake(self, request: IRequest) -> bytes:
        """
        The handshake of CloudEvents: allow the origin that asks.
        """
        self._account(request)
        origin = request.getHeader("webhook-request-origin")
        if not origin:
            return answer(request, {"error": "no WebHook-Request-Origin"}, 400)
        request.setHeader(b"webhook-allowed-origin", origin.encode("latin-1"))
        request.setHeader(b"webhook-allowed-rate", b"*")
        return b""

    def _account(self, request: IRequest) -> str:
        return self._accounts.check(
            request.getHeader("asapp-api-id"), request.getHeader("asapp-api-secret")
        )

    def _validated(self, request: IRequest, event: Event, account: str) -> bytes:
        """
        The handshake of the Event Grid schema: only 200 counts.
        """
        code = validation_code(event)
        self._log.info("subscription of account {account} validated", account=account)
        return answer(request, {"validationResponse": code})

    answer_errors(app)
