"""
The tokens in the URLs that we give out: made for one call and one use.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import jwt

from ..errors import Unauthorized
from ..interfaces import IKeyRing

_ALGORITHM = "HS256"
_ISSUER = "acsgw"


class Purpose(Enum):
    """
    What a token opens; its value is the token's audience.

    The lifetimes of the first two are those of ASAPP's page on the integration with
    Azure Communication Services; that of the third is the longest that settings
    allow: what it opens is gone before.
    """

    MEDIA = "acsgw:media"
    CALLBACK = "acsgw:callback"
    VARIABLES = "acsgw:variables"

    @property
    def lifetime(self) -> float:
        """
        In seconds.
        """
        match self:
            case Purpose.MEDIA:
                return 30.0
            case Purpose.CALLBACK:
                return 3 * 3600.0
            case Purpose.VARIABLES:
                return 3600.0


@dataclass(frozen=True)
class Claims:
    """
    What a genuine token says.

    @ivar call_id: what it opens: a call's id, or a reference to variables.
    @ivar account: name of the account that the call came in for; it outlives the
        call in this process, so that a late event can still be acted upon.
    """

    call_id: str
    account: str


def mint(ring: IKeyRing, purpose: Purpose, claims: Claims, now: float) -> str:
    """
    @param now: seconds since the epoch.

    @return: a JWT signed with the current key of C{ring}.
    """
    key = ring.current()
    payload = {
        "iss": _ISSUER,
        "aud": purpose.value,
        "sub": claims.call_id,
        "acc": claims.account,
        "iat": int(now),
        "exp": now + purpose.lifetime,
    }
    return jwt.encode(payload, key.secret, _ALGORITHM, headers={"kid": key.key_id})


def check(
    ring: IKeyRing, purpose: Purpose, call_id: str, token: str, now: float
) -> Claims:
    """
    @param call_id: the call that the URL names.

    @raise Unauthorized: with a reason for our log, not for the peer.
    """
    try:
        key_id = jwt.get_unverified_header(token).get("kid")
        key = ring.find(key_id) if isinstance(key_id, str) else None
        if key is None:
            raise Unauthorized("token signed with a key that is not on the ring")
        payload = jwt.decode(
            token,
            key.secret,
            algorithms=[_ALGORITHM],
            audience=purpose.value,
            issuer=_ISSUER,
            # PyJWT would ask the wall clock; we ask ours, below.
            options={
                "require": ["exp", "sub", "aud", "iss"],
                "verify_exp": False,
                "verify_iat": False,
            },
        )
        expires = float(payload["exp"])
        claims = Claims(str(payload["sub"]), str(payload["acc"]))
    except (jwt.InvalidTokenError, KeyError, ValueError, TypeError) as e:
        raise Unauthorized(f"bad token: {e}") from None
    if not now < expires:  # NaN is no time
        raise Unauthorized(f"token has expired {now - expires:.0f} s ago")
    if claims.call_id != call_id:
        raise Unauthorized("token of another call")
    return claims
