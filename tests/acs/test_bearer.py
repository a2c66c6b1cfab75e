"""
Tests for L{acsgw.acs.bearer}.
"""

from __future__ import annotations

from typing import Any

import jwt
from treq.testing import StubTreq
from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.error import ConnectionRefusedError as Refused

from acsgw.acs.bearer import (
    FETCH_PAUSE,
    FETCH_SECONDS,
    KEYS_LIVE,
    BearerCheck,
    KeysUnavailable,
)
from acsgw.errors import Unauthorized

from ..support import ClockTestCase
from .issuer import AUDIENCE, ISSUER, OPENID, Issuer, bearer


class Unreachable:
    """
    An HTTP client without a network.
    """

    def request(self, *args: Any, **kwargs: Any) -> Deferred[Any]:
        return fail(Refused())


class BearerTestCase(ClockTestCase):
    """
    A check of the issuer's tokens at second 1000.
    """

    def setUp(self) -> None:
        super().setUp()
        self.reactor.advance(1000)
        self.issuer = Issuer()
        http: Any = StubTreq(self.issuer)
        self.http = http
        self.bearer = BearerCheck(
            http, self.reactor, self.reactor.seconds, ISSUER, OPENID
        )

    def check(self, authorization: str | None) -> Deferred[None]:
        checking: Deferred[None] = self.bearer.check(authorization, AUDIENCE)
        return checking

    def good(self, authorization: str) -> None:
        self.successResultOf(self.check(authorization))

    def refused(self, authorization: str | None) -> str:
        failure = self.failureResultOf(self.check(authorization), Unauthorized)
        text: str = failure.getErrorMessage()
        return text


class TokenTests(BearerTestCase):
    """
    Which tokens are good.
    """

    def test_good(self) -> None:
        """
        A token of the issuer for our resource is good; the scheme may be written
        in any case.
        """
        self.good(bearer())
        self.good(bearer().replace("Bearer", "bearer"))

    def test_missing(self) -> None:
        """
        Without a bearer token nobody comes in, and nobody is asked for keys.
        """
        for authorization in (None, "", "Bearer", "Bearer ", "Basic abc", "abc"):
            self.assertEqual(self.refused(authorization), "no bearer token")
        self.refused("Bearer rubbish")
        self.refused("Bearer a.b.c")
        self.assertEqual(self.issuer.fetches, 0)

    def test_claims(self) -> None:
        """
        Each claim must be there and be right.
        """
        for changes in (
            {"aud": "other"},
            {"iss": "https://other.example.com"},
            {"exp": None},
            {"aud": None},
            {"iss": None},
            {"exp": "soon"},
            {"exp": [1]},
        ):
            self.refused(bearer(**changes))

    def test_times(self) -> None:
        """
        A token is good from its beginning to its end, by our clock, with a minute
        of leeway for the difference of clocks.
        """
        self.assertIn("expired", self.refused(bearer(exp=940)))
        self.good(bearer(exp=941))
        self.assertIn("not valid yet", self.refused(bearer(nbf=1061)))
        self.good(bearer(nbf=1060))
        self.good(bearer(nbf=None))

    def test_forged(self) -> None:
        """
        A token with the issuer's key id and another's signature is refused; so is
        one that nobody signed, or that is signed with what everybody knows.
        """
        other = bearer("k9").removeprefix("Bearer ")
        self.assertIn("not the issuer's", self.refused(f"Bearer {other}"))
        head = bearer().split(".")[0]
        body, signature = other.split(".")[1:]
        self.refused(f"{head}.{body}.{signature}")
        self.refused(bearer("k1", "none", ""))
        self.refused(bearer("k1", "HS256", "x" * 32))

    def test_key_id(self) -> None:
        """
        A token without a key id, or with an odd one, is refused.
        """
        for header in ({}, {"kid": ["k1"]}, {"kid": {"a": 1}}):
            claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": 1300}
            parts = jwt.encode(claims, "x" * 32, "HS256").split(".")
            head = jwt.utils.base64url_encode(
                str({"alg": "RS256", **header}).replace("'", '"').encode()
            ).decode()
            self.refused(f"Bearer {head}.{parts[1]}.{parts[2]}")


class KeysTests(BearerTestCase):
    """
    Where the keys come from.
    """

    def test_cached(self) -> None:
        """
        Keys are fetched once an hour.
        """
        for _ in range(5):
            self.good(bearer())
        self.assertEqual(self.issuer.fetches, 1)
        self.reactor.advance(KEYS_LIVE)
        self.good(bearer(exp=9999))
        self.assertEqual(self.issuer.fetches, 2)

    def test_rotation(self) -> None:
        """
        A new key of the issuer is fetched when a token needs it.
        """
        self.good(bearer())
        self.issuer.names = ["k2"]
        self.reactor.advance(FETCH_PAUSE)
        self.good(bearer("k2"))
        self.refused(bearer("k1"))

    def test_made_up_key_ids(self) -> None:
        """
        Strangers who make up key ids do not make us ask the issuer each time.
        """
        self.good(bearer())
        for _ in range(20):
            self.reactor.advance(1)
            self.refused(bearer("k9"))
        self.assertLessEqual(self.issuer.fetches, 1 + 20 / FETCH_PAUSE)

    def test_no_keys(self) -> None:
        """
        Where keys cannot be had nobody can tell, and that is not the sender's
        fault; when the issuer is back, tokens are good again.
        """
        for broken in (500, 404, b"", b"[]", b"{}", b'{"jwks_uri":7}', b'{"keys":[]}'):
            self.issuer.broken = broken
            self.failureResultOf(self.check(bearer(exp=9999)), KeysUnavailable)
            self.reactor.advance(FETCH_PAUSE)
        self.issuer.broken = None
        self.good(bearer(exp=9999))

    def test_stale_keys_stay(self) -> None:
        """
        While the issuer is away the keys that we have stay good.
        """
        self.good(bearer())
        self.reactor.advance(KEYS_LIVE)
        self.issuer.broken = 503
        self.good(bearer(exp=9999))

    def test_unreachable(self) -> None:
        """
        An issuer that cannot be reached is an expected trouble.
        """
        http: Any = Unreachable()
        check = BearerCheck(http, self.reactor, self.reactor.seconds, ISSUER, OPENID)
        self.failureResultOf(check.check(bearer(), AUDIENCE), KeysUnavailable)

    def test_silent(self) -> None:
        """
        An issuer that does not answer is given up in time.
        """
        self.issuer.silent = True
        checking = self.check(bearer())
        self.assertNoResult(checking)
        self.reactor.advance(FETCH_SECONDS)
        self.failureResultOf(checking, KeysUnavailable)
        self.assertNoTimers()

    def test_together(self) -> None:
        """
        Requests that come while keys are being fetched wait for the same answer.
        """
        self.issuer.silent = True
        checks = [self.check(bearer()) for _ in range(3)]
        self.issuer.let_go()
        self.http.flush()
        for checking in checks:
            self.successResultOf(checking)
        self.assertEqual(self.issuer.fetches, 1)

    def test_one_goes_away(self) -> None:
        """
        A request that goes away does not take the keys from the others.
        """
        self.issuer.silent = True
        checks = [self.check(bearer()) for _ in range(3)]
        for gone in checks[:2]:
            gone.cancel()
            self.failureResultOf(gone, CancelledError)
        self.issuer.let_go()
        self.http.flush()
        self.successResultOf(checks[2])
