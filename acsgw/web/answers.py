"""
How every JSON endpoint answers, and how errors become answers.
"""

from __future__ import annotations

import json
from typing import Any

from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from werkzeug.exceptions import HTTPException

from ..acs.bearer import KeysUnavailable
from ..acs.events import BadEvents
from ..errors import Draining, Forbidden, Full, Unauthorized

#: An event is a few KB, an IncomingCall at most about 16; batches at most 1 MB
#: (Microsoft Learn, "Event Grid message delivery and retry": output batching).
MAX_BODY = 1024 * 1024

_log = Logger()


class TooLarge(Exception):
    """
    The body is larger than anything that belongs here.
    """


def read_body(request: IRequest) -> bytes:
    """
    @raise TooLarge: above L{MAX_BODY}.
    """
    body: bytes = request.content.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise TooLarge()
    return body


def header(request: IRequest, name: bytes) -> str | None:
    """
    @return: what the peer sent, whatever bytes it is made of.
    """
    values = request.requestHeaders.getRawHeaders(name)
    return values[-1].decode("utf-8", "surrogateescape") if values else None


def answer(request: IRequest, value: Any, code: int = 200) -> bytes:
    """
    @return: C{value} as JSON.
    """
    request.setResponseCode(code)
    request.setHeader(b"content-type", b"application/json; charset=utf-8")
    return json.dumps(value).encode("utf-8")


def answer_errors(app: Any) -> None:
    """
    Map what the routes of a L{klein.Klein} raise.  What is not expected is logged,
    and the peer hears no details.
    """

    @app.handle_errors(Exception)
    def map_error(owner: Any, request: IRequest, failure: Failure) -> bytes:
        code, text = _explain(failure)
        if code == 401:
            # Nothing is said of which proof was wrong.
            request.setHeader(b"www-authenticate", b"Bearer")
        return answer(request, {"error": text}, code)


def _explain(failure: Failure) -> tuple[int, str]:
    error = failure.value
    match error:
        case BadEvents():
            _log.warn("bad request: {error}", error=error)
            return 400, str(error)
        case Unauthorized():
            _log.warn("refused (401): {error}", error=error)
            return 401, "not authorized"
        case Forbidden():
            _log.warn("refused (403): {error}", error=error)
            return 403, "not allowed"
        case TooLarge():
            _log.warn("refused (413): more than {limit} bytes", limit=MAX_BODY)
            return 413, f"more than {MAX_BODY} bytes"
        case Draining():
            return 503, "draining"
        case Full():
            return 503, "full"
        case KeysUnavailable():
            return 503, "the keys of the token's issuer cannot be fetched"
        case HTTPException():  # Klein's own: 404, 405
            return error.code or 500, error.name
    _log.failure("a request failed", failure)
    return 500, "internal error"
