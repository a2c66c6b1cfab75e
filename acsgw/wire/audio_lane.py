"""
One socket's way for whole audio frames, in and out.

A frame needs the same few things fifty times a second.  They are here in slots, in
one class for all sockets: an Autobahn protocol has 150 attributes in a dictionary
that is in no cache when hundreds of calls speak, and CPython only takes short ways to
attributes where it always meets the same class.
"""

from __future__ import annotations

from collections.abc import Callable
from random import getrandbits
from typing import Any, Protocol

from .frame_shortcut import message_frame, whole_message
from .media_hub import MediaHub
from .out_way import OutWay

Deliver = Callable[[bytes, bool], None]


class LaneOwner(Protocol):
    """
    The socket, which does everything else: see L{acsgw.wire.audio_socket}.
    """

    def onMessage(self, payload: bytes, isBinary: bool) -> None: ...
    def take_all(self, data: bytes) -> None: ...
    def take_rest(self, data: bytes) -> None: ...


class AudioLane:
    """
    @ivar is_open: may messages be taken and sent?
    @ivar is_free: is there nothing under way at Autobahn: no frame half read, no
        message in pieces, no bytes kept?
    @ivar takes: is it just taking messages?
    """

    __slots__ = (
        "_alive",
        "_deliver",
        "_got_messages",
        "_got_octets",
        "_got_wire",
        "_hub",
        "_masked",
        "_masks",
        "_most",
        "_owner",
        "_sent_messages",
        "_sent_octets",
        "_sent_wire",
        "_way",
        "is_free",
        "is_open",
        "takes",
    )

    def __init__(
        self,
        owner: LaneOwner,
        hub: MediaHub,
        way: OutWay,
        *,
        is_server: bool,
        most: int,
        alive: Callable[[], None] | None,
    ) -> None:
        """
        @param is_server: then the other side masks; else we do.
        @param most: bytes of the longest message.
        @param alive: called with each message, if somebody waits for a sign of life.
        """
        self._owner = owner
        self._deliver: Deliver = owner.onMessage
        self._hub = hub
        self._way = way
        self._masked = is_server
        self._masks = not is_server
        self._most = most
        self._alive = alive
        self.is_open = True
        self.is_free = self.takes = False
        self._forget_counts()

    def add_counts(self, stats: Any) -> None:
        """
        Let Autobahn's counters know what went past it.

        @param stats: a C{TrafficStats} of Autobahn's.
        """
        stats.incomingWebSocketMessages += self._got_messages
        stats.incomingWebSocketFrames += self._got_messages
        stats.incomingOctetsAppLevel += self._got_octets
        stats.incomingOctetsWebSocketLevel += self._got_octets
        stats.incomingOctetsWireLevel += self._got_wire
        stats.outgoingWebSocketMessages += self._sent_messages
        stats.outgoingWebSocketFrames += self._sent_messages
        stats.outgoingOctetsAppLevel += self._sent_octets
        stats.outgoingOctetsWebSocketLevel += self._sent_octets
        stats.outgoingOctetsWireLevel += self._sent_wire
        self._forget_counts()

    def _forget_counts(self) -> None:
        self._got_messages = self._got_octets = self._got_wire = 0
        self._sent_messages = self._sent_octets = self._sent_wire = 0

    def receive(self, data: bytes) -> None:
        """
        This has come from the socket.
        """
        if not self.is_free or not self.is_open or self.takes:
            self._owner.take_all(data)
            return
        self._got_wire += len(data)
        end = self.take_messages(data)
        if end < len(data) or not self.is_free:
            self._owner.take_rest(data[end:])

    def take_messages(self, data: bytes) -> int:
        """
        Take whole messages at the head of C{data}, one after the other: one may end
        the connection, and what comes after it is not to be taken.

        @return: where the first thing begins that is anything else.
        """
        end, size, masked, most = 0, len(data), self._masked, self._most
        deliver, alive = self._deliver, self._alive
        self.takes = True
        try:
            while end < size and self.is_open:
                taken = whole_message(data, end, masked, most)
                if taken is None:
                    break
                message, is_binary, end = taken
                self._got_messages += 1
                self._got_octets += len(message)
                if alive is not None:
                    alive()
                deliver(message, is_binary)
        finally:
            self.takes = False
        return end

    def send(self, message: bytes, is_binary: bool, is_audio: bool) -> bool:
        """
        Send it in one frame: in a turn of the hub's at its end, with all others.

        @return: no: it is not for this lane.
        """
        size = len(message)
        if not self.is_open or size > self._most:
            return False
        key = getrandbits(32).to_bytes(4, "big") if self._masks else b""
        frame = message_frame(message, is_binary, key)
        self._sent_messages += 1
        self._sent_octets += size
        self._sent_wire += len(frame)
        self._hub.send(self._way, frame, is_audio)
        return True
