"""
Tests for L{acsgw.web.variables}.
"""

from __future__ import annotations

from twisted.web.resource import Resource

from acsgw.addresses import Addresses
from acsgw.keys.tokens import Claims, Purpose, mint
from acsgw.web.guard import TokenCheck
from acsgw.web.site import public_tree
from acsgw.web.variables import VariablesPage

from .http import RING, SiteTestCase


class VariablesPageTests(SiteTestCase):
    """
    Tests for L{VariablesPage}.
    """

    def make_root(self) -> Resource:
        self.sets = {"ref1": {"intent": "refund", "note": "grüße 😀"}}
        page = VariablesPage(TokenCheck(RING, self.reactor.seconds), self.sets.get)
        nothing = Resource()
        return public_tree(nothing, nothing, None, page.app.resource())

    def url(self, reference: str = "ref1", purpose: Purpose = Purpose.VARIABLES) -> str:
        """
        @return: path as the one who takes over has it.
        """
        token = mint(RING, purpose, Claims("ref1", "main"), self.reactor.seconds())
        return Addresses("").variables_url(reference, token)

    def test_fetched(self) -> None:
        """
        The URL alone gives the variables, which no cache keeps.
        """
        response = self.ask("GET", self.url())
        self.assertEqual(self.json(response), (200, self.sets["ref1"]))
        self.assertEqual(response.headers.getRawHeaders("cache-control"), ["no-store"])

    def test_gone(self) -> None:
        """
        What is not kept any more is not found.
        """
        url = self.url()
        self.sets.clear()
        status, value = self.json(self.ask("GET", url))
        self.assertEqual(status, 404)
        self.assertIn("not kept", value["error"])

    def test_refused(self) -> None:
        """
        Without a genuine, live token for this set and this purpose nothing is told.
        """
        old = self.url()
        for path in (
            "/v1/variables/ref1",
            "/v1/variables/ref1/",
            "/v1/variables/ref1/nonsense",
            self.url("ref2"),
            self.url(purpose=Purpose.MEDIA),
            self.url(purpose=Purpose.CALLBACK),
        ):
            self.assertEqual(
                self.json(self.ask("GET", path)), (401, {"error": "not authorized"})
            )
        self.reactor.advance(3600)
        self.assertEqual(self.ask("GET", old).code, 401)

    def test_only_read(self) -> None:
        """
        Nothing can be changed.
        """
        for method in ("POST", "PUT", "DELETE"):
            self.assertEqual(self.ask(method, self.url()).code, 405)
