"""
What a request to Azure Resource Manager is about, by its path; and who may.

Paths, operations and API versions after the REST specifications of
C{Microsoft.EventGrid} (2022-06-15) and C{Microsoft.Communication} (2023-04-01);
the codes of errors after "Troubleshoot common Azure deployment errors".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from ..errors import Refusal

_GRID = "Microsoft.EventGrid"
_ACS = "Microsoft.Communication/communicationServices"
_GROUP = r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
_TOPICS = rf"{_GROUP}/providers/Microsoft\.EventGrid/systemTopics"
_TOPIC = rf"{_TOPICS}/(?P<topic>[^/]+)"
_SERVICE = (
    rf"{_GROUP}/providers/Microsoft\.Communication/communicationServices"
    r"/(?P<service>[^/]+)"
)
_EVENTS = r"/eventSubscriptions"
_OF_SERVICE = rf"{_SERVICE}/providers/Microsoft\.EventGrid{_EVENTS}"
_ACTION = r"/(?P<name>[^/]+)/(?P<action>getDeliveryAttributes|getFullUrl)"
_ALONE = r"/subscriptions/(?P<subscription>[^/]+)/providers/Microsoft\.EventGrid"

#: Path, methods, what it is, its type in the names of permissions.
_PATHS = tuple(
    (re.compile(path, re.IGNORECASE), methods, kind, permission)
    for path, methods, kind, permission in (
        (rf"{_ALONE}/systemTopics", "GET", "topics", f"{_GRID}/systemTopics"),
        (_TOPICS, "GET", "topics", f"{_GRID}/systemTopics"),
        (_TOPIC, "GET PUT DELETE", "topic", f"{_GRID}/systemTopics"),
        *(
            row
            for scope in (_TOPIC, _OF_SERVICE.removesuffix(_EVENTS))
            for row in (
                (
                    scope + _EVENTS,
                    "GET",
                    "events",
                    f"{_GRID}/eventSubscriptions",
                ),
                (
                    scope + _EVENTS + r"/(?P<name>[^/]+)",
                    "GET PUT PATCH DELETE",
                    "event",
                    f"{_GRID}/eventSubscriptions",
                ),
                (
                    scope + _EVENTS + _ACTION,
                    "POST",
                    "action",
                    f"{_GRID}/eventSubscriptions",
                ),
            )
        ),
        (_SERVICE, "GET", "service", _ACS),
        (rf"{_SERVICE}/(?P<action>listKeys)", "POST", "keys", _ACS),
        (
            rf"{_ALONE}/locations/[^/]+/operationsStatus/(?P<name>[^/]+)",
            "GET",
            "operation",
            f"{_GRID}/locations/operationsStatus",
        ),
    )
)
_VERSIONS = {
    _ACS: ("2023-03-31", "2023-04-01"),
    _GRID: ("2021-12-01", "2022-06-15", "2025-02-15"),
}
_VERBS = {"GET": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


@dataclass(frozen=True, kw_only=True)
class ArmRequest:
    """
    @ivar kind: C{topics}, C{topic}, C{events}, C{event}, C{action}, C{service},
        C{keys} or C{operation}.
    @ivar permission: what the caller needs, as Azure names it.
    @ivar topic: empty: the subscription hangs on the resource itself.
    @ivar name: of the event subscription, or of the operation.
    """

    method: str
    path: str
    kind: str
    permission: str
    subscription: str
    group: str = ""
    topic: str = ""
    service: str = ""
    name: str = ""
    action: str = ""


def parse_request(method: str, path: str, version: str | None) -> ArmRequest:
    """
    @raise Refusal: in Resource Manager's words.
    """
    for pattern, methods, kind, resource in _PATHS:
        found = pattern.fullmatch(path)
        if found is None:
            continue
        if method not in methods.split():
            raise Refusal(405, "MethodNotAllowed", f"{method} is not allowed here.")
        _check_version(version, resource)
        given = {k: unquote(v) for k, v in found.groupdict().items()}
        last = f"{given.get('action')}/action" if method == "POST" else _VERBS[method]
        permission = f"{resource}/{last}"
        return ArmRequest(
            method=method, path=path, kind=kind, permission=permission, **given
        )
    raise Refusal(
        404, "InvalidResourceType", "No such resource type is emulated at this path."
    )


def _check_version(version: str | None, resource: str) -> None:
    if version is None:
        raise Refusal(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required.",
        )
    known = _VERSIONS.get(resource) or _VERSIONS[_GRID]
    if version not in known:
        raise Refusal(
            400,
            "NoRegisteredProviderFound",
            f"No resource provider has api-version '{version}' of {resource}; there "
            f"are {', '.join(known)}.",
        )


def check_token(authorization: str | None, request: ArmRequest) -> None:
    """
    Any bearer token will do, but for two: C{reader} may only read, and C{nobody}
    may nothing.

    @raise Refusal: 401 without a token, 403 if the request is more than it allows.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refusal(
            401,
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
            {"WWW-Authenticate": 'Bearer authorization_uri="emulated"'},
        )
    forbidden = {"reader": request.method != "GET", "nobody": True}
    if forbidden.get(token.strip(), False):
        raise Refusal(
            403,
            "AuthorizationFailed",
            f"The client '{token.strip()}' does not have authorization to perform "
            f"action '{request.permission}' over scope '{request.path}'.",
        )
