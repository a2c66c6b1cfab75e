"""
The audio sockets over real TCP: what the kernel is asked for, and what happens when it
is full.
"""

from __future__ import annotations

from typing import Any

from autobahn.twisted.websocket import (
    WebSocketClientFactory,
    WebSocketClientProtocol,
    WebSocketServerFactory,
    WebSocketServerProtocol,
)
from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase
from twisted.web.resource import Resource
from twisted.web.server import Site

from acsgw.acs.media_protocol import media_resource
from acsgw.agent.twilio.protocol import LineFactory
from acsgw.wire.media_hub import MediaHub

from ..acs.test_media import METADATA, audio

reactor: Any = _reactor


class Network(WebSocketClientProtocol):
    """
    In Azure's place.
    """

    def __init__(self) -> None:
        super().__init__()
        self.got: list[bytes] = []

    def onOpen(self) -> None:
        self.sendMessage(METADATA)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.got.append(payload)


class Agent(WebSocketServerProtocol):
    """
    In an agent's place.
    """

    def onOpen(self) -> None:
        self.factory.opened.callback(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.factory.got.append(payload)


class AudioSocketTests(TestCase):
    """
    Tests for L{acsgw.wire.audio_socket}, with the short cut.
    """

    timeout = 30

    def setUp(self) -> None:
        self.opened: Deferred[Any] = Deferred()
        self.heard: list[bytes] = []
        self.closed: list[Any] = []

    # Our side of both sockets.

    def media_opened(self, line: Any, rate: int, connection_id: str) -> None:
        self.opened.callback(line)

    def caller_audio(self, pcm: bytes) -> None:
        self.heard.append(pcm)

    def media_closed(self, reason: str) -> None:
        self.closed.append(reason)

    def line_opened(self, line: Any) -> None:
        self.opened.callback(line)

    def line_received(self, message: bytes, is_binary: bool) -> None:
        self.heard.append(message)

    def line_closed(self, closed: Any) -> None:
        self.closed.append(closed)

    def listen(self, factory: Any) -> int:
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        number: int = port.getHost().port
        return number

    async def media(self) -> tuple[Any, Any]:
        """
        @return: the gateway's media socket and its peer.
        """
        root = Resource()
        page: Any = media_resource(
            lambda uri, headers: self,  # type: ignore[arg-type, return-value]
            lambda kind: None,
            MediaHub(reactor),
        )
        root.putChild(b"media", page)
        number = self.listen(Site(root))
        factory = WebSocketClientFactory(f"ws://127.0.0.1:{number}/media/c/t")
        factory.protocol = Network
        made: Deferred[Any] = Deferred()
        build = factory.buildProtocol

        def building(addr: Any) -> Any:
            protocol = build(addr)
            made.callback(protocol)
            return protocol

        factory.buildProtocol = building  # type: ignore[method-assign]
        reactor.connectTCP("127.0.0.1", number, factory)
        network = await made
        line = await self.opened
        self.addCleanup(self.part, line, network)
        return line, network

    async def part(self, *sockets: Any) -> None:
        for socket in sockets:
            if socket.transport is not None:
                socket.transport.abortConnection()
        await deferLater(reactor, 0.05)

    async def until(self, done: Any) -> None:
        while not done():
            await deferLater(reactor, 0.005)

    async def test_media(self) -> None:
        """
        To the network nothing is delayed, and audio arrives both ways.
        """
        line, network = await self.media()
        self.assertTrue(line.transport.getTcpNoDelay())
        for number in range(20):
            line.speak(bytes([number]) * 640)
            network.sendMessage(audio(bytes([number]) * 640))
        await self.until(lambda: len(network.got) == len(self.heard) == 20)
        self.assertEqual([pcm[0] for pcm in self.heard], list(range(20)))

    async def test_agent(self) -> None:
        """
        To an agent nothing is delayed, and texts arrive both ways.
        """
        factory: Any = WebSocketServerFactory()
        factory.protocol, factory.opened, factory.got = Agent, Deferred(), []
        number = self.listen(factory)
        ours = LineFactory(
            MediaHub(reactor),
            self,
            url=f"ws://127.0.0.1:{number}/",
        )
        reactor.connectTCP("127.0.0.1", number, ours)
        agent, line = await factory.opened, await self.opened
        self.addCleanup(self.part, line, agent)
        self.assertTrue(line.transport.getTcpNoDelay())
        texts = [b"<%d>" % i + bytes(b"x" * 300) for i in range(20)]
        for text in texts:
            line.send_text(text, is_audio=True)
            agent.sendMessage(text)
        await self.until(lambda: len(factory.got) == len(self.heard) == 20)
        self.assertEqual(factory.got, texts)
        self.assertEqual(self.heard, texts)

    async def test_slow_network(self) -> None:
        """
        One that reads nothing for a while hears all in order afterwards, but for the
        oldest that waited.
        """
        line, network = await self.media()
        network.transport.pauseProducing()
        sent = 0
        while True:  # until the kernel is full, and 64 KB wait
            line.speak(sent.to_bytes(2, "big") * 320)
            sent += 1
            if sent % 200 == 0:
                await deferLater(reactor, 0)
            if sent > 40_000 or line.frames_dropped > 50:
                break
        self.assertLess(sent, 40_000)
        self.assertEqual(self.closed, [])
        dropped = line.frames_dropped
        network.transport.resumeProducing()
        await self.until(lambda: len(network.got) == sent - dropped)
        line.speak(b"\xff\xff" * 320)
        await self.until(lambda: len(network.got) == sent - dropped + 1)

    async def test_stuck_network(self) -> None:
        """
        One that reads nothing for two seconds is given up.
        """
        line, network = await self.media()
        network.transport.pauseProducing()
        for _ in range(12_000):
            line.speak(bytes(640))
        await self.until(lambda: self.closed)
        self.assertEqual(self.closed, ["the network read nothing for 2 s"])
