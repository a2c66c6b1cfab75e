"""
Is it really Azure who speaks?  The bearer tokens of its requests.

Source: Microsoft Learn, "Secure your Call Automation webhook": RS256, issuer
C{https://acscallautomation.communication.azure.com}, audience the immutable id of
the resource, keys by OpenID configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.web.error import SchemeNotSupported

from ..deferreds import returns_deferred
from ..errors import AcsgwError, Unauthorized as Unauthorized
from .http import HTTP, NOT_SENT, OUTCOME_UNKNOWN, in_a_line

#: Clocks may differ by so much, in seconds.
LEEWAY = 60.0

#: Seconds until keys are fetched anew.
KEYS_LIVE = 3600.0

#: Seconds between two fetches at least, whatever key ids strangers make up.
FETCH_PAUSE = 5.0

FETCH_SECONDS = 5.0


class KeysUnavailable(AcsgwError):
    """
    Azure's public keys cannot be fetched; not the sender's fault.
    """


def check_claims(
    token: str, keys: Mapping[str, Any], issuer: str, audience: str, now: float
) -> None:
    """
    @param keys: key id to public key.
    @param now: seconds since the epoch.

    @raise Unauthorized: with a reason for our log, not for the peer.
    """
    try:
        claims = jwt.decode(
            token,
            keys[jwt.get_unverified_header(token)["kid"]],
            algorithms=["RS256"],
            issuer=issuer,
            audience=audience,
            # PyJWT would ask the wall clock; we ask ours, below.
            options={
                "require": ["exp", "iss", "aud"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
        expires = float(claims["exp"])
        begins = float(claims.get("nbf", 0))
    except KeyError:
        raise Unauthorized("signed with a key that is not the issuer's") from None
    except (jwt.PyJWTError, ValueError, TypeError) as e:
        raise Unauthorized(f"bad bearer token: {e}") from None
    if expires + LEEWAY <= now:
        raise Unauthorized("bearer token has expired")
    if begins - LEEWAY > now:
        raise Unauthorized("bearer token is not valid yet")


@dataclass
class BearerCheck:
    """
    Checks bearer tokens of one issuer; keeps its keys.

    @ivar wall: seconds since the epoch.
    @ivar openid_configuration: URL of the issuer's OpenID configuration.
    """

    http: HTTP
    clock: IReactorTime
    wall: Callable[[], float]
    issuer: str
    openid_configuration: str
    _keys: dict[str, Any] = field(default_factory=dict)
    _fetched: float = float("-inf")
    _tried: float = float("-inf")
    _fetching: list[Deferred[None]] | None = None

    _log = Logger()

    @returns_deferred
    async def check(self, authorization: str | None, audience: str) -> None:
        """
        @param authorization: the header's value.

        @raise Unauthorized: with a reason for our log, not for the peer.
        @raise KeysUnavailable: if nobody can tell.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized("no bearer token")
        try:
            key_id = jwt.get_unverified_header(token).get("kid")
        except jwt.InvalidTokenError as e:
            raise Unauthorized(f"bad bearer token: {e}") from None
        if self._should_fetch(key_id):
            await self._fetch()
        if not self._keys:
            raise KeysUnavailable("no public keys of the issuer; see the log")
        check_claims(token, self._keys, self.issuer, audience, self.wall())

    def _should_fetch(self, key_id: object) -> bool:
        now = self.clock.seconds()
        if key_id in self._keys and now < self._fetched + KEYS_LIVE:
            return False
        return self._fetching is not None or now >= self._tried + FETCH_PAUSE

    async def _fetch(self) -> None:
        """
        Wait for the keys; requests that come meanwhile wait for the same answer.
        Each has a Deferred of its own: a request that goes away must not take the
        answer from the others.
        """
        waiting: Deferred[None] = Deferred()
        if self._fetching is not None:
            self._fetching.append(waiting)
        else:
            self._fetching = [waiting]
            Deferred.fromCoroutine(self._refresh()).addErrback(
                lambda failure: self._log.failure("fetching the issuer's keys", failure)
            )
        await waiting

    async def _refresh(self) -> None:
        """
        Get the keys.  When it fails the keys that we have stay good.
        """
        self._tried = self.clock.seconds()
        try:
            self._keys = await self._download()
            self._fetched = self.clock.seconds()
        except KeysUnavailable as e:
            self._log.warn("{error}", error=e)
        finally:
            waiters, self._fetching = self._fetching or [], None
            for waiter in waiters:
                if not waiter.called:  # its request may have gone away
                    waiter.callback(None)

    async def _download(self) -> dict[str, Any]:
        configuration = await self._get(self.openid_configuration)
        keys = await self._get(str(configuration.get("jwks_uri")))
        try:
            return {
                key.key_id: key.key
                for key in jwt.PyJWKSet.from_dict(keys).keys
                if key.key_id is not None
            }
        except (jwt.PyJWTError, AttributeError, TypeError) as e:
            raise KeysUnavailable(f"the issuer's keys are no JWKS: {e}") from None

    async def _get(self, url: str) -> dict[str, Any]:
        exchange = Deferred.fromCoroutine(self._exchange(url))
        try:
            answer = await exchange.addTimeout(FETCH_SECONDS, self.clock)
        except (*NOT_SENT, *OUTCOME_UNKNOWN, SchemeNotSupported, ValueError) as e:
            raise KeysUnavailable(f"{url}: {in_a_line(e)}") from e
        if not isinstance(answer, dict):
            raise KeysUnavailable(f"{url}: not a JSON object")
        return answer

    async def _exchange(self, url: str) -> Any:
        response = await self.http.request("GET", url)
        if response.code != 200:
            raise ValueError(f"HTTP {response.code}")
        return await response.json()
