"""
What gives managed identities their tokens, as App Service has it (2019-08-01).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt

RESOURCE = "https://storage.azure.com"


@contextmanager
def identity_endpoint(asked: list[tuple[str, str | None]]) -> Iterator[str]:
    """
    @param asked: gets path and secret header of each request.

    @return: its address.
    """
    now = int(time.time())
    claims = {
        "aud": RESOURCE,
        "iss": "https://sts.windows.net/11111111-1111-1111-1111-111111111111/",
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 3600,
    }
    token = jwt.encode(claims, "k" * 32, algorithm="HS256")

    class Answering(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            """Not asked for."""

        def do_GET(self) -> None:
            asked.append((self.path, self.headers.get("X-IDENTITY-HEADER")))
            answer = {
                "access_token": token,
                "expires_on": str(now + 3600),
                "resource": RESOURCE,
                "token_type": "Bearer",
            }
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/msi/token"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
