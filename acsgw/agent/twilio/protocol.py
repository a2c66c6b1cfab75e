"""
The WebSocket to an agent: a thin shell; what the messages mean stands in
L{acsgw.agent.twilio.stream}.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from autobahn.websocket.types import ConnectionResponse
from twisted.internet.interfaces import IAddress
from twisted.logger import Logger

from ...wire.audio_socket import AudioSocket
from ...wire.media_hub import MediaHub

# Autobahn's sendClose raises for codes other than 1000 and 3000 to 4999.
CLOSE_NORMAL = 1000
CLOSE_OUR_FAULT = 4500

#: What a close frame without a code counts as, and no close frame at all.
NO_CODE = 1005
LOST = 1006


@dataclass(frozen=True)
class Closed:
    """
    How a socket was closed, or that it never opened.

    @ivar code: the agent's, as it came; or L{NO_CODE} or L{LOST}.
    @ivar status: of an upgrade that was refused; else 0.
    @ivar by_us: the gateway closed it, as it could not go on.
    """

    code: int
    reason: str
    status: int = 0
    by_us: bool = False


class StreamOwner(Protocol):
    """
    Our side of the socket.
    """

    def line_opened(self, line: AgentLine) -> None: ...
    def line_received(self, message: bytes, is_binary: bool) -> None: ...
    def line_closed(self, closed: Closed) -> None: ...


# Two bases of Autobahn disagree about types.
class AgentLine(AudioSocket, WebSocketClientProtocol):  # type: ignore[misc]
    """
    Names of methods in camelCase are called by Autobahn; ours are not.

    Autobahn leaves a connection open whose C{onOpen} raised: so nothing may escape
    from here.
    """

    # See acsgw.wire.audio_lane.
    __slots__ = ("_owner",)

    peer_name = "an agent"
    _log = Logger()  # not C{log}: that name is Autobahn's

    def __init__(self, owner: StreamOwner, hub: MediaHub) -> None:
        super().__init__(hub)
        self._owner: StreamOwner | None = owner
        self._problem: str | None = None

    # What we can be asked to do.

    def hang_up(self, code: int = CLOSE_NORMAL) -> None:
        """
        Close the socket, whatever it is doing; its owner hears no more of it.
        """
        self._owner = None
        self.stop_choking()
        if self.state == self.STATE_OPEN:
            self.sendClose(code)
        elif self.state != self.STATE_CLOSING:
            self.abort()

    # What Autobahn tells us.

    def onConnect(self, response: ConnectionResponse) -> None:
        """The agent has agreed; onOpen follows."""

    def onOpen(self) -> None:
        self.open_wire()
        owner = self._owner
        if owner is None:
            return
        try:
            owner.line_opened(self)
        except Exception:
            self._broken()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        owner = self._owner
        if owner is None:
            return
        try:
            owner.line_received(payload, isBinary)
        except Exception:
            self._broken()

    def onCloseFrame(self, code: int | None, reasonRaw: bytes | None) -> bool | None:
        # Now, not when the agent gets round to close the connection beneath, and with
        # the agent's code, which Autobahn passes on only if it likes it.
        reason = (reasonRaw or b"").decode("utf-8", "replace")
        closed = Closed(NO_CODE if code is None else code, reason)
        if self.failedByMe:  # the agent only answers our own close
            why = (self.localCloseReason or b"").decode("utf-8", "replace")
            reason = f"it broke the protocol of sockets: {why}"
            closed = Closed(LOST, reason)
        told: bool | None = super().onCloseFrame(code, reasonRaw)  # type: ignore[arg-type]
        self._tell_closed(closed)
        return told

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self.close_wire()
        text = self._problem or _short(reason or "")
        refused = re.search(r"upgrade failed \[(\d{3})\]", text)
        status = int(refused[1]) if refused else 0
        self._tell_closed(Closed(LOST, text, status))

    def not_read(self, problem: str) -> None:
        self._problem = f"it {problem}"
        self.abort()

    def _tell_closed(self, closed: Closed) -> None:
        owner, self._owner = self._owner, None
        if owner is None:
            return
        try:
            owner.line_closed(closed)
        except Exception:
            self._log.failure("end of an agent's stream")

    def _broken(self) -> None:
        """
        Our own side of it raised what is being handled.
        """
        self._log.failure("stream of an agent")
        if self.state == self.STATE_OPEN:
            self.sendClose(CLOSE_OUR_FAULT)
        self._tell_closed(Closed(CLOSE_OUR_FAULT, "internal error", by_us=True))


def _short(reason: str) -> str:
    """
    @return: what went wrong, without what Autobahn says around it.
    """
    found = re.search(r'\("(.*)"\)$', reason)
    return found[1] if found else reason


class LineFactory(WebSocketClientFactory):
    """
    Makes the one socket of a conversation.
    """

    def __init__(
        self,
        hub: MediaHub,
        owner: StreamOwner,
        **about: Any,
    ) -> None:
        """
        @param hub: reads the socket.
        @param about: what Autobahn's factory takes: C{url}, C{headers},
            C{useragent}.
        """
        super().__init__(reactor=hub.reactor, **about)
        self._hub = hub
        self._owner = owner

    def buildProtocol(self, addr: IAddress | None) -> AgentLine:
        line = AgentLine(self._owner, self._hub)
        line.factory = self
        return line
