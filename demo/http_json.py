"""
JSON over HTTP, with nothing but the standard library.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from .failure import DemoFailed


def request(method: str, url: str, body: object = None) -> Any:
    """
    @return: the parsed answer.

    @raise DemoFailed: if there is none, or it is an error.
    """
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, method=method)
    asked.add_header("Content-Type", "application/json")
    # A proxy has no business between programs on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(asked, timeout=30) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as e:
        text = e.read().decode("utf-8", "replace")
        raise DemoFailed(f"{method} {url}: HTTP {e.code}: {text[:300]}") from None
    except (OSError, ValueError) as e:
        raise DemoFailed(f"{method} {url}: {e}") from None


def answers(url: str) -> bool:
    """
    Does somebody answer there, and well?
    """
    try:
        request("GET", url)
    except DemoFailed:
        return False
    return True
