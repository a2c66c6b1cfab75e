"""
Secrets of others, kept so that whoever reads the settings does not learn them.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from dataclasses import dataclass, field

#: A secret this long cannot be guessed, so that a fast hash is enough; a slow one
#: would let strangers keep this process busy.
MIN_LENGTH = 20


@dataclass(frozen=True)
class SecretHash:
    """
    A salted SHA-256 of a machine-made secret.
    """

    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: str) -> SecretHash:
        """
        Hash a secret with a new salt.
        """
        salt = os.urandom(16)
        return cls(salt, _digest(salt, secret))

    @classmethod
    def parse(cls, text: str) -> SecretHash:
        """
        @raise ValueError: if it is not what L{__str__} gives.
        """
        if not re.fullmatch(r"sha256:[0-9a-f]{32}:[0-9a-f]{64}", text):
            raise ValueError(
                "is not a hashed secret (sha256:salt:digest); have one made by"
                " `acsgw hash-secret`"
            )
        _, salt, digest = text.split(":")
        return cls(bytes.fromhex(salt), bytes.fromhex(digest))

    def __str__(self) -> str:
        return f"sha256:{self.salt.hex()}:{self.digest.hex()}"

    def matches(self, secret: str) -> bool:
        """
        Compare in constant time.
        """
        return hmac.compare_digest(self.digest, _digest(self.salt, secret))


def _digest(salt: bytes, secret: str) -> bytes:
    return hashlib.sha256(salt + secret.encode("utf-8", "surrogateescape")).digest()
