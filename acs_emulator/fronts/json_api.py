"""
What all parts of the control API have in common: JSON in, JSON out, from this
machine only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest

from ..errors import (
    BadCall,
    BadFault,
    BadScript,
    BadSubscription,
    BadWav,
    HandshakeFailed,
    NobodyListens,
    NoSuchCall,
    NoVoice,
)
from .signed_requests import parse_json

_STATUS = {
    BadCall: 400,
    BadFault: 400,
    BadScript: 400,
    BadSubscription: 400,
    BadWav: 400,
    HandshakeFailed: 422,
    NobodyListens: 409,
    NoSuchCall: 404,
    NoVoice: 400,
}
_LOOPBACK = ("127.", "::1", "::ffff:127.")


class Forbidden(Exception):
    """
    The request does not come from a program on this machine.
    """


def local_only(request: IRequest) -> None:
    """
    @raise Forbidden: unless the request comes from a program on this machine.
    """
    address = request.getClientAddress()
    is_ip = isinstance(address, IPv4Address | IPv6Address)
    if is_ip and not address.host.startswith(_LOOPBACK):
        raise Forbidden("the control API is for this machine only")
    if request.getHeader("origin") is not None:
        raise Forbidden("the control API is not for web pages")


def is_local_name(host: str) -> bool:
    """
    @param host: a name or an address, in lower case.

    @return: can it mean nothing but this machine?
    """
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(request: IRequest) -> str:
    """
    @return: for whom the client took us: without port, in lower case; empty if it
        does not say so in a way that can be understood.
    """
    try:
        return urlsplit(f"//{request.getHeader('host') or ''}").hostname or ""
    except ValueError:
        return ""


def json_body(request: IRequest) -> dict[str, Any]:
    """
    @raise BadCall: if the body is not an object.
    """
    try:
        given = parse_json(request.content.read())
    except ValueError as e:
        raise BadCall(f"the body is {e}") from None
    if not isinstance(given, dict):
        raise BadCall("the body is not a JSON object")
    return given


def reply(request: IRequest, status: int, body: Mapping[str, Any]) -> bytes:
    """
    @return: the body, as bytes.
    """
    request.setResponseCode(status)
    request.setHeader("Content-Type", "application/json")
    return json.dumps(body).encode("utf-8")


def reply_failure(request: IRequest, failure: Failure, log: Logger) -> bytes:
    """
    @return: what a request is answered that could not be served.
    """
    error = failure.value
    status = _STATUS.get(type(error))
    if status is not None:
        return reply(request, status, {"error": str(error)})
    if isinstance(error, Forbidden):
        return reply(request, 403, {"error": str(error)})
    code = getattr(error, "code", None)  # Klein's own: 404, 405
    if isinstance(code, int):
        return reply(request, code, {"error": "no such thing here"})
    log.failure("control request failed", failure)
    return reply(request, 500, {"error": "internal error"})
