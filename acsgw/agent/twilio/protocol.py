"""
The WebSocket to an agent: a thin shell; what the messages mean stands in
L{acsgw.agent.twilio.stream}.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from autobahn.websocket.types import ConnectionResponse
from twisted.internet.interfaces import (
    IAddress,
    IDelayedCall,
    IPushProducer,
    IReactorTime,
)
from twisted.logger import Logger
from zope.interface import implementer

# Autobahn's sendClose raises for codes other than 1000 and 3000 to 4999.
CLOSE_NORMAL = 1000
CLOSE_OUR_FAULT = 4500

#: What a close frame without a code counts as, and no close frame at all.
NO_CODE = 1005
LOST = 1006

#: How long 64 KB (3 s of audio) may wait for an agent that does not read.
CHOKED_SECONDS = 2.0


@dataclass(frozen=True)
class Closed:
    """
    How a socket was closed, or that it never opened.

    @ivar code: the agent's, as it came; or L{NO_CODE} or L{LOST}.
    @ivar status: of an upgrade that was refused; else 0.
    """

    code: int
    reason: str
    status: int = 0


class StreamOwner(Protocol):
    """
    Our side of the socket.
    """

    def line_opened(self, line: AgentLine) -> None: ...
    def line_received(self, message: bytes, is_binary: bool) -> None: ...
    def line_closed(self, closed: Closed) -> None: ...


class AgentLine(WebSocketClientProtocol):
    """
    Names of methods in camelCase are called by Autobahn; ours are not.

    Autobahn leaves a connection open whose C{onOpen} raised: so nothing may escape
    from here.
    """

    _log = Logger()  # not C{log}: that name is Autobahn's

    def __init__(self, owner: StreamOwner, clock: IReactorTime) -> None:
        super().__init__()
        self._owner: StreamOwner | None = owner
        self._clock = clock
        self._problem: str | None = None
        self._choked: IDelayedCall | None = None

    # What we can be asked to do.

    def send(self, message: bytes) -> None:
        """
        Send a text; nothing is done while the socket closes.
        """
        if self.state == self.STATE_OPEN:
            self.sendMessage(message, isBinary=False)

    @property
    def chokes(self) -> bool:
        """
        The agent does not read; audio for it had better be dropped.
        """
        return self._choked is not None and self._choked.active()

    def hang_up(self, code: int = CLOSE_NORMAL) -> None:
        """
        Close the socket, whatever it is doing; its owner hears no more of it.
        """
        self._owner = None
        _stop(self._choked)
        if self.state == self.STATE_OPEN:
            self.sendClose(code)
        elif self.state != self.STATE_CLOSING:
            self._abort()

    def _abort(self) -> None:
        transport: Any = self.transport
        if transport is not None:
            transport.abortConnection()

    # What Autobahn tells us.

    def connectionMade(self) -> None:
        super().connectionMade()
        # Autobahn's tcpNoDelay option has no effect under Twisted: without this one
        # late frame makes all that follow late.
        transport: Any = self.transport
        if hasattr(transport, "setTcpNoDelay"):
            transport.setTcpNoDelay(True)

    def onConnect(self, response: ConnectionResponse) -> None:
        """The agent has agreed; onOpen follows."""

    def onOpen(self) -> None:
        transport: Any = self.transport
        transport.registerProducer(_Gauge(self), True)
        self._tell(lambda owner: owner.line_opened(self))

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self._tell(lambda owner: owner.line_received(payload, isBinary))

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
        _stop(self._choked)
        text = self._problem or _short(reason or "")
        refused = re.search(r"upgrade failed \[(\d{3})\]", text)
        status = int(refused[1]) if refused else 0
        self._tell_closed(Closed(LOST, text, status))

    def choked(self, full: bool) -> None:
        """
        The agent does not read (64 KB wait), or does again.
        """
        if full and not self.chokes:  # Twisted says so with every write
            self._choked = self._clock.callLater(CHOKED_SECONDS, self._not_read)
        elif not full:
            _stop(self._choked)

    def _not_read(self) -> None:
        self._problem = f"it read nothing for {CHOKED_SECONDS:g} s"
        self._abort()

    def _tell_closed(self, closed: Closed) -> None:
        owner, self._owner = self._owner, None
        if owner is not None:
            self._guard(lambda: owner.line_closed(closed))

    def _tell(self, tell: Callable[[StreamOwner], None]) -> None:
        owner = self._owner
        if owner is not None and not self._guard(lambda: tell(owner)):
            if self.state == self.STATE_OPEN:
                self.sendClose(CLOSE_OUR_FAULT)
            self._tell_closed(Closed(CLOSE_OUR_FAULT, "internal error"))

    def _guard(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except Exception:
            self._log.failure("stream of an agent")
            return False
        return True


def _short(reason: str) -> str:
    """
    @return: what went wrong, without what Autobahn says around it.
    """
    found = re.search(r'\("(.*)"\)$', reason)
    return found[1] if found else reason


def _stop(timer: IDelayedCall | None) -> None:
    if timer is not None and timer.active():
        timer.cancel()


@implementer(IPushProducer)
class _Gauge:
    """
    Told by the transport whether the agent reads.
    """

    def __init__(self, line: AgentLine) -> None:
        self._line = line

    def pauseProducing(self) -> None:
        self._line.choked(True)

    def resumeProducing(self) -> None:
        self._line.choked(False)

    def stopProducing(self) -> None:
        """The connection is gone: onClose tells."""


class LineFactory(WebSocketClientFactory):
    """
    Makes the one socket of a conversation.
    """

    def __init__(self, reactor: IReactorTime, owner: StreamOwner, **about: Any) -> None:
        """
        @param about: what Autobahn's factory takes: C{url}, C{headers},
            C{useragent}.
        """
        super().__init__(reactor=reactor, **about)
        self._clock = reactor
        self._owner = owner

    def buildProtocol(self, addr: IAddress | None) -> AgentLine:
        line = AgentLine(self._owner, self._clock)
        line.factory = self
        return line
