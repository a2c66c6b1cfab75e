"""
What single settings of agents on the network may be.

Each raises L{ValueError} with what is wrong and the way out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ..agent.twilio.parameters import FACTS, LIMIT
from .values import text


def stream_url(insecure: bool) -> Callable[[object], str]:
    def parse(value: object) -> str:
        given = text(value)
        scheme, found, rest = given.partition("://")
        host = re.split(r"[/:?]", rest.rpartition("@")[2])[0]
        if not found or scheme not in {"ws", "wss"} or not host:
            # It is not shown: it may carry a secret.
            raise ValueError("is not a wss:// address")
        if scheme == "ws" and not insecure and not is_here(given):
            raise ValueError(
                "is ws://, so everybody on the way could hear callers; use wss://, or"
                " set insecure = true"
            )
        return given

    return parse


def is_here(address: str) -> bool:
    return bool(re.match(r"\w+://(127\.[0-9.]+|localhost|\[::1\])([:/?]|$)", address))


def one_of(*words: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        given = text(value)
        if given not in words:
            raise ValueError(f"{given!r} is none of {', '.join(words)}")
        return given

    return parse


def texts(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError('is not a table; write { name = "text" }')
    for name, given in value.items():
        if not isinstance(given, str) or re.search(r"[\r\n]", name + given):
            raise ValueError(f"{name}: is not a text of one line; put it into quotes")
    return dict(value)


def parameters(value: object) -> dict[str, str]:
    given = texts(value)
    for name, template in given.items():
        if len(name) + len(template) >= LIMIT:
            raise ValueError(
                f"{name}: name and value have {LIMIT} characters or more, which the"
                " stream cannot carry"
            )
        for fact in re.findall(r"\{(\w+)\}", template):
            if fact not in FACTS:
                raise ValueError(
                    f"{name}: {{{fact}}} is not known of a call; known are"
                    f" {', '.join(FACTS)}"
                )
    return given


def close_codes(value: object) -> tuple[int, ...]:
    codes = value if isinstance(value, list) else [value]
    for code in codes:
        if isinstance(code, bool) or not isinstance(code, int):
            raise ValueError(f"{code!r} is not a close code, like 1000")
        if not 1000 <= code <= 4999:
            raise ValueError(f"{code} is not between 1000 and 4999")
    return tuple(codes)


def account_sid(value: object) -> str:
    given = text(value)
    if not re.fullmatch(r"AC[0-9a-f]{32}", given):
        raise ValueError(f"{given!r} is not AC and 32 hexadecimal digits")
    return given
