"""
Help for the emulator's tests: a whole emulator and an application, in memory.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import cache, partial
from hashlib import sha256
from io import BytesIO
from itertools import count
from typing import Any

import txaio
from autobahn.twisted.resource import WebSocketResource
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionDeny, ConnectionRequest
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    generate_private_key,
)
from treq.testing import RequestTraversalAgent
from twisted.internet.address import IPv4Address
from twisted.internet.defer import maybeDeferred
from twisted.internet.testing import MemoryReactorClock
from twisted.test.iosim import FakeTransport, IOPump, connect
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import readBody
from twisted.web.http_headers import Headers
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource as Tree
from twisted.web.server import NOT_DONE_YET, Site

from acs_emulator.assembly import Emulator, World, assemble
from acs_emulator.errors import SpeechMissing
from acs_emulator.fronts.http_client import WholeBody
from acs_emulator.model.hmac_auth import SignedRequest, signature
from acs_emulator.settings import parse_settings

RESOURCE = "6b5f2c1e-7a3d-4f0a-9c58-1d2e3f4a5b6c"
USER = f"8:acs:{RESOURCE}_gateway"
OTHER_USER = f"8:acs:{RESOURCE}_ivr"
LINE = "+18005550100"
CALLER = "+14255550123"
KEY = b64encode(b"k" * 32).decode("ascii")
APP = "http://app.example"
START = 1_750_000_000.0


@cache
def private_key() -> RSAPrivateKey:
    """
    Made once: it takes long.
    """
    return generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class AppRequest:
    """
    What the application was sent.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class App:
    """
    An application: answers its webhooks as it is told, and remembers them.

    @ivar files: what it serves, by path.
    @ivar silent: paths that are never answered.
    @ivar on_incoming: called with the data of each C{IncomingCall}.
    """

    requests: list[AppRequest] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    on_incoming: Callable[[dict[str, Any]], None] = lambda data: None
    media: list[AppMedia] = field(default_factory=list)
    refuse_media: int | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)

    def tree(self) -> Tree:
        root = Tree()
        root.getChild = lambda path, request: _AppPage(self)  # type: ignore[method-assign]
        return root

    @property
    def callbacks(self) -> list[dict[str, Any]]:
        """
        All mid-call events, in order.
        """
        return [
            json.loads(r.body)[0] for r in self.requests if r.path.startswith("/cb")
        ]

    @property
    def callback_kinds(self) -> list[str]:
        return [event["type"].rpartition(".")[2] for event in self.callbacks]

    @property
    def incoming(self) -> list[dict[str, Any]]:
        """
        The data of all C{IncomingCall} events.
        """
        events = [json.loads(r.body)[0] for r in self.requests if r.path == "/events"]
        return [
            event["data"] for event in events if "IncomingCall" in event["eventType"]
        ]


class _AppPage(Tree):
    isLeaf = True

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app

    def render(self, request: IRequest) -> bytes | int:
        path = request.path.decode("ascii")
        headers = {
            name.decode("ascii").lower(): values[0].decode("ascii")
            for name, values in request.requestHeaders.getAllRawHeaders()
        }
        body = request.content.read()
        seen = AppRequest(request.method.decode("ascii"), path, headers, body)
        self._app.requests.append(seen)
        request.setResponseCode(self._app.statuses.get(path, 200))
        if path == "/events" and request.method == b"POST":
            event = json.loads(body)[0]
            if "validationCode" in event["data"]:
                code = event["data"]["validationCode"]
                return json.dumps({"validationResponse": code}).encode("ascii")
            if "IncomingCall" in event["eventType"]:
                self._app.on_incoming(event["data"])
        if path in self._app.silent:
            return NOT_DONE_YET
        return self._app.files.get(path, b"")


class AppMedia(WebSocketServerProtocol):
    """
    The application's end of a media stream.
    """

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self.received: list[dict[str, Any]] = []
        self.headers: dict[str, str] = {}
        self.closed: tuple[bool, int | None] | None = None

    def onConnect(self, request: ConnectionRequest) -> None:
        self.headers = dict(request.headers)
        if self._app.refuse_media is not None:
            raise ConnectionDeny(self._app.refuse_media, "no")
        self._app.media.append(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.received.append(json.loads(payload))

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self.closed = (wasClean, code)

    def kinds(self) -> list[str]:
        return [message["kind"] for message in self.received]

    def audio(self) -> bytes:
        """
        All caller audio.
        """
        return b"".join(
            b64decode(m["audioData"]["data"])
            for m in self.received
            if m["kind"] == "AudioData"
        )

    def say(self, pcm: bytes) -> None:
        data = b64encode(pcm).decode("ascii")
        body = {"Kind": "AudioData", "AudioData": {"Data": data}, "StopAudio": None}
        self.sendMessage(json.dumps(body).encode("ascii"))


class Speech:
    """
    A voice and ears that need no library.

    @ivar missing: if set, why they cannot be used.
    @ivar texts: what is understood next.
    @ivar spoken: what was to be said, and how.
    @ivar heard: what was to be understood.
    """

    def __init__(self) -> None:
        self.missing: str | None = None
        self.texts: list[str] = []
        self.spoken: list[tuple[str, dict[str, Any]]] = []
        self.heard: list[bytes] = []

    def speak(
        self, text: str, *, markup: bool, language: str | None, gender: str | None
    ) -> tuple[bytes, int]:
        """
        @return: half a second of the loudest noise there is, at 22050 Hz.
        """
        if self.missing is not None:
            raise SpeechMissing(self.missing)
        how = {"markup": markup, "language": language, "gender": gender}
        self.spoken.append((text, how))
        return b"\0\x60" * 11025, 22050

    def ready(self) -> None:
        if self.missing is not None:
            raise SpeechMissing(self.missing)

    def understand(self, pcm: bytes) -> str:
        if self.missing is not None:
            raise SpeechMissing(self.missing)
        self.heard.append(pcm)
        return self.texts.pop(0)


class EmulatorTestCase(SynchronousTestCase):
    """
    A test with an emulator, an application, and time that moves when told.
    """

    document: Mapping[str, Any] = {}

    def setUp(self) -> None:
        self.reactor = MemoryReactorClock()
        self.reactor.advance(START)
        # Autobahn's timers do not use the reactor given to its factories.
        self.patch(txaio.config, "loop", self.reactor)  # type: ignore[attr-defined]
        self.app = App()
        self.speech = Speech()
        self.app_agent = RequestTraversalAgent(self.app.tree())
        self.emulator = self.start_emulator()
        self.agent = RequestTraversalAgent(self.emulator.root)
        self.pumps: list[IOPump] = []
        self._paired = 0

    def start_emulator(self) -> Emulator:
        resource = {
            "immutable_id": RESOURCE,
            "access_key": KEY,
            "users": ["gateway", "ivr"],
        }
        control = {"hosts": ["emulator.example"]}
        document = {"resource": resource, "control": control, **self.document}
        numbers = count(1)
        emulator = assemble(
            parse_settings(document, None),
            World(
                reactor=self.reactor,
                agent=self.app_agent,
                monotonic=self.reactor.seconds,
                new_id=lambda: f"id-{next(numbers)}",
                random_bytes=lambda size: b"r" * size,
                private_key=private_key(),
                in_thread=maybeDeferred,
                new_file=self.new_file,
                voice=self.speech,
                ears=self.speech,
            ),
        )
        emulator.service.startService()
        self.addCleanup(emulator.service.stopService)
        return emulator

    def new_file(self) -> BytesIO:
        """
        @return: where a recording goes.
        """
        return BytesIO()

    # Time and sockets.

    def advance(self, seconds: float) -> None:
        """
        Let time pass in steps of 10 ms, and bytes with it.
        """
        for _ in range(round(seconds * 100)):
            self.reactor.advance(0.01)
            self.pump()

    def pump(self) -> None:
        self._pair_new_sockets()
        for pump in self.pumps:
            pump.flush()
        self.app_agent.flush()

    def _pair_new_sockets(self) -> None:
        """
        Let the connections that the emulator asked for reach the application.
        """
        for client in self.reactor.tcpClients[self._paired :]:
            self._paired += 1
            factory = WebSocketServerFactory(reactor=self.reactor)
            factory.protocol = partial(AppMedia, self.app)  # type: ignore[assignment]
            root = Tree()
            root.putChild(b"media", WebSocketResource(factory))
            site = Site(root, reactor=self.reactor)
            address = IPv4Address("TCP", "127.0.0.1", 31337)
            server = site.buildProtocol(address)
            protocol = client[2].buildProtocol(None)
            pump = connect(
                server,
                FakeTransport(server, isServer=True, peerAddress=address),
                protocol,
                FakeTransport(protocol, isServer=False),
            )
            self.pumps.append(pump)

    # What an application does.

    def rest(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        key: str = KEY,
    ) -> tuple[int, Any]:
        """
        A signed request, with an api-version.
        """
        target = f"/calling{path}?api-version=2026-03-12"
        return self.signed(method, target, body, headers, key)

    def signed(
        self,
        method: str,
        target: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        key: str = KEY,
    ) -> tuple[int, Any]:
        """
        A signed request to any path.
        """
        content = b"" if body is None else json.dumps(body).encode("utf-8")
        given = {
            "host": "emulator.example",
            "x-ms-date": formatdate(self.reactor.seconds(), usegmt=True),
            "x-ms-content-sha256": b64encode(sha256(content).digest()).decode("ascii"),
        }
        signed = signature(
            key,
            SignedRequest(method=method, target=target, headers=given, body=content),
        )
        names = "x-ms-date;host;x-ms-content-sha256"
        given["authorization"] = f"HMAC-SHA256 SignedHeaders={names}&Signature={signed}"
        given.update(headers or {})
        return self.http(method, target, content, given)

    def http(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, Any]:
        """
        @return: status and JSON of the answer.
        """
        response = self.successResultOf(
            self.agent.request(
                method.encode("ascii"),
                f"http://emulator.example{target}".encode("ascii"),
                Headers({k: [v] for k, v in headers.items() if k != "host"}),
                WholeBody(body) if body else None,
            )
        )
        content = self.successResultOf(readBody(response))
        return response.code, json.loads(content) if content else None

    def control(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        content = b"" if body is None else json.dumps(body).encode("utf-8")
        return self.http(method, f"/emulator{path}", content, {})

    def answer_body(self, context: str, **media: Any) -> dict[str, Any]:
        return {
            "incomingCallContext": context,
            "callbackUri": f"{APP}/cb",
            "operationContext": "answer-1",
            "mediaStreamingOptions": {
                "transportUrl": "ws://app.example/media/secret",
                "transportType": "websocket",
                "contentType": "audio",
                "audioChannelType": "mixed",
                "startMediaStreaming": True,
                "enableBidirectional": True,
                "enableDtmfTones": True,
                "audioFormat": "pcm16KMono",
                **media,
            },
        }

    def answer(self, context: str, **media: Any) -> dict[str, Any]:
        status, body = self.rest(
            "POST", "/callConnections:answer", self.answer_body(context, **media)
        )
        self.assertEqual(status, 200, body)
        return dict(body)

    # What happens to an application.

    def subscribe(self, name: str = "app", values: list[str] | None = None) -> None:
        filters = (
            []
            if values is None
            else [{"key": "data.to.rawId", "operator": "StringIn", "values": values}]
        )
        body = {"endpoint": f"{APP}/events", "filters": filters}
        status, answer = self.control("PUT", f"/subscriptions/{name}", body)
        self.assertEqual((status, answer), (201, {"name": name, "state": "active"}))

    def place(self, **call: Any) -> str:
        status, body = self.control(
            "POST", "/calls", {"from": CALLER, "to": LINE, **call}
        )
        self.assertEqual(status, 201, body)
        return str(body["id"])

    def call(self, call_id: str) -> dict[str, Any]:
        status, body = self.control("GET", f"/calls/{call_id}")
        self.assertEqual(status, 200)
        return dict(body)

    def words(self, call_id: str) -> list[str]:
        """
        The machine words of a call's story.
        """
        return [line["what"] for line in self.call(call_id)["story"]]

    def assertNoTimers(self) -> None:
        self.assertEqual(self.reactor.getDelayedCalls(), [])
