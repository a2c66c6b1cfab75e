"""
Requests of applications that are no call automation: identities, recordings to be
fetched, OpenID documents.  They pass the same gate: journal and faults see them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import Request
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from ..errors import Refusal
from ..model.hmac_auth import SignedRequest
from .rest_gate import Passage, RestGate
from .signed_requests import read_signed, write_json

#: What is asked for, on its way through the gate; bytes out.  It sets status and
#: headers, and may raise L{Refusal}.
Serve = Callable[[IRequest, SignedRequest, Passage], bytes]


class GatedPage(Resource):
    """
    A page, and all beneath it.
    """

    isLeaf = True
    _log = Logger()

    def __init__(
        self,
        gate: RestGate,
        channel: str,
        operation_of: Callable[[SignedRequest], str],
        serve: Serve,
    ) -> None:
        """
        @param channel: where faults are ordered for.
        @param operation_of: the short name of what is asked for.
        """
        super().__init__()
        self._gate = gate
        self._channel = channel
        self._operation_of = operation_of
        self._serve = serve

    def render(self, request: IRequest) -> int:
        served = Deferred.fromCoroutine(self._served(request))
        # Who waits for an answer that never comes may go away.
        cast(Request, request).notifyFinish().addErrback(lambda gone: served.cancel())
        served.addCallback(partial(_finish, request))
        served.addErrback(self._failed)
        return int(NOT_DONE_YET)

    async def _served(self, request: IRequest) -> bytes:
        signed = read_signed(request)
        passage = self._gate.arrived(signed, self._operation_of(signed), self._channel)
        try:
            await passage.enter()
            with passage.watched():
                body = self._serve(request, signed, passage)
        except Refusal as e:
            for name, value in e.headers.items():
                request.setHeader(name, value)
            body = write_json(request, e.status, e.body())
        except CancelledError:
            raise
        except Exception:
            self._log.failure("request failed")
            error = Refusal(500, "InternalServerError", "internal error")
            body = write_json(request, error.status, error.body())
        await passage.leave(cast(Request, request).code, _shown(request, body))
        if passage.drop:
            cast(Request, request).loseConnection()
            await Deferred()  # canceled when the connection is gone
        return body

    def _failed(self, failure: Failure) -> None:
        if failure.check(CancelledError) is None:
            self._log.failure("request failed", failure)


def _finish(request: IRequest, body: bytes) -> None:
    request.setHeader("Content-Length", str(len(body)))
    if request.method != b"HEAD":
        request.write(body)
    request.finish()


def _shown(request: IRequest, body: bytes) -> Any:
    kinds = request.responseHeaders.getRawHeaders("content-type", [""])
    if body and kinds[0].startswith("application/json"):
        return json.loads(body)
    return None
