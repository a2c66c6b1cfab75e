"""
What travels with the caller: to the gateway, and back.

Core.  Limits from Microsoft Learn, "Pass contextual data between calls".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from acsgw.acs.custom_context import length

from .errors import BadHeaders
from .settings import RETURNED_NAMES, Gateway

MAX_HEADERS, MAX_NAME, MAX_VALUE = 1000, 64, 1024


def headers_to_agent(
    gateway: Gateway,
    identity: str,
    conversation_id: str,
    handovers: int,
    *variables: Mapping[str, str],
) -> dict[str, str]:
    """
    @param identity: raw id of the IVR, for the way back.
    @param handovers: this one included.
    @param variables: what is known of the caller; later ones go first.

    @return: C{voipHeaders}.

    @raise BadHeaders: if Azure would refuse them; names the offending one.
    """
    reserved = {
        gateway.return_identity_header: identity,
        gateway.conversation_header: conversation_id,
        "handovers": str(handovers),
    }
    taken = {name.lower() for name in (*reserved, *RETURNED_NAMES)}
    headers = {
        name: value
        for given in (gateway.variables, *variables)
        for name, value in given.items()
        if name.lower() not in taken
    }
    headers.update(reserved)
    check_headers(headers)
    return headers


def check_headers(headers: Mapping[str, object]) -> None:
    """
    @raise BadHeaders: if Azure would refuse them.
    """
    if len(headers) > MAX_HEADERS:
        raise BadHeaders(f"{len(headers)} variables; at most {MAX_HEADERS} can travel")
    for name, value in headers.items():
        if not name or length(name) > MAX_NAME:
            raise BadHeaders(
                f"variable {name[:MAX_NAME]!r}: its name has {length(name)} characters,"
                f" not 1 to {MAX_NAME}"
            )
        if not isinstance(value, str):
            raise BadHeaders(f"variable {name!r}: is not a string")
        if length(value) > MAX_VALUE:
            raise BadHeaders(
                f"variable {name!r}: {length(value)} characters are more than"
                f" {MAX_VALUE}"
            )


def reserved_value(headers: Mapping[str, str], name: str) -> str:
    """
    @return: a header with a meaning of its own, whatever its case; empty if it is
        not there.
    """
    wanted = name.lower()
    return next((v for k, v in headers.items() if k.lower() == wanted), "")


def earlier_handovers(headers: Mapping[str, str]) -> int:
    """
    @return: what the header says; 0 if it makes no sense.
    """
    text = reserved_value(headers, "handovers")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def plain_variables(headers: Mapping[str, str], gateway: Gateway) -> dict[str, str]:
    """
    @return: those without a meaning of their own.
    """
    own = {
        gateway.return_identity_header.lower(),
        gateway.conversation_header.lower(),
        *(name.lower() for name in RETURNED_NAMES),
    }
    return {name: value for name, value in headers.items() if name.lower() not in own}


def is_from(url: str, origin: str | None) -> bool:
    """
    Is the URL one of the gateway's?  Anything else is not fetched: who can send
    headers must not be able to make us ask others.
    """
    try:
        given, wanted = urlsplit(url), urlsplit(origin or "")
        return bool(wanted.hostname) and (
            (given.scheme, given.hostname, given.port, given.username)
            == (wanted.scheme, wanted.hostname, wanted.port, None)
            and f"{given.path}/".startswith(f"{wanted.path}/")
        )
    except ValueError:
        return False


def parse_variables(body: bytes) -> dict[str, str]:
    """
    @param body: what C{variablesUrl} answered.

    @raise ValueError: if it is not a JSON object.
    """
    try:
        given = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(given, dict):
        raise ValueError("not a JSON object")
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in given.items()
        if value is not None
    }
