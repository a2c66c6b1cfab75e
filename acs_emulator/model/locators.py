"""
C{callLocator}: how an application names a call that it has no connection to.

Kinds and fields are those of C{CallLocator} in C{azure-communication-callautomation}
1.6.0.  Inferred: the errors, and that the id of a group must be a GUID, as the
calling SDKs want it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import Refusal, bad_request

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: By kind, in lower case, the field that belongs to it.
_FIELDS = {
    "servercalllocator": "serverCallId",
    "groupcalllocator": "groupCallId",
    "roomcalllocator": "roomId",
}


@dataclass(frozen=True, kw_only=True)
class Locator:
    """
    One of the three is set.

    @ivar group_id: in lower case.
    """

    connection_id: str | None = None
    server_call_id: str | None = None
    group_id: str | None = None


def parse_locator(given: Mapping[str, Any]) -> Locator:
    """
    @param given: C{callLocator}; its fields have the right types.

    @raise Refusal: 400, if it does not say where; 404 for rooms, of which there is
        none.
    """
    kind = str(given.get("kind") or "serverCallLocator")
    name = _FIELDS.get(kind.lower())
    if name is None:
        raise bad_request(f"callLocator.kind {kind} is not known.")
    found = given.get(name)
    if not found:
        raise bad_request(f"callLocator.{name} is required for a {kind}.")
    others = [other for other in _FIELDS.values() if other != name and given.get(other)]
    if others:
        raise bad_request(f"callLocator.{others[0]} does not belong to a {kind}.")
    if name == "serverCallId":
        return Locator(server_call_id=found)
    if name == "roomId":
        raise Refusal(
            404,
            "8522",
            "Room not found: rooms are made by an API that is not emulated; use "
            "groupCallId or serverCallId.",
        )
    if not _GUID.fullmatch(found.lower()):
        raise bad_request("callLocator.groupCallId must be a GUID.")
    return Locator(group_id=found.lower())


def recording_locator(body: Mapping[str, Any]) -> Locator:
    """
    @param body: a C{StartCallRecordingRequest}.

    @raise Refusal: as L{parse_locator}; and 400, if it names no call, or two.
    """
    given, connection_id = body.get("callLocator"), body.get("callConnectionId")
    if (given is None) is (connection_id is None):
        raise bad_request("Either callLocator or callConnectionId is required.")
    if given is None:
        return Locator(connection_id=connection_id)
    return parse_locator(given)
