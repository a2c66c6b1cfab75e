"""
A WebSocket client and a site, connected in memory.
"""

from __future__ import annotations

from typing import Any

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.test.iosim import IOPump, connectedServerAndClient
from twisted.web.resource import IResource
from twisted.web.server import Site

from ..support import ClockTestCase


class RecordingClient(WebSocketClientProtocol):
    """
    Remembers what a server did to it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.opened = False
        self.received: list[bytes] = []
        self.closed: tuple[int, str] | None = None

    def onOpen(self) -> None:
        self.opened = True

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.received.append(payload)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        self.closed = (code, reason)


def connect(
    case: ClockTestCase, root: IResource, path: str, headers: dict[str, str]
) -> tuple[RecordingClient, IOPump]:
    """
    Open a WebSocket to a resource.
    """
    factory = WebSocketClientFactory(
        f"ws://127.0.0.1{path}", reactor=case.reactor, headers=headers
    )
    factory.protocol = RecordingClient
    site = Site(root, reactor=case.reactor)
    client: Any
    client, _server, pump = connectedServerAndClient(
        lambda: site.buildProtocol(None),
        lambda: factory.buildProtocol(None),
        clock=case.reactor,
    )
    pump.flush()
    return client, pump
