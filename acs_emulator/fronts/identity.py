"""
The identity REST API, as C{azure-communication-identity} 1.5.0 speaks it.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from twisted.internet.interfaces import IReactorTime
from twisted.web.iweb import IRequest

from ..errors import Refusal, bad_request
from ..model.hmac_auth import SignedRequest, check_signature
from ..model.identities import (
    Identities,
    check_identity_version,
    parse_token_request,
)
from .signed_requests import read_json, read_version, write_json

_USER = r"/identities/(?P<user>[^/]+)"
#: Method, path, our name, status.
_OPERATIONS = (
    ("POST", r"/identities", "create", 201),
    ("DELETE", _USER, "delete", 204),
    ("POST", _USER + r"/:issueAccessToken", "issue", 200),
    ("POST", _USER + r"/:revokeAccessTokens", "revoke", 204),
    ("POST", r"/teamsUser/:exchangeAccessToken", "exchange", 200),
)


class IdentityFront:
    """
    Checks the signature, the version and the body; L{Identities} does the rest.
    """

    def __init__(
        self,
        identities: Identities,
        *,
        access_key: str,
        strict: bool,
        clock: IReactorTime,
    ) -> None:
        """
        @param access_key: base64.
        @param strict: refuse fields that are not known.
        """
        self._identities = identities
        self._access_key = access_key
        self._strict = strict
        self._clock = clock

    def serve(
        self, request: IRequest, signed: SignedRequest, clock_skew: float
    ) -> bytes:
        """
        @param clock_skew: seconds by which the clock that checks signatures is
            ahead.

        @raise Refusal: if it comes to nothing.
        """
        check_signature(self._access_key, signed, self._clock.seconds() + clock_skew)
        check_identity_version(read_version(request))
        path = signed.target.partition("?")[0]
        name, user, status = _find(signed.method, path)
        body = self._perform(name, user, read_json(signed.body))
        return write_json(request, status, body)

    def _perform(self, name: str, user: str, body: Any) -> dict[str, Any] | None:
        now = self._clock.seconds()
        match name:
            case "create":
                field = "createTokenWithScopes"
                wanted = parse_token_request(body, field, strict=self._strict)
                return self._identities.create(wanted, now)
            case "issue":
                wanted = parse_token_request(body, "scopes", strict=self._strict)
                return dict(self._identities.issue(user, wanted, now))
            case "exchange":
                raise Refusal(501, "NotEmulated", "Teams users are not emulated.")
        if body is not None:
            raise bad_request("this operation has no body.")
        if name == "revoke":
            self._identities.revoke(user)
        else:
            self._identities.delete(user)
        return None


def identity_operation(signed: SignedRequest) -> str:
    """
    @return: short name of what is asked for; empty: nothing that is known.
    """
    try:
        return _find(signed.method, signed.target.partition("?")[0])[0]
    except Refusal:
        return ""


def _find(method: str, path: str) -> tuple[str, str, int]:
    known_path = False
    for verb, pattern, name, status in _OPERATIONS:
        match = re.fullmatch(pattern, path)
        if match is not None and verb == method:
            return name, unquote(match.groupdict().get("user", "")), status
        known_path = known_path or match is not None
    if known_path:
        raise Refusal(405, "MethodNotAllowed", f"{method} is not allowed here.")
    raise Refusal(404, "NotFound", "There is no such operation.")
