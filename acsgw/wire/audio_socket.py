"""
What the WebSocket to the network and the one to an agent have in common: the short
cut for whole audio frames, and what happens when the peer does not read.

Autobahn owns the connection, the program owns the audio frame: see
C{docs/decisions/008-frame-shortcut.md}.
"""

from __future__ import annotations

from typing import Any

from twisted.logger import Logger

from .audio_lane import AudioLane
from .choking import Choking
from .media_hub import MediaHub
from .out_way import OutWay, open_way
from .seat import Seat

#: One of Autobahn's protocols is mixed in, whose types do not say the half of it.
_Protocol: Any = object


#: What Autobahn keeps of a handshake, and needs no more: headers, tokens, 2 KB.
_OF_HANDSHAKE = (
    "http_headers",
    "http_request_data",
    "http_request_params",
    "http_request_uri",
    "http_response_data",
)


class AudioSocket(_Protocol):
    """
    Mixed into a protocol of Autobahn's, of either side.  Names of methods in camelCase
    are called by Autobahn.

    @cvar peer_name: who is at the other end, for the log.
    """

    # See AudioLane.
    __slots__ = ("__dict__", "_choking", "_lane", "_state")

    peer_name = ""
    _wire_log = Logger()
    data: bytes
    _sends_audio = False
    _dropped = 0
    _way: OutWay | None = None
    _seat: Seat | None = None

    def __init__(self, hub: MediaHub) -> None:
        self._lane: AudioLane | None = None
        # It holds on to us until the connection is gone.
        self._choking: Choking | None = None
        super().__init__()
        self._hub = hub
        self._clock = hub.reactor

    # For the two protocols.

    def open_wire(self) -> None:
        """
        The handshake is done.
        """
        for name in _OF_HANDSHAKE:
            self.__dict__.pop(name, None)
        short = self._hub.frame_shortcut and not (
            # Frames then are not what they look like, or somebody looks on.
            self.websocket_extensions_in_use
            or self.autoFragmentSize
            or self.logFrames
            or self.logOctets
            or self.trackedTimings
        )
        self._way = open_way(self.transport, short, self._pressed)
        if short:
            self._lane = self._new_lane(self._way)
            self._seat = self._hub.join(self.transport, self._lane.receive)

    def _new_lane(self, way: OutWay) -> AudioLane:
        limits = (self.maxMessagePayloadSize, self.maxFramePayloadSize)
        restarts = self.autoPingInterval and self.autoPingRestartOnAnyTraffic
        return AudioLane(
            self,
            self._hub,
            way,
            is_server=self.factory.isServer,
            most=min((limit for limit in limits if limit), default=1 << 62),
            alive=self._is_alive if restarts else None,
        )

    def close_wire(self) -> None:
        """
        The connection is gone.
        """
        self._leave_hub()
        self._leave_way()
        self._leave_lane()
        self.stop_choking()
        self._choking = None
        # Its result is this socket: only the garbage collector would find the end.
        self.is_closed = None

    @property
    def state(self) -> int:
        """
        Autobahn's.
        """
        return self._state

    @state.setter
    def state(self, state: int) -> None:
        self._state = state
        if self._lane is not None:
            self._lane.is_open = state == self.STATE_OPEN

    @property
    def chokes(self) -> bool:
        """
        The peer does not read.
        """
        choking = self._choking
        return choking is not None and choking.is_on

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
        if self._choking is not None:
            self._choking.stop()

    def send_text(self, text: bytes, is_audio: bool = False) -> None:
        """
        Nothing is done while the socket closes.

        @param is_audio: may it be dropped if the peer does not read?
        """
        lane = self._lane
        if lane is None or not lane.send(text, False, is_audio):
            self._send_message(text, False, is_audio)

    def send_binary(self, message: bytes, is_audio: bool = False) -> None:
        """
        See L{send_text}.
        """
        lane = self._lane
        if lane is None or not lane.send(message, True, is_audio):
            self._send_message(message, True, is_audio)

    def _send_message(self, message: bytes, is_binary: bool, is_audio: bool) -> None:
        """
        Autobahn's way.
        """
        if self.state == self.STATE_OPEN:
            self._sends_audio = is_audio
            try:
                self.sendMessage(message, isBinary=is_binary)
            finally:
                self._sends_audio = False

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
        if self._lane is None:
            super().dataReceived(data)
        else:
            self._lane.receive(data)

    def take_all(self, data: bytes) -> None:
        """
        See L{AudioLane}: it takes nothing now.
        """
        # Autobahn's own dataReceived would first make the texts of a log line.
        self._dataReceived(data)
        self._free_lane()

    def take_rest(self, data: bytes) -> None:
        """
        See L{AudioLane}: it has taken what was before this, and counted all.
        """
        self.data = data + self.data
        self.consumeData()
        self._free_lane()

    def processData(self) -> bool:
        """
        Autobahn calls it while there is data, whenever it may be between frames.

        @return: is there more to do?
        """
        lane = self._lane
        if lane is not None:
            if lane.takes:
                return False
            if self._is_between_frames():
                data, self.data = self.data, b""
                end = lane.take_messages(data)
                self.data = data[end:] + self.data
                if end:
                    return len(self.data) > 0
        more: bool = super().processData()
        return more

    def _is_between_frames(self) -> bool:
        return self.current_frame is None and not self.inside_message

    def _free_lane(self) -> None:
        if self._lane is not None:
            self._lane.is_free = not self.data and self._is_between_frames()

    def _is_alive(self) -> None:
        if self.autoPingTimeoutCall:
            self._cancelAutoPingTimeoutCall()

    def _leave_lane(self) -> None:
        self._count_lane()
        self._lane = None

    def _count_lane(self) -> None:
        """
        Let Autobahn's counters know what went past it.
        """
        if self._lane is not None:
            self._lane.add_counts(self._stats)

    @property
    def trafficStats(self) -> Any:
        """
        Autobahn's counters, with what went past it.
        """
        self._count_lane()
        return self._stats

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
        self._hub.send(way, data, self._sends_audio)

    def unregisterProducer(self) -> None:
        """
        Autobahn is about to drop the connection: what waits goes before that.
        """
        self._leave_way()
        super().unregisterProducer()

    def _leave_way(self) -> None:
        way, self._way = self._way, None
        if way is not None:
            self._hub.send_gathered()
            way.leave()
            self._dropped += way.buffer.frames_dropped
            if self._dropped:
                self._wire_log.warn(
                    "{peer} did not read in time: {dropped} frames of audio dropped",
                    peer=self.peer_name,
                    dropped=self._dropped,
                )

    def _pressed(self, pressed: bool) -> None:
        """
        The peer does not read (64 KB wait), or does again.
        """
        if self._choking is None:
            self._choking = Choking(self._clock, self.not_read)
        waiting = 0 if self._way is None else self._way.buffer.waiting
        self._choking.pressed(pressed, waiting)
