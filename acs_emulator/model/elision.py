"""
What may be shown of the wire: secrets, tickets and audio are cut out of it.

Headers are shown by a list of those that are known to be harmless; of bodies
everything is shown but what is named here or looks like a token.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

#: Nothing in them lets anybody in.
_HARMLESS_HEADERS = frozenset(
    {
        *("accept", "allow", "connection", "content-length", "content-type"),
        *("date", "host", "origin", "retry-after", "server", "user-agent"),
        *("x-ms-date", "x-ms-content-sha256", "x-ms-client-request-id"),
        *("x-ms-return-client-request-id", "x-ms-call-connection-id"),
        "x-ms-call-correlation-id",
        *("repeatability-request-id", "repeatability-first-sent"),
        *("webhook-request-origin", "webhook-allowed-origin", "webhook-allowed-rate"),
    }
)
#: Values that are tickets, in lower case.
_SECRET_KEYS = frozenset(
    {
        *("incomingcallcontext", "accesskey", "access_key", "token", "authorization"),
        *("validationcode", "validationresponse", "validationurl", "password"),
        *("secret", "signature", "sharedkey", "connectionstring"),
    }
)
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_JWT = re.compile(r"[\w-]{8,}\.[\w-]{8,}\.[\w-]*")
_URL = re.compile(r"(?i)(https?|wss?)://")
#: Longer path segments than this may be tokens.
_LONGEST_SEGMENT = 24
#: Longer texts than this are not shown whole.
_LONGEST_TEXT = 600
_MOST_ITEMS = 1000


def elided(length: int) -> str:
    """
    @return: what stands in the place of something.
    """
    return f"(elided, {length} characters)"


def show_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """
    @return: with the values of all but harmless headers elided; names in lower
        case.
    """
    return {
        name.lower(): value if _harmless(name.lower()) else elided(len(value))
        for name, value in headers.items()
    }


def _harmless(name: str) -> bool:
    return name in _HARMLESS_HEADERS or name.startswith("aeg-")


def show_url(url: str) -> str:
    """
    @return: without user, query (but for C{api-version}) and what may be a
        token in the path.
    """
    try:
        parts = urlsplit(url)
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        return elided(len(url))
    host = "" if parts.hostname is None else f"{parts.scheme}://{parts.hostname}{port}"
    path = "/".join(map(_segment, parts.path.split("/")))
    version = re.search(r"(?:^|&)(api-version=[\w.-]{1,24})(?:&|$)", parts.query)
    if version is not None:
        path += "?" + version.group(1)
    elif parts.query:
        path += "?" + elided(len(parts.query))
    return host + path


def _segment(segment: str) -> str:
    short = len(segment) <= _LONGEST_SEGMENT
    head, colon, tail = segment.partition(":")
    guid = _GUID.fullmatch(head) is not None and len(tail) <= _LONGEST_SEGMENT
    named = colon == ":" and head.isalpha() and tail.isalpha()
    return segment if short or guid or named else elided(len(segment))


def show_json(value: Any) -> Any:
    """
    @param value: parsed JSON.

    @return: a copy without secrets and audio.
    """
    match value:
        case dict():
            return {
                str(key): _secret(item)
                if str(key).lower() in _SECRET_KEYS
                else show_json(item)
                for key, item in list(value.items())[:_MOST_ITEMS]
            }
        case list():
            return [show_json(item) for item in value[:_MOST_ITEMS]]
        case str():
            return show_text(value)
    return value


def _secret(value: Any) -> Any:
    return None if value is None else elided(len(str(value)))


def show_text(text: str) -> str:
    """
    @return: the text, if it is not long and not like a token.
    """
    if _URL.match(text):
        return show_url(text)
    if _JWT.fullmatch(text) and not re.fullmatch(r"[A-Z][A-Za-z.]+", text):
        return elided(len(text))
    return text if len(text) <= _LONGEST_TEXT else elided(len(text))


def show_media(message: Any) -> Any:
    """
    @param message: a control message of the media WebSocket, parsed.

    @return: as L{show_json}, without audio.
    """
    shown = show_json(message)
    if isinstance(shown, dict):
        for key, body in shown.items():
            if key.lower() == "audiodata" and isinstance(body, dict):
                for name in body:
                    if name.lower() == "data":
                        body[name] = _secret(body[name])
    return shown
