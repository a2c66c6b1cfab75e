"""
Opens the stream of a conversation, with another try where that may help.
"""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import CancelledError, Deferred, TimeoutError as OutOfTime
from twisted.internet.error import ConnectingCancelledError
from twisted.internet.task import deferLater

from ...errors import AgentRefused
from ...interfaces import CallInfo
from ...wire.media_hub import MediaHub
from ..options import StreamOptions
from .dial import UNREACHED, dial
from .door import Door, told
from .protocol import LOST, AgentLine, Closed, StreamOwner

#: Between two tries.
PAUSE_SECONDS = 0.25

#: Statuses of an upgrade that may go better at once.
_RETRIED = frozenset({429, 500, 502, 503, 504})

#: Statuses that an address of yesterday may have.
_ADDRESS_IS_OLD = frozenset({401, 403, 404, 410})


class Parts(Protocol):
    """
    What is needed of C{StreamParts}.
    """

    @property
    def hub(self) -> MediaHub: ...
    @property
    def door(self) -> Door: ...
    @property
    def options(self) -> StreamOptions: ...
    def tried(self, problem: str | None, /) -> None: ...


async def open_line(parts: Parts, call: CallInfo, owner: StreamOwner) -> AgentLine:
    """
    @param owner: hears of all that happens after the upgrade.

    @raise AgentRefused: if the agent cannot be reached.
    """
    clock, options = parts.hub.reactor, parts.options
    deadline = clock.seconds() + options.connect_seconds
    fresh = False
    for tries_left in reversed(range(options.connect_tries)):
        waiting = _Waiting(owner)
        trying = Deferred.fromCoroutine(_try(parts, call, waiting, fresh))
        try:
            line = await trying.addTimeout(max(0.0, deadline - clock.seconds()), clock)
        except (CancelledError, ConnectingCancelledError, OutOfTime):
            waiting.give_up()
            if clock.seconds() < deadline:  # nobody wants it any more
                raise CancelledError() from None
            reason = f"not reached in {options.connect_seconds:g} s"
            parts.tried(reason)
            raise AgentRefused(reason, retryable=True) from None
        except AgentRefused as e:
            parts.tried(str(e))
            old = waiting.closed.status in _ADDRESS_IS_OLD
            fresh = old and parts.door.renews
            wait = clock.seconds() + PAUSE_SECONDS
            if not tries_left or not (e.retryable or fresh) or wait > deadline:
                raise
            await deferLater(clock, PAUSE_SECONDS)
        else:
            parts.tried(None)
            return line
    raise AgentRefused("no try is allowed", retryable=False)


async def _try(
    parts: Parts, call: CallInfo, waiting: _Waiting, fresh: bool
) -> AgentLine:
    url = await parts.door.address(call, fresh=fresh)
    try:
        connecting = dial(url, parts.options, waiting, parts.hub)
        waiting.line = await connecting
    except UNREACHED as e:
        text = f"cannot be reached: {type(e).__name__}: {e}"
        raise AgentRefused(text, retryable=True) from e
    return await waiting.opened


class _Waiting:
    """
    Owns the socket until it is open, and passes on what comes then.
    """

    def __init__(self, owner: StreamOwner) -> None:
        self._owner = owner
        self._is_open = False
        self.line: AgentLine | None = None
        self.opened: Deferred[AgentLine] = Deferred()
        self.closed = Closed(LOST, "")

    def give_up(self) -> None:
        """
        Nobody waits any more.
        """
        if self.line is not None:
            self.line.hang_up()

    def line_opened(self, line: AgentLine) -> None:
        self._is_open = True
        if not self.opened.called:
            self.opened.callback(line)
        self._owner.line_opened(line)

    def line_received(self, message: bytes, is_binary: bool) -> None:
        self._owner.line_received(message, is_binary)

    def line_closed(self, closed: Closed) -> None:
        if self._is_open:
            self._owner.line_closed(closed)
            return
        self.closed = closed
        retryable = closed.status in _RETRIED or not closed.status
        if closed.status:
            text = f"it refused the stream: {closed.reason[:200]}"
        else:
            text = told(closed)
        if not self.opened.called:
            self.opened.errback(AgentRefused(text, retryable=retryable))
