"""
Azure tells us what became of the calls that we answered.
"""

from __future__ import annotations

from collections.abc import Callable

from klein import Klein
from twisted.web.iweb import IRequest

from ..acs.events import Callback, callback, parse_events
from .answers import answer, answer_errors, header, read_body
from .guard import CallbackCheck

#: Given call id, account and event.
Tell = Callable[[str, str, Callback], None]


class CallbackWebhook:
    """
    HTTP in, inputs of calls out.
    """

    app = Klein()

    def __init__(
        self, proof: CallbackCheck, tell: Tell, count: Callable[[str], None]
    ) -> None:
        """
        @param count: told the type of each event.
        """
        self._proof = proof
        self._tell = tell
        self._count = count

    @app.route("/<path:rest>", methods=["POST"])
    async def receive(self, request: IRequest, rest: str) -> bytes:
        """
        Answered at once: what the events lead to is the calls' affair.
        """
        claims = await self._proof.check(
            request.uri.decode("latin-1"), header(request, b"authorization")
        )
        events = parse_events(read_body(request))
        callbacks = [callback(event) for event in events if _is_callback(event.kind)]
        for event in events:
            self._count(event.kind)
        for told in callbacks:
            self._tell(claims.call_id, claims.account, told)
        return answer(request, {})

    answer_errors(app)


def _is_callback(kind: str) -> bool:
    return kind.startswith("Microsoft.Communication.")
