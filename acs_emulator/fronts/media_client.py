"""
The media WebSocket, of which the service is the client.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IAddress, ITCPTransport
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..errors import NoAnswer
from ..model.websocket_frames import begins_text, text_frame, whole_texts
from .media_link import MediaPeer
from .media_wire import ShortWire, Wires, is_plain
from .trust import Trust

#: Seconds.
_CONNECT_TIMEOUT = 10
_MAX_MESSAGE = 1024 * 1024


class _MediaProtocol(WebSocketClientProtocol):
    """
    Methods in camelCase are called by Autobahn, from where no exception may
    escape: it would leave a connection half dead.
    """

    _log = Logger()  # not C{log}: that name is Autobahn's

    def __init__(self, attempt: MediaAttempt, wires: Wires | None) -> None:
        """
        @param wires: reads and writes the sockets; L{None} leaves that to the
            reactor.
        """
        super().__init__()
        self._attempt = attempt
        self._wires = wires
        self._wire: ShortWire | None = None
        self._begun = b""

    def connectionMade(self) -> None:
        super().connectionMade()
        # Autobahn's own option for this has no effect on Twisted.
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
        self._attempt.connected(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._cut()
        super().connectionLost(reason)

    def dropConnection(self, abort: bool = False) -> None:
        self._cut()
        super().dropConnection(abort=abort)

    def _cut(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def sendFrame(self, *args: Any, **kw: Any) -> None:
        # Autobahn's own frames, a close above all, go behind ours.
        if self._wire is not None:
            self._wire.flush()
        super().sendFrame(*args, **kw)

    def abort(self) -> None:
        self.dropConnection(abort=True)

    def send(self, payload: bytes) -> None:
        if self.state != self.STATE_OPEN:
            return
        if self._wire is not None:
            self._wire.write(text_frame(payload))
        elif self.transport is not None:
            self.transport.write(text_frame(payload))

    def dataReceived(self, data: bytes) -> None:
        # Whole text frames go past Autobahn, at a fifth of the cost; the first
        # thing that is anything else, and all behind it, is Autobahn's.
        if self._begun:
            data, self._begun = self._begun + data, b""
        if self.state == self.STATE_OPEN and not self.data and not self._amid():
            texts, data = whole_texts(data, _MAX_MESSAGE)
            for text in texts:
                self.onMessage(text, False)
            is_open: object = self.state == self.STATE_OPEN
            if data and is_open and begins_text(data, _MAX_MESSAGE):
                self._begun, data = data, b""
        if data:
            super().dataReceived(data)

    def remark(self, what: str, **detail: Any) -> None:
        pass  # nobody watches

    def _amid(self) -> bool:
        frame: object = self.current_frame
        return frame is not None or bool(self.inside_message)

    def drop(self, abort: bool) -> None:
        self.dropConnection(abort=abort)

    def close(self, code: int) -> None:
        # C{sendClose} takes no code that only servers and libraries send.
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(code=code, reasonUtf8=None, isReply=False)

    def read(self, wanted: bool) -> None:
        # Every stream transport has these, whether it says so or not.
        transport: Any = self.transport
        if self._wire is not None:
            self._wire.read(wanted)
        elif wanted:
            transport.resumeProducing()
        else:
            transport.pauseProducing()

    def onOpen(self) -> None:
        if self._wires is not None and is_plain(self.transport):
            self._wire = ShortWire(self.transport, self._wires, self.dataReceived)
        self._guard(lambda: self._attempt.opened(self))

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        # Not by way of C{_guard}: fifty times a second for each call.
        try:
            self._attempt.received(payload, isBinary)
        except Exception:
            self._log.failure("media stream")
            self.abort()

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        text = f"closed with {code}" + (f": {reason[:100]}" if reason else "")
        self._guard(lambda: self._attempt.closed(text))

    def _guard(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception:
            self._log.failure("media stream")
            self.abort()


class _MediaFactory(WebSocketClientFactory):
    noisy = False

    def __init__(
        self,
        attempt: MediaAttempt,
        wires: Wires | None,
        url: str,
        **options: Any,
    ) -> None:
        super().__init__(url, **options)
        self._attempt = attempt
        self._wires = wires

    def buildProtocol(self, addr: IAddress | None) -> _MediaProtocol:
        protocol = _MediaProtocol(self._attempt, self._wires)
        protocol.factory = self
        return protocol

    def clientConnectionFailed(self, connector: object, reason: Failure) -> None:
        self._attempt.closed(f"no connection: {type(reason.value).__name__}")


class MediaAttempt:
    """
    One connection from the first attempt to its end.
    """

    def __init__(self, peer: MediaPeer) -> None:
        self._peer: MediaPeer | None = peer
        self._protocol: _MediaProtocol | None = None

    def close(self) -> None:
        """
        Close from our side; the peer does not hear of it.
        """
        self._peer = None
        if self._protocol is not None:
            self._protocol.sendClose(1000)

    def abort(self) -> None:
        """
        End it without a word; the peer does not hear of it.
        """
        self._peer = None
        if self._protocol is not None:
            self._protocol.abort()
            self._protocol = None

    def connected(self, protocol: _MediaProtocol) -> None:
        self._protocol = protocol
        if self._peer is None:
            protocol.abort()

    def opened(self, protocol: _MediaProtocol) -> None:
        if self._peer is None:
            protocol.sendClose(1000)
        else:
            self._peer.opened(protocol)

    def received(self, payload: bytes, is_binary: bool) -> None:
        if self._peer is not None:
            self._peer.received(payload, is_binary)

    def closed(self, reason: str) -> None:
        self._protocol = None
        peer, self._peer = self._peer, None
        if peer is not None:
            peer.closed(reason)


class MediaConnector:
    """
    Connects to the media WebSockets of applications.
    """

    def __init__(self, reactor: Any, trust: Trust, wires: Wires | None = None) -> None:
        """
        @param reactor: L{IReactorTCP} and L{IReactorTime}.
        @param wires: reads and writes the sockets; L{None} leaves that to the
            reactor.
        """
        self._reactor = reactor
        self._trust = trust
        self._wires = wires

    def begin_beat(self) -> None:
        """
        Take what has arrived on all streams; what is sent waits for the end.
        """
        if self._wires is not None:
            self._wires.begin_beat()

    def end_beat(self) -> None:
        """
        All calls have ticked: send.
        """
        if self._wires is not None:
            self._wires.end_beat()

    def connect(
        self,
        url: str,
        headers: Mapping[str, str],
        peer: MediaPeer,
        operation: str = "connect",
    ) -> MediaAttempt:
        """
        @param url: C{ws://} or C{wss://}, already checked.
        @param operation: what the socket is for, for whoever looks.

        @raise NoAnswer: if the URL is one that cannot be connected to.
        """
        attempt = MediaAttempt(peer)
        try:
            factory = _MediaFactory(
                attempt,
                self._wires,
                url,
                headers=dict(headers),
                reactor=self._reactor,
            )
        except Exception as e:  # Autobahn raises what it finds on its way
            raise NoAnswer(f"not a WebSocket address: {type(e).__name__}") from None
        factory.setProtocolOptions(
            maxFramePayloadSize=_MAX_MESSAGE,
            maxMessagePayloadSize=_MAX_MESSAGE,
            openHandshakeTimeout=_CONNECT_TIMEOUT,
            closeHandshakeTimeout=1,
            autoPingInterval=0,
        )
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme == "ws":
            self._reactor.connectTCP(
                host, parts.port or 80, factory, timeout=_CONNECT_TIMEOUT
            )
        else:
            endpoint = HostnameEndpoint(self._reactor, host, parts.port or 443)
            wrapClientTLS(self._trust.for_host(host), endpoint).connect(
                factory
            ).addErrback(lambda failure: factory.clientConnectionFailed(None, failure))
        return attempt
