"""
HTTP servers that strangers cannot fill or make talk.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

from twisted.web.server import Request, Site

#: Bytes; the largest batch of Event Grid (Microsoft Learn, "Event Grid message delivery
#: and retry").
MAX_BODY = 1024 * 1024


class BoundedRequest(Request):
    """
    More than L{MAX_BODY} is nothing that we want to keep.
    """

    _kept = 0

    def gotLength(self, length: Any) -> None:
        # Twisted would parse forms, before anybody has asked who speaks.
        self.requestHeaders.removeHeader(b"content-type")
        super().gotLength(length)

    def process(self) -> None:
        try:
            unquote_to_bytes(self.path).decode("utf-8")
            (self.getHeader(b"host") or b"").decode("ascii")
        except UnicodeDecodeError:
            # Klein would log a traceback for whoever asks so.
            self.setResponseCode(400)
            self.finish()
        else:
            super().process()

    def handleContentChunk(self, data: bytes) -> None:
        self._kept += len(data)
        if self._kept <= MAX_BODY:
            super().handleContentChunk(data)
        else:
            self.channel.forceAbortClient()


class QuietSite(Site):
    """
    No access log: the URLs hold tokens.
    """

    requestFactory = BoundedRequest
    displayTracebacks = False

    def log(self, request: Any) -> None:
        """Events are counted and calls are logged; that is enough."""
