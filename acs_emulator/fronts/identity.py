"""
The identity REST API, as C{azure-communication-identity} 1.5.0 speaks it.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from twisted.internet.interfaces import IReactorTime
from twisted.web.iweb import IRequest

from ..errors import Refusal, no_such_operation, wrong_body
from ..model.hmac_auth import SignedRequest, check_signature
from ..model.identities import (
    Identities,
    TokenRequest,
    check_identity_version,
    parse_token_request,
    unknown_fields,
)
from .rest_gate import Passage
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


#: The field with the scopes, by operation.
_SCOPES = {"create": "createTokenWithScopes", "issue": "scopes"}


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
        self, request: IRequest, signed: SignedRequest, passage: Passage
    ) -> bytes:
        """
        @raise Refusal: if it comes to nothing.
        """
        now = self._clock.seconds() + passage.clock_skew
        check_signature(self._access_key, signed, now)
        check_identity_version(read_version(request))
        path = signed.target.partition("?")[0]
        name, user, status = _find(signed.method, path)
        given = read_json(signed.body)
        body = self._perform(name, user, given)
        if name in _SCOPES and not self._strict:
            passage.let_pass(unknown_fields(given, _SCOPES[name]))
        return write_json(request, status, body)

    def _perform(self, name: str, user: str, body: Any) -> dict[str, Any] | None:
        now = self._clock.seconds()
        match name:
            case "create":
                wanted = self._wanted(name, body)
                return self._identities.create(wanted, now)
            case "issue":
                wanted = self._wanted(name, body)
                return dict(self._identities.issue(user, wanted, now))
            case "exchange":
                raise Refusal(501, "NotEmulated", "Teams users are not emulated.")
        if body is not None:
            raise wrong_body(["this operation has no body"])
        if name == "revoke":
            self._identities.revoke(user)
        else:
            self._identities.delete(user)
        return None

    def _wanted(self, name: str, body: Any) -> TokenRequest:
        return parse_token_request(body, _SCOPES[name], strict=self._strict)


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
        raise no_such_operation(405, f"{method} is not allowed here.")
    raise no_such_operation()
