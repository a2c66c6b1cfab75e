"""
The address that an application may fetch instead of echoing a validation code.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.web.iweb import IRequest
from twisted.web.resource import Resource


class ValidationPage(Resource):
    """
    Answers a GET with 200 if somebody waits for it, else with 404; both bodies
    are ours.
    """

    isLeaf = True

    def __init__(self, fetched: Callable[[str], bool]) -> None:
        """
        @param fetched: takes the code, tells whether it was waited for.
        """
        super().__init__()
        self._fetched = fetched

    def render_GET(self, request: IRequest) -> bytes:
        code = request.args.get(b"id", [b""])[0].decode("latin-1")
        request.setHeader("Content-Type", "text/plain; charset=utf-8")
        if self._fetched(code):
            return b"The subscription's endpoint is validated.\n"
        request.setResponseCode(404)
        return b"No subscription waits for this; it may be too late.\n"
