"""
What all parts of the control API have in common: JSON in, JSON out, and only
for programs on this machine.
"""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.web.iweb import IRequest

from ..errors import BadCall

_LOOPBACK = ("127.", "::1", "::ffff:127.")


class Forbidden(Exception):
    """
    The request does not come from a program on this machine.
    """


def local_only(request: IRequest) -> None:
    """
    @raise Forbidden: if it comes from elsewhere, or from a web page.
    """
    address = request.getClientAddress()
    is_ip = isinstance(address, IPv4Address | IPv6Address)
    if is_ip and not address.host.startswith(_LOOPBACK):
        raise Forbidden("the control API is for this machine only")
    if request.getHeader("origin") is not None:
        raise Forbidden("the control API is not for web pages")


def json_body(request: IRequest) -> dict[str, Any]:
    """
    @raise BadCall: if the body is not a JSON object.
    """
    try:
        given = json.loads(request.content.read())
    except ValueError:
        raise BadCall("the body is not JSON") from None
    if not isinstance(given, dict):
        raise BadCall("the body is not a JSON object")
    return given


def reply(request: IRequest, status: int, body: dict[str, Any]) -> bytes:
    """
    @return: the body of the answer.
    """
    request.setResponseCode(status)
    request.setHeader("Content-Type", "application/json")
    return json.dumps(body).encode("utf-8")
