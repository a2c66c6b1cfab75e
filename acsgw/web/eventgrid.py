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
    incoming_call,
    parse_events,
    validation_code,
)
from ..interfaces import ICallAcceptor
from .answers import answer, answer_errors, header, read_body
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
        codes = [validation_code(e) for e in events if e.kind == VALIDATION]
        for event in events:
            self._count(event.kind)
        for call in calls:
            await self._acceptor.offer(call)
        if codes:
            # Of the handshake of the Event Grid schema only 200 counts.
            self._log.info("account {account}: subscription validated", account=account)
            return answer(request, {"validationResponse": codes[0]})
        return answer(request, {"taken": len(calls)})

    @app.route("/", methods=["OPTIONS"])
    def handshake(self, request: IRequest) -> bytes:
        """
        The handshake of CloudEvents: allow the origin that asks.
        """
        self._account(request)
        origin = header(request, b"webhook-request-origin")
        if not origin or not origin.isascii():
            return answer(request, {"error": "no WebHook-Request-Origin"}, 400)
        request.setHeader(b"webhook-allowed-origin", origin.encode("latin-1"))
        request.setHeader(b"webhook-allowed-rate", b"*")
        return b""

    def _account(self, request: IRequest) -> str:
        return self._accounts.check(
            header(request, b"asapp-api-id"), header(request, b"asapp-api-secret")
        )

    answer_errors(app)
