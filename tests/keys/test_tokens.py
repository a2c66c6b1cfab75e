"""
Tests for L{acsgw.keys.tokens}.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

import jwt
from hypothesis import given, settings, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acsgw.errors import Unauthorized
from acsgw.interfaces import SigningKey
from acsgw.keys.file_ring import FileKeyRing
from acsgw.keys.tokens import Claims, Purpose, check, mint

OLD = SigningKey("old", b"o" * 32)
NEW = SigningKey("new", b"n" * 32)
RING = FileKeyRing(NEW, {"old": OLD, "new": NEW})

CLAIMS = Claims("c1", "main")


def forged(key: SigningKey = NEW, algorithm: str = "HS256", **changes: Any) -> str:
    """
    A token like ours, but for the changes; C{None} leaves a claim out.
    """
    payload = {
        "iss": "acsgw",
        "aud": "acsgw:media",
        "sub": "c1",
        "acc": "main",
        "exp": 1030.0,
        **changes,
    }
    present = {name: value for name, value in payload.items() if value is not None}
    return jwt.encode(present, key.secret, algorithm, headers={"kid": key.key_id})


class TokenTests(SynchronousTestCase):
    """
    Tests for L{mint} and L{check}.
    """

    def refused(self, token: str, call_id: str = "c1", now: float = 1000.0) -> str:
        """
        @return: why.
        """
        with self.assertRaises(Unauthorized) as caught:
            check(RING, Purpose.MEDIA, call_id, token, now)
        return str(caught.exception)

    def test_good(self) -> None:
        """
        What was minted for a call opens that call, and tells its account.
        """
        for purpose in Purpose:
            token = mint(RING, purpose, CLAIMS, 1000.0)
            self.assertEqual(check(RING, purpose, "c1", token, 1001.0), CLAIMS)

    def test_like_ours(self) -> None:
        """
        The forger of these tests makes a token that would be good.
        """
        self.assertEqual(check(RING, Purpose.MEDIA, "c1", forged(), 1000.0), CLAIMS)

    def test_lifetimes(self) -> None:
        """
        Media tokens live for 30 seconds, callback tokens for 3 hours, those for kept
        variables for one.
        """
        for purpose, lifetime in (
            (Purpose.MEDIA, 30),
            (Purpose.CALLBACK, 10800),
            (Purpose.VARIABLES, 3600),
        ):
            token = mint(RING, purpose, CLAIMS, 1000.5)
            last = 1000.5 + lifetime
            check(RING, purpose, "c1", token, last - 0.001)
            with self.assertRaises(Unauthorized):
                check(RING, purpose, "c1", token, last)

    def test_expired(self) -> None:
        """
        The log hears that a token has expired, and how long ago.
        """
        self.assertIn("expired 5 s ago", self.refused(forged(exp=995)))

    def test_other_call(self) -> None:
        """
        The token of one call does not open another.
        """
        self.assertIn("another call", self.refused(forged(), call_id="c2"))

    def test_other_purpose(self) -> None:
        """
        A token of the callback URL opens no media stream, and the reverse.
        """
        self.assertIn("udience", self.refused(mint(RING, Purpose.CALLBACK, CLAIMS, 0)))
        with self.assertRaises(Unauthorized):
            token = mint(RING, Purpose.MEDIA, CLAIMS, 1000)
            check(RING, Purpose.CALLBACK, "c1", token, 1000)

    def test_other_key(self) -> None:
        """
        A token signed with a secret that is not on the ring is refused, whether it
        names a key of ours or one that nobody knows.
        """
        self.refused(forged(SigningKey("new", b"x" * 32)))
        self.assertIn(
            "not on the ring", self.refused(forged(SigningKey("x", b"x" * 32)))
        )

    def test_key_of_before(self) -> None:
        """
        A token signed with an earlier key that is still on the ring is good.
        """
        check(RING, Purpose.MEDIA, "c1", forged(OLD), 1000.0)

    def test_algorithms(self) -> None:
        """
        Nothing but HS256 counts: not an unsigned token, not another hash.
        """
        unsigned = jwt.encode(
            {
                "iss": "acsgw",
                "aud": "acsgw:media",
                "sub": "c1",
                "acc": "main",
                "exp": 9e9,
            },
            "",
            "none",
            headers={"kid": "new"},
        )
        self.refused(unsigned)
        self.refused(forged(SigningKey("new", b"n" * 64), "HS512"))

    def test_claims_needed(self) -> None:
        """
        A genuine signature is not enough: each claim must be there and be ours.
        """
        for changes in (
            {"exp": None},
            {"sub": None},
            {"aud": None},
            {"acc": None},
            {"iss": None},
            {"iss": "somebody"},
            {"exp": "soon"},
            {"exp": [1]},
        ):
            self.refused(forged(**changes))

    def test_junk(self) -> None:
        """
        What is not a token at all is refused like a bad one.
        """
        deep = urlsafe_b64encode(b'{"kid":' + b"[" * 9000 + b"]" * 9000 + b"}")
        for junk in ("", ".", "..", "a.b.c", "\x00", "é.é.é", "e30.e30.e30"):
            self.refused(junk)
        self.refused(f"{deep.decode()}.e30.e30")

    @given(st.text(st.characters(codec="ascii"), max_size=80), st.integers(0, 400))
    @settings(derandomize=True, deadline=None, max_examples=100, database=None)
    def test_changed(self, noise: str, at: int) -> None:
        """
        A token with anything put into it is refused, never an error of ours.
        """
        token = forged()
        at %= len(token)
        changed = token[:at] + noise + token[at:]
        if changed != token:
            self.refused(changed)
