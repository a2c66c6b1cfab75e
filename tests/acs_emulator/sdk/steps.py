"""
What the caller of a journey does, and how results are written down; the same
in every language.
"""

from __future__ import annotations

import json
import urllib.request
from typing import Any

CALLER = "+14255550123"
OTHER = "+14255550177"
THIRD = "+14255550199"
HEADERS = {"accountNumber": "12345", "language": "en"}

#: A key every 0.4 s, so that it does not matter when an application listens.
KEYS = [
    {"after": f"at {0.6 + 0.4 * i:.1f}", "press": "1", "beside": True}
    for i in range(60)
]

#: Something to write down, again and again.
WORDS = [
    {"after": f"at {0.6 + 3 * i:.1f}", "say_text": "good morning to all of you"}
    for i in range(6)
]


def control(base: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """
    Ask the emulator's control API.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{base}/emulator{path}", data, method=method)
    with urllib.request.urlopen(request, timeout=40) as answer:
        found: dict[str, Any] = json.load(answer)
        return found
