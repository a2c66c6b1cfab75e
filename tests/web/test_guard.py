"""
Tests for L{acsgw.web.guard}.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from treq.testing import StubTreq

from acsgw.acs.bearer import BearerCheck
from acsgw.errors import Forbidden, Unauthorized
from acsgw.keys.tokens import Claims, Purpose, mint
from acsgw.secret_hash import SecretHash
from acsgw.web.guard import (
    AccountCheck,
    CallbackCheck,
    Credentials,
    TokenCheck,
    claim_with,
)

from ..acs.issuer import AUDIENCE, ISSUER, OPENID, Issuer, bearer
from ..support import ClockTestCase
from .http import RING


class AccountCheckTests(ClockTestCase):
    """
    Tests for L{AccountCheck}.
    """

    def setUp(self) -> None:
        super().setUp()
        self.accounts = AccountCheck(
            [
                Credentials("main", "id-1", SecretHash.of("secret-1")),
                Credentials("other", "id-2", SecretHash.of("secret-2")),
            ]
        )

    def test_known(self) -> None:
        """
        Id and secret together name the account.
        """
        self.assertEqual(self.accounts.check("id-1", "secret-1"), "main")
        self.assertEqual(self.accounts.check("id-2", "secret-2"), "other")

    def test_unknown(self) -> None:
        """
        Anything less names none, an empty secret for nobody's id included.
        """
        for api_id, secret in (
            *((None, None), ("id-1", None), (None, "secret-1"), ("", "")),
            *(("id-1", ""), ("id-1", "secret-2"), ("id-3", "secret-1")),
            *(("id-3", ""), ("ID-1", "secret-1"), ("id-1", "\udcff")),
        ):
            self.assertRaises(Unauthorized, self.accounts.check, api_id, secret)


class TokenTestCase(ClockTestCase):
    """
    Our own tokens at second 1000.
    """

    def setUp(self) -> None:
        super().setUp()
        self.reactor.advance(1000)
        self.tokens = TokenCheck(RING, self.reactor.seconds)

    def token(
        self, purpose: Purpose, call_id: str = "c1", account: str = "main"
    ) -> str:
        return mint(RING, purpose, Claims(call_id, account), self.reactor.seconds())


class TokenCheckTests(TokenTestCase):
    """
    Tests for L{TokenCheck} and L{claim_with}.
    """

    def test_good(self) -> None:
        """
        A token in a URL of its kind names call and account, by our clock.
        """
        media, callback = self.token(Purpose.MEDIA), self.token(Purpose.CALLBACK)
        claims = Claims("c1", "main")
        self.assertEqual(self.tokens.media(f"/v1/media/c1/{media}"), claims)
        self.assertEqual(self.tokens.media(f"/v1/media/c1?token={media}"), claims)
        self.assertEqual(self.tokens.callback(f"/v1/callbacks/c1/{callback}"), claims)
        self.reactor.advance(30)
        self.tokens.callback(f"/v1/callbacks/c1/{callback}")
        self.assertRaises(Unauthorized, self.tokens.media, f"/v1/media/c1/{media}")

    def test_bad(self) -> None:
        """
        Without token, with that of another call or of another purpose, nobody comes
        in.
        """
        media, callback = self.token(Purpose.MEDIA), self.token(Purpose.CALLBACK)
        for uri in (
            "/v1/media",
            "/v1/media/c1",
            f"/v1/media/c2/{media}",
            f"/v1/media/c1/{callback}",
            f"/v1/callbacks/c1/{media}",
            f"/v1/media/c1/{media}x",
        ):
            self.assertRaises(Unauthorized, self.tokens.media, uri)
            self.assertRaises(Unauthorized, self.tokens.callback, uri)

    def test_claim(self) -> None:
        """
        The media stream of a call is claimed by the id in its token; a call that
        nobody holds cannot be.
        """
        asked: list[str] = []

        def claim(call_id: str) -> str | None:
            asked.append(call_id)
            return "peer" if call_id == "c1" else None

        claim_peer = claim_with(self.tokens, claim)
        token = self.token(Purpose.MEDIA)
        self.assertEqual(claim_peer(f"/v1/media/c1/{token}", {}), "peer")
        gone = self.token(Purpose.MEDIA, "c2")
        self.assertRaises(Forbidden, claim_peer, f"/v1/media/c2/{gone}", {})
        self.assertRaises(Unauthorized, claim_peer, "/v1/media/c3/junk", {})
        self.assertEqual(asked, ["c1", "c2"])


class CallbackCheckTests(TokenTestCase):
    """
    Tests for L{CallbackCheck}.
    """

    def setUp(self) -> None:
        super().setUp()
        http: Any = StubTreq(Issuer())
        audiences: Mapping[str, str] = {"main": AUDIENCE, "other": "another-resource"}
        self.guard = CallbackCheck(
            self.tokens,
            BearerCheck(http, self.reactor, self.reactor.seconds, ISSUER, OPENID),
            audiences,
        )

    def uri(self, account: str = "main") -> str:
        return f"/v1/callbacks/c1/{self.token(Purpose.CALLBACK, account=account)}"

    def test_both(self) -> None:
        """
        With both proofs the event is heard.
        """
        claims = self.successResultOf(self.guard.check(self.uri(), bearer()))
        self.assertEqual(claims, Claims("c1", "main"))

    def test_one_is_not_enough(self) -> None:
        """
        Neither our token nor Azure's alone is enough.
        """
        for uri, authorization in (
            (self.uri(), None),
            (self.uri(), bearer("k9")),
            ("/v1/callbacks/c1/junk", bearer()),
        ):
            checking = self.guard.check(uri, authorization)
            self.failureResultOf(checking, Unauthorized)

    def test_audience(self) -> None:
        """
        Azure's token must be for the resource of the account in ours.
        """
        checking = self.guard.check(self.uri("other"), bearer())
        self.failureResultOf(checking, Unauthorized)

    def test_no_account(self) -> None:
        """
        An account that is not served any more is not heard.
        """
        checking = self.guard.check(self.uri("gone"), bearer())
        self.failureResultOf(checking, Forbidden)
