"""
Who takes part in a call: phone numbers and users, in the forms of the wire.

A participant is known by its raw id (C{4:+14255550123}, C{8:acs:...}); the
grammar is that of C{azure.communication.callautomation}'s C{_shared.models}.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_E164 = re.compile(r"\+[1-9][0-9]{5,14}")
_ACS_USER = re.compile(r"8:acs:[0-9A-Za-z-]+_[0-9A-Za-z-]+")


def is_phone_number(text: str) -> bool:
    """
    Is this an E.164 number, plus sign and all?
    """
    return _E164.fullmatch(text) is not None


def is_user(text: str) -> bool:
    """
    Is this the raw id of a communication user?
    """
    return _ACS_USER.fullmatch(text) is not None


def raw_id_of_address(address: str) -> str:
    """
    @param address: what a person types: C{+1...}, C{anonymous} or C{8:acs:...}.

    @raise ValueError: for anything else.
    """
    if is_user(address):
        return address
    if address == "anonymous" or is_phone_number(address):
        return f"4:{address}"
    raise ValueError(
        f"{address!r} is neither a phone number such as +14255550123 "
        "nor a user such as 8:acs:..."
    )


def phone_number_of(raw_id: str) -> str | None:
    """
    @return: the number behind a raw id, or L{None} if it is not a phone's.
    """
    return raw_id[2:] if raw_id.startswith("4:") else None


def name_of(raw_id: str) -> str:
    """
    @return: what a person would call this participant.
    """
    return phone_number_of(raw_id) or raw_id


def identifier(raw_id: str) -> dict[str, Any]:
    """
    @return: the identifier as responses and events carry it, with C{kind}.
    """
    number = phone_number_of(raw_id)
    if number is not None:
        return {
            "kind": "phoneNumber",
            "rawId": raw_id,
            "phoneNumber": {"value": number},
        }
    return {
        "kind": "communicationUser",
        "rawId": raw_id,
        "communicationUser": {"id": raw_id},
    }


def participant_in(body: Mapping[str, Any]) -> str:
    """
    Like L{raw_id_in}, for somebody who is in the call already: who called without a
    number is C{4:anonymous}, and can be listened to, though not be called.
    """
    nobody = {"value": "anonymous"}
    if body.get("phoneNumber", nobody) == nobody and body.get("rawId") == "4:anonymous":
        return "4:anonymous"
    return raw_id_in(body)


def raw_id_in(body: Mapping[str, Any]) -> str:
    """
    Read an identifier of a request; it need not carry C{kind} or C{rawId}.

    @raise ValueError: if it names nobody, or two.
    """
    found = set()
    user, phone = body.get("communicationUser"), body.get("phoneNumber")
    if user is not None:
        found.add(str(user.get("id", "")))
    if phone is not None:
        found.add("4:" + str(phone.get("value", "")))
    if body.get("rawId") is not None:
        found.add(str(body["rawId"]))
    if len(found) != 1:
        raise ValueError("an identifier must name exactly one participant")
    (raw_id,) = found
    number = phone_number_of(raw_id)
    if not (is_user(raw_id) or (number is not None and is_phone_number(number))):
        raise ValueError(
            "only phone numbers and communication users of this resource are emulated"
        )
    return raw_id
