"""
The ends of the sockets: the caller behind Azure, and the agent.
"""

from __future__ import annotations

import json
import time

from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest

from .frames import METADATA, Marking, Silent, Unreadable, audio_of, message, read_tag
from .ledger import Ledger


class CallerSide(WSListener):
    """
    Azure's end of one media socket.
    """

    def __init__(self, ledger: Ledger, number: int, marking: Marking) -> None:
        super().__init__()
        self._all = ledger
        self._ledger = ledger.calls[number]
        self._marking = marking
        self._transport: WSTransport | None = None
        self.was_answered = False

    @property
    def is_open(self) -> bool:
        """
        Is there a socket?
        """
        return self._transport is not None

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.send(WSMsgType.TEXT, METADATA)
        self._transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._transport = None

    def talk(self, stamped: bytes) -> None:
        """
        Send the next frame, if the socket is open.
        """
        if self._transport is None:
            return
        text = message(stamped, self._marking.data(len(self._ledger.sent)))
        self._ledger.send(time.monotonic())
        self._transport.send(WSMsgType.TEXT, text)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        now = time.monotonic()
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
            return
        if frame.msg_type != WSMsgType.TEXT:
            return
        data = audio_of(frame.get_payload_as_bytes())
        if data is None:
            return
        try:
            number = self._marking.number(data, len(self._ledger.sent))
        except Silent:
            self._all.silent.append(now)
            return
        except Unreadable:
            self._all.damaged.append(now)
            return
        self.was_answered = True
        if not self._ledger.came_back(number, now):
            self._all.repeated.append(now)

    def hang_up(self) -> None:
        """
        The caller leaves.
        """
        if self._transport is not None:
            self._transport.send_close(1000)
            self._transport.disconnect()


class AgentSide:
    """
    What all sockets of the agent share.

    @ivar echoing: does it say what it hears?
    @ivar sockets: that are open.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._calls = ledger.calls
        self.echoing = False
        self.sockets = 0

    def heard(self, pcm: bytes) -> None:
        """
        A frame of PCM16 has come.
        """
        number, call = read_tag(pcm)
        if call < len(self._calls) and number < len(self._calls[call].sent):
            self._calls[call].heard[number] = time.monotonic()


def agent_for(request: WSUpgradeRequest, shared: AgentSide) -> WSListener:
    """
    @return: an agent that says back what it hears: mu-law in Twilio's messages, or
        whatever it is.
    """
    return TwilioEcho(shared) if request.path.startswith(b"/twilio") else Echo(shared)


class Echo(WSListener):
    """
    Takes frames of bare PCM16 as binary messages, or others where no program is
    between.
    """

    def __init__(self, shared: AgentSide) -> None:
        super().__init__()
        self._shared = shared

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._shared.sockets += 1

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._shared.sockets -= 1

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
            return
        said = frame.get_payload_as_bytes()
        if frame.msg_type == WSMsgType.BINARY:
            self._shared.heard(said)
        if self._shared.echoing:
            transport.send(frame.msg_type, said)


class TwilioEcho(Echo):
    """
    Takes Twilio's Media Streams.
    """

    def __init__(self, shared: AgentSide) -> None:
        super().__init__(shared)
        self._answer = b""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
        if frame.msg_type != WSMsgType.TEXT:
            return
        text = frame.get_payload_as_bytes()
        if text.startswith(b'{"event":"media"'):
            start = text.index(b'"payload":"') + 11
            payload = text[start : text.index(b'"', start)]
            if self._shared.echoing:
                transport.send(WSMsgType.TEXT, self._answer % payload)
        elif b'"start"' in text[:40]:
            sid = json.loads(text)["streamSid"].encode()
            head = b'{"event":"media","streamSid":"%b","media":{"payload":"' % sid
            self._answer = head + b'%b"}}'
