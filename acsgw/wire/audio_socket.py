"""
What the WebSocket to the network and the one to an agent have in common: the short
cut for whole audio frames, and what happens when the peer does not read.

Autobahn owns the connection, the program owns the audio frame: see
C{docs/decisions/008-frame-shortcut.md}.
"""

from __future__ import annotations

import random
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from .frame_shortcut import text_frame, whole_texts
from .out_buffer import FLOOD
from .out_way import OutWay, open_way

#: One of Autobahn's protocols is mixed in, whose types do not say the half of it.
_Protocol: Any = object

#: How long 64 KB (2 s of audio) may wait for a peer that does not read.
CHOKED_SECONDS = 2.0


class AudioSocket(_Protocol):
    """
    Mixed into a protocol of Autobahn's, of either side.  Names of methods in camelCase
    are called by Autobahn.

    @cvar peer_name: who is at the other end, for the log.
    """

    peer_name = ""
    _wire_log = Logger()
    data: bytes
    _short = False
    _taking = False
    _sends_audio = False
    _dropped = 0
    _way: OutWay | None = None
    _choked: IDelayedCall | None = None

    def __init__(self, clock: IReactorTime, frame_shortcut: bool) -> None:
        super().__init__()
        self._clock = clock
        self._wants_shortcut = frame_shortcut

    # For the two protocols.

    def open_wire(self) -> None:
        """
        The handshake is done.
        """
        self._short = self._wants_shortcut and not (
            # Frames then are not what they look like, or somebody looks on.
            self.websocket_extensions_in_use
            or self.autoFragmentSize
            or self.logFrames
            or self.logOctets
            or self.trackedTimings
        )
        self._masks = not self.factory.isServer
        limits = (self.maxMessagePayloadSize, self.maxFramePayloadSize)
        self._most = min((limit for limit in limits if limit), default=1 << 62)
        self._way = open_way(self.transport, self._short, self._pressed)

    def close_wire(self) -> None:
        """
        The connection is gone.
        """
        self._leave_way()
        self.stop_choking()

    @property
    def chokes(self) -> bool:
        """
        The peer does not read.
        """
        return self._choked is not None and self._choked.active()

    def count_dropped(self) -> None:
        """
        A piece of audio was not even sent, as the peer does not read.
        """
        self._dropped += 1

    @property
    def frames_dropped(self) -> int:
        """
        Of audio, because the peer did not read.
        """
        waited = 0 if self._way is None else self._way.buffer.frames_dropped
        return self._dropped + waited

    def stop_choking(self) -> None:
        """
        Whether the peer reads does not matter any more.
        """
        _stop(self._choked)

    def send_text(self, text: bytes, is_audio: bool = False) -> None:
        """
        Nothing is done while the socket closes.

        @param is_audio: may it be dropped if the peer does not read?
        """
        if self.state != self.STATE_OPEN:
            return
        size = len(text)
        self._sends_audio = is_audio
        try:
            if not self._short or size > self._most:
                self.sendMessage(text, isBinary=False)
                return
            stats = self.trafficStats
            stats.outgoingWebSocketMessages += 1
            stats.outgoingWebSocketFrames += 1
            stats.outgoingOctetsAppLevel += size
            stats.outgoingOctetsWebSocketLevel += size
            key = random.getrandbits(32).to_bytes(4, "big") if self._masks else b""
            self.sendData(text_frame(text, key))
        finally:
            self._sends_audio = False

    def drop_waiting_audio(self) -> None:
        """
        Nobody is to hear it any more.
        """
        if self._way is not None:
            self._way.buffer.drop_audio()

    def not_read(self, problem: str) -> None:
        """
        The peer has not read for too long: give it up.
        """
        raise NotImplementedError

    # What Twisted and Autobahn tell us.

    def connectionMade(self) -> None:
        super().connectionMade()
        # Autobahn's tcpNoDelay option has no effect under Twisted: without this one
        # late frame makes all that follow late.
        transport: Any = self.transport
        if hasattr(transport, "setTcpNoDelay"):
            transport.setTcpNoDelay(True)

    def dataReceived(self, data: bytes) -> None:
        if self._short:
            # Autobahn's own would first make the texts of a log line.
            self._dataReceived(data)
        else:
            super().dataReceived(data)

    def processData(self) -> bool:
        """
        Autobahn calls it while there is data, whenever it may be between frames.

        @return: is there more to do?
        """
        if self._taking:
            return False
        if (
            self._short
            and self.state == self.STATE_OPEN
            and self.current_frame is None
            and not self.inside_message
            and self._take_texts()
        ):
            return len(self.data) > 0
        more: bool = super().processData()
        return more

    def _take_texts(self) -> bool:
        data: bytes = self.data
        self.data = b""
        end = 0
        self._taking = True
        try:
            for text, text_end in whole_texts(data, not self._masks, self._most):
                end = text_end
                self._count_received(len(text))
                self.onMessage(text, False)
                if self.state != self.STATE_OPEN:
                    break
        finally:
            self._taking = False
            self.data = data[end:] + self.data
        return end > 0

    def _count_received(self, size: int) -> None:
        stats = self.trafficStats
        stats.incomingOctetsWebSocketLevel += size
        stats.incomingOctetsAppLevel += size
        stats.incomingWebSocketFrames += 1
        stats.incomingWebSocketMessages += 1
        if self.autoPingTimeoutCall and self.autoPingRestartOnAnyTraffic:
            self._cancelAutoPingTimeoutCall()

    def sendData(
        self, data: bytes, sync: bool = False, chopsize: int | None = None
    ) -> None:
        """
        All that Autobahn writes, too: so nothing overtakes what waits.
        """
        way = self._way
        if way is None or sync or chopsize:
            super().sendData(data, sync, chopsize)
            return
        if self.state == self.STATE_OPEN:
            self.trafficStats.outgoingOctetsWireLevel += len(data)
        if self.logOctets:
            self.logTxOctets(data, False)
        way.write(data, self._sends_audio)

    def unregisterProducer(self) -> None:
        """
        Autobahn is about to drop the connection: what waits goes before that.
        """
        self._leave_way()
        super().unregisterProducer()

    def _leave_way(self) -> None:
        way, self._way = self._way, None
        if way is not None:
            way.leave()
            self._dropped += way.buffer.frames_dropped
            if self._dropped:
                self._wire_log.warn(
                    "{peer} did not read in time: {dropped} frames of audio dropped",
                    peer=self.peer_name,
                    dropped=self._dropped,
                )

    # Back-pressure.

    def _pressed(self, pressed: bool) -> None:
        """
        The peer does not read (64 KB wait), or does again.
        """
        if not pressed:
            _stop(self._choked)
            return
        if not self.chokes:  # said again with every write
            self._choked = self._clock.callLater(CHOKED_SECONDS, self._too_long)
        if self._way is not None and self._way.buffer.waiting > FLOOD:
            _stop(self._choked)
            self.not_read(f"did not read, and more than {FLOOD >> 20} MB waited")

    def _too_long(self) -> None:
        self.not_read(f"read nothing for {CHOKED_SECONDS:g} s")


def _stop(timer: IDelayedCall | None) -> None:
    if timer is not None and timer.active():
        timer.cancel()
