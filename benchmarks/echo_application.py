"""
The smallest application that the emulator can call: answers by plain REST, and
echoes audio.
"""

from __future__ import annotations

import json
import time
from base64 import b64encode
from email.utils import formatdate
from functools import partial
from hashlib import sha256
from typing import Any

from autobahn.twisted.resource import WebSocketResource
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from klein import Klein
from treq.client import HTTPClient
from twisted.internet.interfaces import ITCPTransport
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.iweb import IRequest

from acs_emulator.model.hmac_auth import SignedRequest, signature


class Echo(WebSocketServerProtocol):
    """
    Sends the caller's audio back, and notes when it came.
    """

    def __init__(self, arrivals: list[list[float]]) -> None:
        super().__init__()
        self._arrivals: list[float] = []
        arrivals.append(self._arrivals)

    def connectionMade(self) -> None:
        super().connectionMade()
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        if not payload.startswith(b'{"kind":"AudioData"'):
            return
        self._arrivals.append(time.monotonic())
        data = payload.partition(b'"data":"')[2].partition(b'"')[0]
        self.sendMessage(
            b'{"Kind":"AudioData","AudioData":{"Data":"%b"},"StopAudio":null}' % data
        )


class EchoApplication:
    """
    Answers by REST and HMAC, as any language could.

    @ivar arrivals: when each frame came, a list for each media socket.
    """

    app = Klein()

    def __init__(self, reactor: Any, emulator: str, key: str, port: int) -> None:
        """
        @param emulator: its address.
        @param key: its access key.
        @param port: our own.
        """
        self.arrivals: list[list[float]] = []
        self.failed = 0
        self._emulator = emulator
        self._key = key
        self._place = f"127.0.0.1:{port}"
        pool = HTTPConnectionPool(reactor)
        self._http = HTTPClient(Agent(reactor, pool=pool))
        factory = WebSocketServerFactory()
        factory.protocol = partial(Echo, self.arrivals)  # type: ignore[assignment]
        self._media = WebSocketResource(factory)

    @app.route("/events", methods=["POST"])
    async def events(self, request: IRequest) -> bytes:
        (event,) = json.loads(request.content.read())
        data = event["data"]
        if "validationCode" in data:
            reply = {"validationResponse": data["validationCode"]}
            return json.dumps(reply).encode("ascii")
        await self._answer(data["incomingCallContext"])
        return b""

    @app.route("/callbacks", methods=["POST"])
    def callbacks(self, request: IRequest) -> bytes:
        return b""

    @app.route("/media")
    def media(self, request: IRequest) -> Any:
        return self._media

    async def _answer(self, context: str) -> None:
        body = {
            "incomingCallContext": context,
            "callbackUri": f"http://{self._place}/callbacks",
            "mediaStreamingOptions": {
                "transportUrl": f"ws://{self._place}/media",
                "transportType": "websocket",
                "contentType": "audio",
                "audioChannelType": "mixed",
                "startMediaStreaming": True,
                "enableBidirectional": True,
            },
        }
        content = json.dumps(body).encode("ascii")
        target = "/calling/callConnections:answer?api-version=2026-03-12"
        headers: Any = _signed(
            self._key, self._emulator.removeprefix("http://"), target, content
        )
        url = f"{self._emulator}{target}"
        response = await self._http.post(url, data=content, headers=headers)
        await response.content()
        self.failed += response.code != 200


def _signed(key: str, host: str, target: str, content: bytes) -> dict[str, str]:
    headers = {
        "host": host,
        "x-ms-date": formatdate(usegmt=True),
        "x-ms-content-sha256": b64encode(sha256(content).digest()).decode("ascii"),
    }
    request = SignedRequest(method="POST", target=target, headers=headers, body=content)
    names = "x-ms-date;host;x-ms-content-sha256"
    sign = f"HMAC-SHA256 SignedHeaders={names}&Signature={signature(key, request)}"
    del headers["host"]  # Twisted sends its own
    return {**headers, "authorization": sign, "content-type": "application/json"}
