"""
Tokens that a careful application refuses, and tokens of a service whose clock
is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from .tokens import Issuer

#: Seconds by which an expired token is.
_LONG_AGO = 3600.0
_SOMEBODY_ELSE = "00000000-0000-0000-0000-00000000dead"


@dataclass
class Forger:
    """
    Knows the real issuer, and a key that is not its own.

    @ivar new_key: makes a key that nobody knows.
    @ivar ahead: seconds by which the clock of those who check tokens is ahead of
        ours; not 0 where ours is moved by hand.
    """

    issuer: Issuer
    new_key: Callable[[], RSAPrivateKey] = field(repr=False)
    ahead: Callable[[], float] = lambda: 0.0
    _wrong_key: RSAPrivateKey | None = field(default=None, repr=False)

    def headers(
        self,
        headers: Mapping[str, str],
        fault: Mapping[str, Any],
        now: float,
        lifetime: float,
    ) -> dict[str, str]:
        """
        @param fault: with C{token} or C{clock_skew}, or neither.

        @return: the headers, with another bearer token if the fault says so.
        """
        token, skew = fault.get("token"), fault.get("clock_skew", 0.0)
        skew += self.ahead()
        if token is None and not skew:
            return dict(headers)
        rest = {k: v for k, v in headers.items() if k.lower() != "authorization"}
        if token == "none":
            return rest
        issuer, when = self.issuer, now + skew
        match token:
            case "expired":
                when -= lifetime + _LONG_AGO
            case "wrong_key":
                issuer = replace(issuer, private_key=self._another_key())
            case "wrong_audience":
                issuer = replace(issuer, audience=_SOMEBODY_ELSE)
            case "wrong_issuer":
                issuer = replace(issuer, name="https://somebody-else.invalid")
        return {**rest, "Authorization": f"Bearer {issuer.token(when, lifetime)}"}

    def _another_key(self) -> RSAPrivateKey:
        if self._wrong_key is None:
            self._wrong_key = self.new_key()
        return self._wrong_key

    def rotate(self, key_id: str, now: float) -> None:
        """
        Let the issuer sign with a new key from now on; the old one is not published
        any more, so that an application that keeps keys must fetch them anew.
        """
        self.issuer.rotate(key_id, self.new_key(), keep_old_until=now)
