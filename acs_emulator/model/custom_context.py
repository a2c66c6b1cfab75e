"""
Limits of the headers that go along with a transferred call.

After "How to pass contextual data with calls" (custom context) in the
Communication Services docs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MAX_VOIP_HEADERS = 1000
MAX_VOIP_VALUE = 1024
MAX_SIP_HEADERS = 5
MAX_SIP_VALUE = 256
MAX_KEY = 64
SIP_PREFIX = "X-MS-Custom-"

_SIP_KEY = re.compile(r"[0-9A-Za-z.!%*_+~-]+")
_SIP_VALUE = re.compile(r"[0-9A-Za-z=;.!%*_+~-]*")


def context_problems(context: Mapping[str, Any]) -> list[str]:
    """
    @param context: C{customCallingContext}, already known to have the right
        types.

    @return: which limits it breaks.
    """
    return [
        *voip_problems(context.get("voipHeaders") or {}),
        *_sip_problems(context.get("sipHeaders") or {}),
    ]


def voip_problems(headers: Mapping[str, str]) -> list[str]:
    """
    @return: which limits these VoIP headers break.
    """
    problems = []
    if len(headers) > MAX_VOIP_HEADERS:
        problems.append(f"voipHeaders: at most {MAX_VOIP_HEADERS}")
    for key, value in headers.items():
        if not 0 < len(key) <= MAX_KEY:
            problems.append(f"voipHeaders: keys have 1 to {MAX_KEY} characters")
        if len(value) > MAX_VOIP_VALUE:
            problems.append(
                f"voipHeaders.{key[:MAX_KEY]}: at most {MAX_VOIP_VALUE} characters"
            )
    return problems


def _sip_problems(headers: Mapping[str, str]) -> list[str]:
    problems = []
    custom = [key for key in headers if key.lower() != "user-to-user"]
    if len(custom) > MAX_SIP_HEADERS:
        problems.append(f"sipHeaders: at most {MAX_SIP_HEADERS} and User-To-User")
    for key in custom:
        if not key.lower().startswith(SIP_PREFIX.lower()):
            problems.append(f"sipHeaders.{key[:MAX_KEY]}: must begin with {SIP_PREFIX}")
        if len(key) > MAX_KEY or not _SIP_KEY.fullmatch(key):
            problems.append(f"sipHeaders.{key[:MAX_KEY]}: not a valid name")
    for key, value in headers.items():
        if len(value) > MAX_SIP_VALUE or not _SIP_VALUE.fullmatch(value):
            problems.append(
                f"sipHeaders.{key[:MAX_KEY]}: at most {MAX_SIP_VALUE} characters of "
                "letters, digits and =;.!%*_+~-"
            )
    return problems
