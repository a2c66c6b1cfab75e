"""
A store that answers everything alike.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@contextmanager
def FaultyServer(
    status: int | None,
    headers: Mapping[str, str] | None = None,
    found: Mapping[str, str] | None = None,
    asked: Callable[[], None] = lambda: None,
) -> Iterator[str]:
    """
    @param status: of every answer; L{None}: there is none.
    @param headers: of every answer.
    @param found: headers of the object that is there; L{None}: there is none.
    @param asked: called for every request.

    @return: its address.
    """
    over = threading.Event()

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: Any) -> None:
            """Not asked for."""

        def do_PUT(self) -> None:
            asked()
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if status is None:
                over.wait(30)
                return
            self._answer(status, {"Content-Length": "0", **(headers or {})})

        def do_HEAD(self) -> None:
            self._answer(404 if found is None else 200, found or {})

        def _answer(self, code: int, lines: Mapping[str, str]) -> None:
            self.send_response(code)
            for name, value in lines.items():
                self.send_header(name, value)
            self.end_headers()

        do_POST = do_GET = do_PUT

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()
