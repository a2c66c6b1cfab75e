"""
The ends of the sockets: the caller behind Azure, and the agent.
"""

from __future__ import annotations

import json
import time
from array import array
from collections.abc import Sequence

from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest

from .figures import CallLedger
from .frames import METADATA, Marking, Unreadable, audio_of, message, read_tag

#: For so long the agent says nothing: what a gateway kept until the agent was there
#: comes all at once, and its echo would stand in the queue of playout for ever.
_MUTE_SECONDS = 1.0


class CallerSide(WSListener):
    """
    Azure's end of one media socket.
    """

    def __init__(self, marking: Marking) -> None:
        super().__init__()
        self.ledger = CallLedger()
        self._marking = marking
        self._transport: WSTransport | None = None

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
        number = len(self.ledger.sent)
        text = message(stamped, self._marking.data(number))
        self.ledger.sent.append(time.monotonic())
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
        ledger = self.ledger
        try:
            ledger.came_back(self._marking.number(data, len(ledger.sent)), now)
        except Unreadable:
            ledger.damaged += 1

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
    """

    def __init__(self, ledgers: Sequence[CallLedger], to_agent: array[float]) -> None:
        """
        @param to_agent: gets how long numbered frames took to come here, in ms.
        """
        self._ledgers = ledgers
        self._to_agent = to_agent
        self.measuring = False

    def heard(self, pcm: bytes) -> None:
        """
        A frame of PCM16 has come.
        """
        if not self.measuring:
            return
        number, call = read_tag(pcm)
        if call < len(self._ledgers) and number < len(self._ledgers[call].sent):
            took = time.monotonic() - self._ledgers[call].sent[number]
            self._to_agent.append(took * 1000)


def agent_for(request: WSUpgradeRequest, shared: AgentSide) -> WSListener:
    """
    @return: an agent that says back what it hears: mu-law in Twilio's messages, or
        bare PCM16.
    """
    return TwilioEcho() if request.path.startswith(b"/twilio") else PcmEcho(shared)


class PcmEcho(WSListener):
    """
    Takes frames of bare PCM16 as binary messages.
    """

    def __init__(self, shared: AgentSide) -> None:
        super().__init__()
        self._shared = shared
        self._talks = time.monotonic() + _MUTE_SECONDS

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.BINARY:
            pcm = frame.get_payload_as_bytes()
            self._shared.heard(pcm)
            if time.monotonic() > self._talks:
                transport.send(WSMsgType.BINARY, pcm)
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()


class TwilioEcho(WSListener):
    """
    Takes Twilio's Media Streams.
    """

    def __init__(self) -> None:
        super().__init__()
        self._answer = b""
        self._talks = time.monotonic() + _MUTE_SECONDS

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
        if frame.msg_type != WSMsgType.TEXT:
            return
        text = frame.get_payload_as_bytes()
        if text.startswith(b'{"event":"media"'):
            start = text.index(b'"payload":"') + 11
            payload = text[start : text.index(b'"', start)]
            if time.monotonic() > self._talks:
                transport.send(WSMsgType.TEXT, self._answer % payload)
        elif b'"start"' in text[:40]:
            sid = json.loads(text)["streamSid"].encode()
            head = b'{"event":"media","streamSid":"%b","media":{"payload":"' % sid
            self._answer = head + b'%b"}}'
