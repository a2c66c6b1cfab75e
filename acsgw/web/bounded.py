"""
An HTTP server that strangers cannot fill, stall or make talk.
"""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import unquote_to_bytes

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.resource import IResource
from twisted.web.server import Request, Site

from ..addresses import without_token
from .answers import MAX_BODY

#: Seconds for a request to come in, and for a connection to stay idle.  A socket that
#: was upgraded is not under this limit.
REQUEST_SECONDS = 30


class BoundedRequest(Request):
    """
    A request of which no more is kept than can be good; whoever reads the body sees
    that it is too large.
    """

    _kept = 0

    def gotLength(self, length: Any) -> None:
        # Twisted would parse forms, before anybody has asked who speaks.
        self.requestHeaders.removeHeader(b"content-type")
        super().gotLength(length)

    def process(self) -> None:
        """
        Klein would log a traceback for what cannot be decoded, whoever asks so.
        """
        try:
            unquote_to_bytes(self.path).decode("utf-8")
            (self.getHeader(b"host") or b"").decode("ascii")
        except UnicodeDecodeError:
            self.setResponseCode(400)
            self.finish()
        else:
            super().process()

    def handleContentChunk(self, data: bytes) -> None:
        data = data[: MAX_BODY + 1 - self._kept]
        self._kept += len(data)
        super().handleContentChunk(data)


class BoundedChannel(HTTPChannel):
    """
    A connection on which each request must be there in time, however slowly it
    trickles in.
    """

    _deadline: IDelayedCall | None = None

    def connectionMade(self) -> None:
        super().connectionMade()
        self._expect_request()

    def allContentReceived(self) -> None:
        self._stop_deadline()
        super().allContentReceived()

    def requestDone(self, request: Request) -> None:
        super().requestDone(request)
        self._expect_request()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._stop_deadline()
        super().connectionLost(reason)

    def _expect_request(self) -> None:
        self._stop_deadline()
        clock: IReactorTime = self.factory.reactor
        self._deadline = clock.callLater(REQUEST_SECONDS, self._too_slow)

    def _too_slow(self) -> None:
        if self.transport is not None:
            self.forceAbortClient()

    def _stop_deadline(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()


class QuietSite(Site):
    """
    A site whose access log holds no tokens and whose requests are bounded.
    """

    # Typed as what negotiates HTTP/2, which is not spoken here.
    protocol = cast(Any, BoundedChannel)
    requestFactory = BoundedRequest

    _log = Logger()

    def __init__(self, root: IResource, reactor: Any, log_requests: bool) -> None:
        """
        @param log_requests: not for probes and polls, which would fill the log.
        """
        super().__init__(root, reactor=reactor, timeout=REQUEST_SECONDS)
        self.displayTracebacks = False
        self._log_requests = log_requests

    def log(self, request: Any) -> None:
        """
        One line for each request that somebody may want to find again.
        """
        if not self._log_requests:
            return
        self._log.debug(
            "{method} {path} {code}",
            method=request.method.decode("ascii", "replace"),
            path=without_token(request.uri.decode("latin-1")),
            code=request.code,
        )
