"""
What the two REST APIs, call automation and identity, have in common on the wire.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from twisted.web.iweb import IRequest

from ..errors import bad_request
from ..model.hmac_auth import SignedRequest


def read_signed(request: IRequest) -> SignedRequest:
    """
    @return: the request as it came, ready for the check of its signature.
    """
    headers = {
        name.decode("latin-1").lower(): values[0].decode("latin-1")
        for name, values in request.requestHeaders.getAllRawHeaders()
    }
    return SignedRequest(
        method=request.method.decode("ascii"),
        target=request.uri.decode("latin-1"),
        headers=headers,
        body=request.content.read(),
    )


def read_version(request: IRequest) -> str | None:
    """
    @return: the C{api-version} of the query.
    """
    versions = request.args.get(b"api-version", [])
    return versions[0].decode("latin-1") if versions else None


def read_json(body: bytes) -> Any:
    """
    @return: L{None} for no body.

    @raise Refusal: 400 if it is not JSON.
    """
    if not body:
        return None
    try:
        return parse_json(body)
    except ValueError as e:
        raise bad_request(f"The body is {e}.") from None


def parse_json(body: bytes) -> Any:
    """
    @raise ValueError: with what it is instead.
    """
    try:
        given = json.loads(body)
        # Half of a surrogate pair can be written in JSON, and nowhere else.
        json.dumps(given, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("not text: it has half of a surrogate pair") from None
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    return given


def write_json(request: IRequest, status: int, body: Mapping[str, Any] | None) -> bytes:
    """
    @param body: L{None} for none.
    """
    request.setResponseCode(status)
    echo = request.getHeader("x-ms-return-client-request-id")
    client_id = request.getHeader("x-ms-client-request-id")
    if client_id is not None and echo is not None and echo.lower() == "true":
        request.setHeader("x-ms-client-request-id", client_id)
    if body is None:
        return b""
    request.setHeader("Content-Type", "application/json; charset=utf-8")
    return json.dumps(body).encode("utf-8")
