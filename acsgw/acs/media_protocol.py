"""
The media WebSocket: a thin shell around L{acsgw.acs.media.MediaSession}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from autobahn.twisted.resource import WebSocketResource
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionDeny, ConnectionRequest
from twisted.internet.interfaces import IAddress, IDelayedCall
from twisted.logger import Logger
from twisted.web.resource import IResource

from ..errors import Forbidden, MediaProtocolError, Unauthorized
from ..wire.audio_socket import AudioSocket
from ..wire.media_hub import MediaHub
from .media import DigitPressed, MediaEvent, MediaSession, StreamStarted, Unknown

# Autobahn's sendClose raises for codes other than 1000 and 3000 to 4999.
CLOSE_NORMAL = 1000
CLOSE_THEIR_FAULT = 4400
CLOSE_OUR_FAULT = 4500

#: Media packets are at most 64 KB (Microsoft Learn, "Audio streaming overview");
#: base64 and JSON around it stay below this.
MAX_MESSAGE = 128 * 1024


#: How long the first message may take, in seconds.
METADATA_SECONDS = 10.0


class MediaPeer(Protocol):
    """
    Our side of the stream: the call that the audio belongs to.
    """

    def media_opened(
        self, line: MediaStream, sample_rate: int, connection_id: str
    ) -> None: ...
    def caller_audio(self, pcm: bytes) -> None: ...
    def caller_pressed(self, digit: str) -> None: ...
    def media_closed(self, reason: str) -> None: ...


#: Which call is this?  Given URI and headers (lower case names); raises
#: L{Unauthorized} without a good token, L{Forbidden} if it is good no more.
ClaimPeer = Callable[[str, Mapping[str, str]], MediaPeer]


# Two bases of Autobahn disagree about types.
class MediaStream(AudioSocket, WebSocketServerProtocol):  # type: ignore[misc]
    """
    Names of methods in camelCase are called by Autobahn; ours are not.

    Autobahn leaves a connection open whose C{onOpen} raised, and tells the
    peer the text of what C{onConnect} raised: so nothing may escape from here.
    """

    # See AudioLane.
    __slots__ = ("_peer", "_problem", "_session")

    peer_name = "the network"
    _log = Logger()  # not C{log}: that name is Autobahn's

    def __init__(
        self,
        claim_peer: ClaimPeer,
        count_unknown: Callable[[str], None],
        hub: MediaHub,
    ) -> None:
        super().__init__(hub)
        self._waiting: IDelayedCall | None = None
        self._claim_peer = claim_peer
        self._count_unknown = count_unknown
        self._session = MediaSession()
        self._peer: MediaPeer | None = None
        self._connection_id = ""
        self._problem: str | None = None

    # What we can be asked to do.

    def speak(self, pcm: bytes) -> None:
        """
        Play C{pcm}, at the rate of the stream, to the caller.
        """
        self.send_text(self._session.speak(pcm), is_audio=True)

    def stop_speaking(self) -> None:
        """
        Drop what the network has not played yet, and what waits for it here.
        """
        self.drop_waiting_audio()
        self.send_text(self._session.stop_speaking())

    def close(self) -> None:
        """
        The call is over.
        """
        self.sendClose(CLOSE_NORMAL, "call ended")

    def give_up(self, problem: str) -> None:
        """
        It cannot go on, and that is our fault; our side hears of the end.
        """
        self._give_up(CLOSE_OUR_FAULT, problem)

    # What Autobahn tells us.

    def onConnect(self, request: ConnectionRequest) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            self._peer = self._claim_peer(_uri(request), headers)
        except Unauthorized as e:
            self._log.warn("media stream refused (401): {error}", error=e)
            raise ConnectionDeny(401, "no valid token") from None
        except Forbidden as e:
            self._log.warn("media stream refused (403): {error}", error=e)
            raise ConnectionDeny(403, "token not good for this") from None
        except Exception:
            self._log.failure("looking for the call of a media stream")
            raise ConnectionDeny(500, "internal error") from None
        self._connection_id = headers.get("x-ms-call-connection-id", "")

    def onOpen(self) -> None:
        # HTTPChannel stays registered as producer of the transport that
        # WebSocketResource took over from it.
        transport: Any = self.transport
        transport.unregisterProducer()
        self.open_wire()
        self._waiting = self._clock.callLater(METADATA_SECONDS, self._no_metadata)

    def not_read(self, problem: str) -> None:
        self._problem = f"the network {problem}"
        self._log.warn("media stream closed: {problem}", problem=self._problem)
        self.abort()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        peer = self._peer
        if peer is None or self._problem is not None:
            return
        try:
            if isBinary:
                raise MediaProtocolError("binary messages are not part of it")
            event = self._session.receive(payload)
            if type(event) is bytes:
                peer.caller_audio(event)
            else:
                self._deliver(peer, event)
        except MediaProtocolError as e:
            self._log.warn("media stream broke the protocol: {error}", error=e)
            self._give_up(CLOSE_THEIR_FAULT, str(e))
        except Exception:
            self._log.failure("media stream")
            self._give_up(CLOSE_OUR_FAULT, "internal error")

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self._stop_waiting()
        self.close_wire()
        peer, self._peer = self._peer, None
        if peer is None:
            return
        try:
            peer.media_closed(self._problem or f"closed by the network ({code})")
        except Exception:
            self._log.failure("closing a media stream")

    def _deliver(self, peer: MediaPeer, event: MediaEvent) -> None:
        match event:
            case StreamStarted(sample_rate):
                self._stop_waiting()
                peer.media_opened(self, sample_rate, self._connection_id)
            case DigitPressed(digit):
                peer.caller_pressed(digit)
            case Unknown(kind):
                self._count_unknown(kind)

    def _no_metadata(self) -> None:
        problem = f"no AudioMetadata within {METADATA_SECONDS:g} s"
        self._log.warn("media stream closed: {problem}", problem=problem)
        self._give_up(CLOSE_THEIR_FAULT, problem)

    def _stop_waiting(self) -> None:
        _stop(self._waiting)

    def _give_up(self, code: int, problem: str) -> None:
        self._problem = problem
        self.sendClose(code, problem[:120])


def _stop(timer: IDelayedCall | None) -> None:
    if timer is not None and timer.active():
        timer.cancel()


def _uri(request: ConnectionRequest) -> str:
    """
    @return: the path, with the token if it was given as a query.
    """
    tokens = request.params.get("token")
    path: str = request.path
    return f"{path}?token={tokens[0]}" if tokens else path


class _MediaFactory(WebSocketServerFactory):
    def __init__(
        self,
        claim_peer: ClaimPeer,
        count_unknown: Callable[[str], None],
        hub: MediaHub,
    ) -> None:
        super().__init__(reactor=hub.reactor)
        self._claim_peer = claim_peer
        self._count_unknown = count_unknown
        self._hub = hub

    def buildProtocol(self, addr: IAddress | None) -> MediaStream:
        stream = MediaStream(self._claim_peer, self._count_unknown, self._hub)
        stream.factory = self
        return stream


def media_resource(
    claim_peer: ClaimPeer,
    count_unknown: Callable[[str], None],
    hub: MediaHub,
) -> IResource:
    """
    @param count_unknown: told the kind of each message that is passed over.
    @param hub: reads the sockets.

    @return: the resource to put at the path of the media WebSocket.
    """
    factory = _MediaFactory(claim_peer, count_unknown, hub)
    # Autobahn's defaults: no limit of size, no pings, a status page for everybody,
    # and no word to a peer that breaks the protocol.
    factory.setProtocolOptions(
        maxMessagePayloadSize=MAX_MESSAGE,
        maxFramePayloadSize=MAX_MESSAGE,
        openHandshakeTimeout=5,
        closeHandshakeTimeout=2,
        failByDrop=False,
        autoPingInterval=15,
        autoPingTimeout=10,
        # A peer that sends and does not read must answer all the same.
        autoPingRestartOnAnyTraffic=False,
        webStatus=False,
    )
    resource: IResource = WebSocketResource(factory)
    return resource
