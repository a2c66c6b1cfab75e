"""
What the WebSocket to the network and the one to an agent have in common: the short
cut for whole audio frames, and what happens when the peer does not read.

Autobahn owns the connection, the program owns the audio frame: see
C{docs/decisions/008-frame-shortcut.md}.
"""

from __future__ import annotations

from random import getrandbits
from typing import Any

from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from .frame_shortcut import message_frame, whole_message
from .media_hub import MediaHub, Seat
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
    _seat: Seat | None = None

    def __init__(self, hub: MediaHub) -> None:
        # Messages, their bytes, bytes on the wire; not counted by Autobahn yet.
        self._got = [0, 0, 0]
        self._sent = [0, 0, 0]
        super().__init__()
        self._hub = hub
        self._clock = hub.reactor

    # For the two protocols.

    def open_wire(self) -> None:
        """
        The handshake is done.
        """
        self._short = self._hub.frame_shortcut and not (
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
        if self._short:
            self._seat = self._hub.join(self.transport, self.dataReceived)

    def close_wire(self) -> None:
        """
        The connection is gone.
        """
        self._leave_hub()
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
        self._send(text, False, is_audio)

    def send_binary(self, message: bytes, is_audio: bool = False) -> None:
        """
        See L{send_text}.
        """
        self._send(message, True, is_audio)

    def _send(self, message: bytes, is_binary: bool, is_audio: bool) -> None:
        if self.state != self.STATE_OPEN:
            return
        size = len(message)
        way = self._way
        if not self._short or way is None or size > self._most:
            self._sends_audio = is_audio
            try:
                self.sendMessage(message, isBinary=is_binary)
            finally:
                self._sends_audio = False
            return
        key = getrandbits(32).to_bytes(4, "big") if self._masks else b""
        frame = message_frame(message, is_binary, key)
        self._sent[0] += 1
        self._sent[1] += size
        self._sent[2] += len(frame)
        way.write(frame, is_audio)

    def abort(self) -> None:
        """
        Drop the connection now, whatever it is doing.
        """
        self._leave_hub()
        transport: Any = self.transport
        if transport is not None:
            transport.abortConnection()

    def _leave_hub(self) -> None:
        seat, self._seat = self._seat, None
        if seat is not None:
            seat.leave()

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

    def _closeConnection(self, abort: bool = False) -> None:
        self._leave_hub()  # Twisted would read no more either
        super()._closeConnection(abort)

    def dataReceived(self, data: bytes) -> None:
        if not self._short:
            super().dataReceived(data)
        elif (
            self.data
            or self.state != self.STATE_OPEN
            or self.current_frame is not None
            or self.inside_message
            or self._taking
        ):
            # Autobahn's own dataReceived would first make the texts of a log line.
            self._dataReceived(data)
        else:
            self._got[2] += len(data)
            rest = self._take_messages(data)
            if rest:
                self.data = rest
                self.consumeData()

    def processData(self) -> bool:
        """
        Autobahn calls it while there is data, whenever it may be between frames.

        @return: is there more to do?
        """
        if self._taking:
            return False
        if self._short and self._is_between_frames():
            data, self.data = self.data, b""
            self.data = self._take_messages(data)
            if len(self.data) < len(data):
                return len(self.data) > 0
        more: bool = super().processData()
        return more

    def _is_between_frames(self) -> bool:
        return (
            self.state == self.STATE_OPEN
            and self.current_frame is None
            and not self.inside_message
        )

    def _take_messages(self, data: bytes) -> bytes:
        """
        Take whole messages at the head of C{data}, one after the other: one may end
        the connection, and what comes after it is not to be taken.

        @return: all from the first thing on that is anything else, and what has come
            meanwhile.
        """
        end, size, got = 0, len(data), self._got
        self._taking = True
        try:
            while end < size and self.state == self.STATE_OPEN:
                taken = whole_message(data, end, not self._masks, self._most)
                if taken is None:
                    break
                message, is_binary, end = taken
                got[0] += 1
                got[1] += len(message)
                if self.autoPingTimeoutCall and self.autoPingRestartOnAnyTraffic:
                    self._cancelAutoPingTimeoutCall()
                self.onMessage(message, is_binary)
        finally:
            self._taking = False
            meanwhile, self.data = self.data, b""
        return data[end:] + meanwhile if end < size or meanwhile else b""

    @property
    def trafficStats(self) -> Any:
        """
        Autobahn's counters, with what went past it.
        """
        stats, got, sent = self._stats, self._got, self._sent
        if any(got):
            stats.incomingWebSocketMessages += got[0]
            stats.incomingWebSocketFrames += got[0]
            stats.incomingOctetsAppLevel += got[1]
            stats.incomingOctetsWebSocketLevel += got[1]
            stats.incomingOctetsWireLevel += got[2]
            got[:] = 0, 0, 0
        if any(sent):
            stats.outgoingWebSocketMessages += sent[0]
            stats.outgoingWebSocketFrames += sent[0]
            stats.outgoingOctetsAppLevel += sent[1]
            stats.outgoingOctetsWebSocketLevel += sent[1]
            stats.outgoingOctetsWireLevel += sent[2]
            sent[:] = 0, 0, 0
        return stats

    @trafficStats.setter
    def trafficStats(self, stats: Any) -> None:
        self._stats = stats

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
