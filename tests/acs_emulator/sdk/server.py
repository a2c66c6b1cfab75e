"""
The web side of an application as anybody might write it: Event Grid, callbacks
and a media WebSocket, with nothing but the standard library.
"""

from __future__ import annotations

import json
import ssl
import struct
import sys
import threading
from base64 import b64encode
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import Any

#: 0.3 s of silence, as play wants it: 16 kHz, 16 bit, mono.
_PCM = bytes(9600)
WAV = (
    b"RIFF"
    + struct.pack("<I", 36 + len(_PCM))
    + b"WAVEfmt "
    + struct.pack("<IHHIIHH", 16, 1, 1, 16000, 32000, 2, 16)
    + b"data"
    + struct.pack("<I", len(_PCM))
    + _PCM
)
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Application(ThreadingHTTPServer):
    """
    Remembers everything that it is told.

    @ivar incoming: data of each C{IncomingCall}.
    @ivar published: all other events of Event Grid.
    @ivar events: mid-call events, as they came.
    @ivar frames: messages of media sockets.
    """

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        """
        @param context: for an application that speaks TLS.
        """
        super().__init__(("127.0.0.1", 0), _Request)
        if context is not None:
            # The handshake belongs into the thread of the request.
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )
        self.incoming: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self.published: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.frames: list[dict[str, Any]] = []
        self.changed = threading.Condition()
        self.media: list[_Request] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """
        A peer that goes away is no news.
        """
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    @property
    def place(self) -> str:
        """
        Host and port.
        """
        return f"127.0.0.1:{self.server_address[1]}"

    def note(self, what: list[dict[str, Any]], item: dict[str, Any]) -> None:
        with self.changed:
            what.append(item)
            self.changed.notify_all()

    def wait(self, there: Any, seconds: float = 5.0) -> bool:
        """
        @param there: called when something new has come; true ends the wait.
        """
        with self.changed:
            return bool(self.changed.wait_for(there, seconds))


class _Request(BaseHTTPRequestHandler):
    server: Application
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Not asked for."""

    def do_GET(self) -> None:
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self._media()
        else:
            self._reply(WAV, "audio/wav")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = b""
        for event in json.loads(body):
            kind = event.get("eventType") or event["type"]
            if kind.endswith("SubscriptionValidationEvent"):
                code = event["data"]["validationCode"]
                answer = json.dumps({"validationResponse": code}).encode()
            elif kind.endswith("IncomingCall"):
                self.server.incoming.put(event["data"])
            elif "eventType" in event:
                self.server.note(self.server.published, event)
            else:
                self.server.note(self.server.events, event)
        self._reply(answer, "application/json")

    def _reply(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    # The media WebSocket.

    def _media(self) -> None:
        key = self.headers["Sec-WebSocket-Key"].encode()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        accept = b64encode(sha1(key + _GUID).digest()).decode()
        self.send_header("Sec-WebSocket-Accept", accept)
        self.end_headers()
        self.server.media.append(self)
        self.close_connection = True
        while (message := self._receive()) is not None:
            self.server.note(self.server.frames, json.loads(message))

    def _receive(self) -> bytes | None:
        head = self.rfile.read(2)
        if len(head) < 2 or head[0] & 15 == 8:
            return None
        length = head[1] & 127
        if length == 126:
            (length,) = struct.unpack(">H", self.rfile.read(2))
        mask = self.rfile.read(4)
        data = self.rfile.read(length)
        return bytes(b ^ mask[i % 4] for i, b in enumerate(data))

    def send_text(self, text: str) -> None:
        """
        Send a message on this media WebSocket.
        """
        data = text.encode()
        length = len(data)
        size = bytes([length]) if length < 126 else b"\x7e" + struct.pack(">H", length)
        self.wfile.write(b"\x81" + size + data)
