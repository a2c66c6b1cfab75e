"""
Identities of the resource: users that are made and deleted at run time, and
their access tokens.

Operations, bodies and limits after the generated client of
C{azure-communication-identity} 1.5.0; claims of tokens and texts of errors are
inferred.  Nobody here accepts such a token: there is no calling client.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import Refusal, bad_request, wrong_body
from .fields import Check, record
from .wire_time import callback_time

API_VERSIONS = frozenset({"2021-03-07", "2022-06-01", "2022-10-01", "2023-10-01"})
SCOPES = ("chat", "voip", "chat.join", "chat.join.limited", "voip.join")
#: Minutes; the longest is the default.
_SHORTEST, _LONGEST = 60, 1440


@dataclass(frozen=True, kw_only=True)
class TokenRequest:
    """
    @ivar scopes: none: no token is wanted.
    """

    scopes: tuple[str, ...]
    minutes: int


def parse_token_request(body: Any, scopes_field: str, *, strict: bool) -> TokenRequest:
    """
    @param scopes_field: C{scopes}, which is required, or
        C{createTokenWithScopes}, which is not.

    @raise Refusal: 400 with everything that is wrong.
    """
    required: dict[str, Check] = {}
    optional: dict[str, Check] = {"expiresInMinutes": _minutes}
    (required if scopes_field == "scopes" else optional)[scopes_field] = _scopes
    given = {} if body is None else body
    problems = record(required, optional, strict=strict)(given, "")
    if not problems and "scopes" in required and not given["scopes"]:
        problems = ["scopes must hold at least one scope"]
    if problems:
        raise wrong_body(problems)
    return TokenRequest(
        scopes=tuple(str(scope).lower() for scope in given.get(scopes_field) or ()),
        minutes=given.get("expiresInMinutes") or _LONGEST,
    )


def unknown_fields(body: Any, scopes_field: str) -> list[str]:
    """
    @return: what a strict service refuses of a body that was let pass.
    """
    known = {"expiresInMinutes", scopes_field}
    return [f"{name} is not a known field" for name in body or () if name not in known]


def _scopes(value: Any, where: str) -> list[str]:
    if isinstance(value, list) and all(str(v).lower() in SCOPES for v in value):
        return []
    return [f"{where} must be a list of {', '.join(SCOPES)}"]


def _minutes(value: Any, where: str) -> list[str]:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and _SHORTEST <= value <= _LONGEST:
        return []
    return [f"{where} must be a whole number from {_SHORTEST} to {_LONGEST}"]


@dataclass
class Identities:
    """
    @ivar users: raw ids of the resource's users, shared with it; what is made
        here can be called at once.
    @ivar sign: makes a token of claims.
    """

    immutable_id: str
    users: list[str]
    new_id: Callable[[], str]
    sign: Callable[[Mapping[str, Any]], str] = field(repr=False)
    _expiries: dict[str, list[float]] = field(default_factory=dict, repr=False)

    def create(self, request: TokenRequest, now: float) -> dict[str, Any]:
        """
        @return: a new user, with a token if one is wanted.
        """
        user = f"8:acs:{self.immutable_id}_{self.new_id()}"
        self.users.append(user)
        body: dict[str, Any] = {"identity": {"id": user}}
        if request.scopes:
            body["accessToken"] = self.issue(user, request, now)
        return body

    def issue(self, user: str, request: TokenRequest, now: float) -> dict[str, str]:
        """
        @raise Refusal: 404 if there is no such user.
        """
        self._check(user)
        expires = int(now) + 60 * request.minutes
        self._expiries.setdefault(user, []).append(expires)
        token = self.sign(
            {
                "skypeid": user.removeprefix("8:"),
                "scp": 1792,
                "csi": str(int(now)),
                "iat": int(now),
                "exp": expires,
                "acsScope": ",".join(request.scopes),
                "resourceId": self.immutable_id,
            }
        )
        return {"token": token, "expiresOn": callback_time(expires)}

    def revoke(self, user: str) -> None:
        """
        Take back all tokens of a user.

        @raise Refusal: 404 if there is no such user.
        """
        self._check(user)
        self._expiries.pop(user, None)

    def delete(self, user: str) -> None:
        """
        Nobody can call this user any more.

        @raise Refusal: 404 if there is no such user.
        """
        self.revoke(user)
        self.users.remove(user)

    def tokens(self, now: float) -> Sequence[Mapping[str, Any]]:
        """
        @return: how many good tokens each user has.
        """
        return [
            {
                "id": user,
                "tokens": sum(when > now for when in self._expiries.get(user, ())),
            }
            for user in self.users
        ]

    def _check(self, user: str) -> None:
        if user not in self.users:
            raise Refusal(404, "NotFound", "There is no such identity.")


def check_identity_version(version: str | None) -> None:
    """
    @raise Refusal: 400 without a version, or with one that there is not;
        inferred.
    """
    if version not in API_VERSIONS:
        known = ", ".join(sorted(API_VERSIONS))
        raise bad_request(f"api-version must be one of {known}.")
