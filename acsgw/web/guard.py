"""
Who may speak to us.

Three kinds of proof: the account's credentials (Event Grid), our own token in the
URL (media stream, callbacks, kept variables), Azure's bearer token (callbacks).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from ..acs.bearer import BearerCheck
from ..addresses import CALLBACKS, MEDIA, VARIABLES, read_token_path
from ..deferreds import returns_deferred
from ..errors import Forbidden, Unauthorized
from ..interfaces import IKeyRing
from ..keys.tokens import Claims, Purpose, check
from ..secret_hash import SecretHash

Peer = TypeVar("Peer")


@dataclass(frozen=True)
class Credentials:
    """
    What an account's subscriptions send with each event.
    """

    account: str
    api_id: str
    api_secret: SecretHash


class AccountCheck:
    """
    Which account speaks?
    """

    def __init__(self, credentials: list[Credentials]) -> None:
        self._by_id = {c.api_id: c for c in credentials}
        # For ids that nobody has: the comparison takes as long as for the others.
        self._nobody = SecretHash.of("")

    def check(self, api_id: str | None, api_secret: str | None) -> str:
        """
        @param api_id: header C{asapp-api-id}.
        @param api_secret: header C{asapp-api-secret}.

        @return: the account's name.

        @raise Unauthorized: with a reason for our log, not for the peer.
        """
        if not api_id or not api_secret:
            raise Unauthorized("asapp-api-id or asapp-api-secret is missing")
        known = self._by_id.get(api_id)
        matches = (known.api_secret if known else self._nobody).matches(api_secret)
        if known is None or not matches:
            raise Unauthorized("no account has this id and secret")
        return known.account


@dataclass(frozen=True)
class TokenCheck:
    """
    Checks the tokens in the URLs that we gave out.

    @ivar wall: seconds since the epoch.
    """

    ring: IKeyRing
    wall: Callable[[], float]

    def media(self, uri: str) -> Claims:
        """
        @raise Unauthorized: with a reason for our log, not for the peer.
        """
        return self._check(uri, MEDIA, Purpose.MEDIA)

    def callback(self, uri: str) -> Claims:
        """
        @raise Unauthorized: with a reason for our log, not for the peer.
        """
        return self._check(uri, CALLBACKS, Purpose.CALLBACK)

    def variables(self, uri: str) -> Claims:
        """
        @raise Unauthorized: with a reason for our log, not for the peer.
        """
        return self._check(uri, VARIABLES, Purpose.VARIABLES)

    def _check(self, uri: str, below: str, purpose: Purpose) -> Claims:
        given = read_token_path(uri, below)
        if given is None:
            raise Unauthorized("no token in the URL")
        now = self.wall()
        return check(self.ring, purpose, given.call_id, given.token, now)


@dataclass(frozen=True)
class CallbackCheck:
    """
    Callbacks carry two proofs: that the URL is ours, and that Azure calls it.

    @ivar audiences: account to the id of its resource.
    """

    tokens: TokenCheck
    bearer: BearerCheck
    audiences: Mapping[str, str] = field(default_factory=dict)

    @returns_deferred
    async def check(self, uri: str, authorization: str | None) -> Claims:
        """
        @raise Unauthorized: with a reason for our log, not for the peer.
        @raise KeysUnavailable: if nobody can tell.
        """
        claims = self.tokens.callback(uri)
        audience = self.audiences.get(claims.account)
        if audience is None:
            raise Forbidden(f"account {claims.account} is not served here")
        await self.bearer.check(authorization, audience)
        return claims


def claim_with(
    tokens: TokenCheck, claim: Callable[[str], Peer | None]
) -> Callable[[str, Mapping[str, str]], Peer]:
    """
    @param claim: given a call id, the peer of its media stream, L{None} if nobody
        holds the call; raises L{Forbidden} if it has been claimed before.

    @return: looks for the call of a media stream that comes in.
    """

    def claim_peer(uri: str, headers: Mapping[str, str]) -> Peer:
        claims = tokens.media(uri)
        peer = claim(claims.call_id)
        if peer is None:
            raise Forbidden(f"call {claims.call_id} is not (or no longer) held here")
        return peer

    return claim_peer
