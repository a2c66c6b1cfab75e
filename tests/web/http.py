"""
A site in memory, and who speaks to it.
"""

from __future__ import annotations

import json
from typing import Any

from treq.testing import StubTreq
from twisted.web.resource import Resource

from acsgw.interfaces import SigningKey
from acsgw.keys.file_ring import FileKeyRing

from ..support import ClockTestCase

KEY = SigningKey("k1", b"k" * 32)
RING = FileKeyRing(KEY, {"k1": KEY})


class SiteTestCase(ClockTestCase):
    """
    A site in memory, at second 1000.

    @ivar http: asks it.
    """

    def setUp(self) -> None:
        super().setUp()
        self.reactor.advance(1000)
        self.http: Any = StubTreq(self.make_root())

    def make_root(self) -> Resource:
        raise NotImplementedError()

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> Any:
        """
        @return: the response, with its body as C{whole}.
        """
        response = self.successResultOf(
            self.http.request(
                method, f"http://gw{path}", data=body or None, headers=headers or {}
            )
        )
        response.whole = self.successResultOf(response.content())
        return response

    def json(self, response: Any) -> tuple[int, Any]:
        """
        @return: status and value.
        """
        (kind,) = response.headers.getRawHeaders("content-type")
        self.assertEqual(kind, "application/json; charset=utf-8")
        return response.code, json.loads(response.whole)
