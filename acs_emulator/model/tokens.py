"""
The service's own signature: bearer tokens on callbacks and media sockets, and
the OpenID documents with which they are checked.

Claims and lifetimes after "Secure webhook endpoint" and "Audio streaming" in
the call automation docs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

#: Seconds; one token for each event.
CALLBACK_LIFETIME = 5 * 60
#: Seconds; one token for each connection.
MEDIA_LIFETIME = 24 * 3600

CONFIGURATION_PATH = "/calling/.well-known/acsopenidconfiguration"
KEYS_PATH = "/calling/keys"


@dataclass(kw_only=True)
class Issuer:
    """
    Signs tokens, and tells the world how to check them.

    @ivar name: the C{iss} claim.
    @ivar base_url: where the OpenID documents are served.
    @ivar audience: the C{aud} claim.
    """

    name: str
    base_url: str
    audience: str
    key_id: str
    private_key: RSAPrivateKey = field(repr=False)

    def rotate(self, key_id: str, private_key: RSAPrivateKey) -> None:
        """
        Sign with another key from now on; the old one is not published any
        more, so that an application that keeps keys must fetch them anew.
        """
        self.key_id, self.private_key = key_id, private_key

    def token(self, now: float, lifetime: float) -> str:
        """
        @param now: seconds since the epoch.
        """
        claims = {
            "iss": self.name,
            "aud": self.audience,
            "iat": int(now),
            "nbf": int(now),
            "exp": int(now + lifetime),
        }
        return jwt.encode(
            claims, self.private_key, algorithm="RS256", headers={"kid": self.key_id}
        )

    def configuration(self) -> dict[str, Any]:
        """
        @return: the OpenID configuration.
        """
        return {
            "issuer": self.name,
            "jwks_uri": self.base_url + KEYS_PATH,
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
        }

    def keys(self) -> dict[str, Any]:
        """
        @return: the JSON Web Key Set.
        """
        public = self.private_key.public_key()
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public))
        key.pop("key_ops", None)
        return {"keys": [{**key, "kid": self.key_id, "use": "sig", "alg": "RS256"}]}
