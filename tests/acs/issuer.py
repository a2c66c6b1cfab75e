"""
An issuer of bearer tokens, in memory.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    generate_private_key,
)
from jwt.algorithms import RSAAlgorithm
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

ISSUER = "https://issuer.example.com"
OPENID = "http://issuer.example.com/openid"
AUDIENCE = "6b5f2c1e-7a3d-4f0a-9c58-1d2e3f4a5b6c"


@cache
def key(name: str) -> RSAPrivateKey:
    """
    @return: a key pair for each name, made once for all tests.
    """
    return generate_private_key(public_exponent=65537, key_size=2048)


def bearer(
    name: str = "k1", algorithm: str = "RS256", secret: Any = None, **changes: Any
) -> str:
    """
    @return: an Authorization header, good at second 1000; C{None} leaves a claim
        out.
    """
    claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": 1300, "nbf": 1000, **changes}
    present = {claim: value for claim, value in claims.items() if value is not None}
    token = jwt.encode(
        present, key(name) if secret is None else secret, algorithm, {"kid": name}
    )
    return f"Bearer {token}"


class Issuer(Resource):
    """
    OpenID configuration and keys.

    @ivar names: of the keys that it shows.
    @ivar broken: what it answers instead: a status, or a body.
    @ivar silent: when set, nothing is answered.
    @ivar fetches: how often its keys were fetched.
    """

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.names = ["k1"]
        self.broken: int | bytes | None = None
        self.silent = False
        self.fetches = 0
        self.held: list[Any] = []

    def render_GET(self, request: Any) -> bytes | int:
        if self.silent:
            self.held.append(request)
            return NOT_DONE_YET
        return self._body(request)

    def let_go(self) -> None:
        """
        Answer what was held back.
        """
        self.silent = False
        held, self.held = self.held, []
        for request in held:
            request.write(self._body(request))
            request.finish()

    def _body(self, request: Any) -> bytes:
        if isinstance(self.broken, int):
            request.setResponseCode(self.broken)
            return b"{}"
        if self.broken is not None:
            return self.broken
        if request.path == b"/openid":
            return json.dumps({"jwks_uri": "http://issuer.example.com/keys"}).encode()
        self.fetches += 1
        keys = []
        for name in self.names:
            shown = json.loads(RSAAlgorithm.to_jwk(key(name).public_key()))
            keys.append({**shown, "kid": name, "use": "sig"})
        return json.dumps({"keys": keys}).encode()
