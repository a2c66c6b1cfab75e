"""
Who may speak to the REST API: requests signed with the access key.

The scheme is that of "Sign an HTTP request" in the Communication Services docs,
and of C{HMACCredentialsPolicy} in the Python SDK.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from hashlib import sha256

from ..errors import denied

#: Seconds; not documented for Communication Services, taken from App
#: Configuration, which has the same scheme.
CLOCK_SKEW = 15 * 60

_AUTHORIZATION = re.compile(
    r"HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=(\S+)"
)


@dataclass(frozen=True, kw_only=True)
class SignedRequest:
    """
    What the signature covers, as it came over the wire.

    @ivar target: path and query, percent-encoded as sent.
    @ivar headers: names in lower case.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def signature(access_key: str, request: SignedRequest) -> str:
    """
    @return: the one right signature of a request, base64.
    """
    headers = request.headers
    text = (
        f"{request.method}\n{request.target}\n"
        f"{headers.get('x-ms-date', '')};{headers.get('host', '')};"
        f"{headers.get('x-ms-content-sha256', '')}"
    )
    digest = hmac.digest(b64decode(access_key), text.encode("utf-8"), sha256)
    return b64encode(digest).decode("ascii")


def check_signature(access_key: str, request: SignedRequest, now: float) -> None:
    """
    @param now: seconds since the epoch.

    @raise Refusal: 401, if the request is not from somebody with the key, is
        too old or too new, or has another body than the one that was signed.
    """
    headers = request.headers
    match = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if match is None:
        raise denied("the Authorization header is missing or not of the right form")
    body_hash = b64encode(sha256(request.body).digest()).decode("ascii")
    if not _same(headers.get("x-ms-content-sha256", ""), body_hash):
        raise denied("x-ms-content-sha256 is not the hash of the body")
    if abs(_date(headers.get("x-ms-date", "")) - now) > CLOCK_SKEW:
        raise denied("x-ms-date is more than 15 minutes off")
    if not _same(match.group(1), signature(access_key, request)):
        raise denied("the signature is not that of this request with this key")


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8"), right.encode("utf-8"))


def _date(text: str) -> float:
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        raise denied("x-ms-date is not a date") from None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return when.timestamp()
