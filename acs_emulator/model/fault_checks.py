"""
What can go wrong on order, place by place, and how its value is checked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TOKEN_FAULTS = ("expired", "wrong_key", "wrong_audience", "wrong_issuer", "none")
#: RFC 6455, section 7.4, and the registry that it began; others never cross the wire.
_CLOSE_CODES = frozenset({1000, 1001, 1002, 1003, *range(1007, 1015)})
_LONGEST = 24 * 3600.0

Check = Callable[[Any], str | None]


def _seconds(value: Any) -> str | None:
    if _is_number(value) and 0 <= value <= _LONGEST:
        return None
    return f"must be seconds from 0 to {_LONGEST:g}"


def _signed_seconds(value: Any) -> str | None:
    if _is_number(value) and abs(value) <= _LONGEST:
        return None
    return f"must be seconds from -{_LONGEST:g} to {_LONGEST:g}"


def whole(least: int, most: int) -> Check:
    """
    An integer between two.
    """

    def check(value: Any) -> str | None:
        if isinstance(value, int) and _is_number(value) and least <= value <= most:
            return None
        return f"must be a whole number from {least} to {most}"

    return check


def _true(value: Any) -> str | None:
    return None if value is True else "must be true"


def _token(value: Any) -> str | None:
    return (
        None if value in TOKEN_FAULTS else f"must be one of {', '.join(TOKEN_FAULTS)}"
    )


def _close_code(value: Any) -> str | None:
    whole = isinstance(value, int) and _is_number(value)
    if whole and (value in _CLOSE_CODES or 3000 <= value <= 4999):
        return None
    return "must be a code that a WebSocket may be closed with, such as 1011 or 4000"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_POSTS: dict[str, Check] = {
    "lose": _true,
    "delay": _seconds,
    "duplicate": whole(1, 10),
    "hold_for": whole(1, 10),
}
_TOKENS: dict[str, Check] = {"token": _token, "clock_skew": _signed_seconds}

_ANSWERS: dict[str, Check] = {
    "status": whole(400, 599),
    "retry_after": whole(0, 3600),
    "delay": _seconds,
    "delay_answer": _seconds,
    "no_answer": _true,
    "lose_answer": _true,
}

#: By place: what can go wrong there, and how its value is checked.
ACTIONS: dict[str, dict[str, Check]] = {
    "rest": {**_ANSWERS, "clock_skew": _signed_seconds},
    "identity": {**_ANSWERS, "clock_skew": _signed_seconds},
    "recording": _ANSWERS,
    "openid": _ANSWERS,
    "event": dict(_POSTS),
    "callback": {**_POSTS, **_TOKENS, "rotate_keys": _true},
    "media": {
        **_TOKENS,
        "refuse": _true,
        "delay": _seconds,
        "drop_after": _seconds,
        "close_code": _close_code,
        "reset_after": _seconds,
        "half_open_after": _seconds,
        "read_every": _seconds,
    },
}
