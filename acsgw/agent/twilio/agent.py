"""
One conversation with an agent that speaks Twilio's Media Streams.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from ...errors import AgentRefused
from ...interfaces import (
    AgentEvents,
    CallInfo,
    ICountsDropped,
    IHearsProgress,
    IVoiceAgent,
    PlayState,
    TransferRequest,
)
from ...wire.media_hub import MediaHub
from ..options import StreamOptions
from ..outlet import Outlet
from .door import Completed, Door, Ending, HandedOver, Lost
from .messages import StreamWriter
from .opening import open_line
from .parameters import parameters, sid
from .protocol import AgentLine, Closed
from .steps import (
    EndUtterance,
    Flush,
    GiveUp,
    Send,
    Speak,
    Step,
    WantProgress,
    Warn,
)
from .stream import StreamCore


@dataclass(frozen=True, kw_only=True)
class StreamParts:
    """
    What every conversation of a connector is made with.

    @ivar name: of the agent, for the log.
    @ivar hub: reads the sockets.
    @ivar new_id: makes texts of 32 hexadecimal digits that nobody has had.
    @ivar tried: told of every try to open a stream: L{None}, or what went wrong.
    """

    name: str
    hub: MediaHub
    door: Door
    options: StreamOptions
    new_id: Callable[[], str]
    tried: Callable[[str | None], None]


@implementer(IVoiceAgent, IHearsProgress, ICountsDropped)
class StreamAgent:
    """
    Its life is one coroutine: the stream is opened, the agent closes it, what that
    means is found out.  If we end the conversation, what it waits for is cancelled.
    """

    _log = Logger()

    def __init__(self, call: CallInfo, events: AgentEvents, parts: StreamParts) -> None:
        self._call = call
        self._parts = parts
        self._events = Outlet(events)
        self._session_id = parts.new_id()
        self._line: AgentLine | None = None
        self._counts: AgentLine | None = None
        self._opening: Deferred[AgentLine] | None = None
        self._closed: Deferred[Closed] = Deferred()
        self._ending: Deferred[Ending] | None = None
        self._core = self._new_core()
        self._request_id: str | None = None
        self._beginning: IDelayedCall = parts.hub.reactor.callLater(0, self._begin)

    def _new_core(self) -> StreamCore:
        options = self._parts.options
        writer = StreamWriter(
            sid("MZ", self._session_id),
            options.account_sid or sid("AC", self._call.account),
            sid("CA", self._call.call_id),
        )
        return StreamCore(
            writer,
            stall_ms=round(options.stall_seconds * 1000),
            most_ahead_ms=round(options.most_ahead_seconds * 1000),
        )

    @property
    def frames_dropped(self) -> int:
        """
        Of the caller's audio, as the agent did not read.
        """
        return 0 if self._counts is None else self._counts.frames_dropped

    # What the gateway says.

    def caller_audio(self, pcm: bytes, position_ms: int) -> None:
        if self._line is None:
            return
        if self._line.chokes:
            # Messages are numbered without a gap: so what is dropped is what comes
            # now, not what waits.
            self._line.count_dropped()
        else:
            self._take(self._core.caller_audio(pcm, position_ms))

    def dtmf(self, digit: str, at_ms: int) -> None:
        if self._line is not None:
            self._take(self._core.dtmf(digit))

    def played(self, utterance: str, played_ms: int, state: PlayState) -> None:
        if self._line is not None:
            self._take(self._core.played(utterance, played_ms, state))

    @property
    def awaits_progress(self) -> bool:
        """
        See L{IHearsProgress<acsgw.interfaces.IHearsProgress>}.
        """
        return self._core.awaits_progress

    def transfer_result(self, request_id: str, ok: bool, text: str) -> None:
        if request_id == self._request_id:
            # The agent has left long ago; this was only waited for because the
            # gateway acts at once when nobody is left.
            self._events.finished()

    def caller_gone(self, reason: str) -> None:
        self._end()

    def close(self, reason: str) -> None:
        self._end()

    def _end(self) -> None:
        if self._beginning.active():
            self._beginning.cancel()
        if self._line is not None:
            self._take(self._core.stop())
        line, self._line = self._line, None
        if line is not None:
            line.hang_up()
        self._events.finished()
        for awaited in (self._opening, self._closed, self._ending):
            if awaited is not None and not awaited.called:
                awaited.cancel()
                awaited.addErrback(lambda failure: None)  # if nobody waited

    # The life.

    def _begin(self) -> None:
        Deferred.fromCoroutine(self._live()).addErrback(self._broken)

    async def _live(self) -> None:
        parts = self._parts
        try:
            given, left_out = parameters(
                self._call,
                parts.options,
                parts.door.reserved(self._call, self._session_id),
            )
            opening = Deferred.fromCoroutine(open_line(parts, self._call, self))
            self._opening = opening
            self._line = self._counts = await opening
        except AgentRefused as e:
            self._events.refused(f"agent {parts.name}: {e}")
            self._events.finished()
            return
        if left_out:
            self._warn(f"too long for the agent, left out: {', '.join(left_out)}")
        self._take(self._core.begin(given))
        self._events.ready()
        if self._events.is_closed():
            return  # that was all the gateway wanted
        closed = await self._closed
        self._take(self._core.agent_left())
        self._line = None
        self._ending = parts.door.ending(closed, self._session_id)
        self._conclude(await self._ending)

    def _conclude(self, ending: Ending) -> None:
        match ending:
            case Completed():
                self._events.ended(ending.reason, ending.variables)
            case Lost():
                self._events.failed(f"agent {self._parts.name}: {ending.reason}")
            case HandedOver():
                self._request_id = self._session_id
                self._events.transfer(
                    TransferRequest(
                        request_id=self._session_id,
                        kind=ending.kind,
                        variables=ending.variables,
                    )
                )
                return  # finished when it is known what came of it
        self._events.finished()

    def _broken(self, failure: Failure) -> None:
        if failure.check(CancelledError) and self._events.is_closed():
            return
        self._log.failure("agent {agent}", failure=failure, agent=self._parts.name)
        self._lose("internal error")

    def _lose(self, reason: str) -> None:
        """
        It cannot go on.
        """
        self._events.refused(reason)
        self._events.failed(reason)
        self._end()

    # What the agent says.

    def line_opened(self, line: AgentLine) -> None:
        """L{open_line} was told before us, and goes on."""

    def line_received(self, message: bytes, is_binary: bool) -> None:
        """
        A message has come.
        """
        if self._line is not None:
            self._take(self._core.received(message, is_binary))

    def line_closed(self, closed: Closed) -> None:
        """
        The agent has closed the stream, or it is lost.
        """
        if not self._closed.called:
            self._closed.callback(closed)

    def _take(self, steps: list[Step]) -> None:
        for step in steps:
            if type(step) is Send:
                if self._line is not None:
                    self._line.send_text(step.message)
            elif type(step) is Speak:
                self._events.agent_audio(step.mulaw, step.utterance, step.generation)
            else:
                self._take_rarer(step)

    def _take_rarer(self, step: Step) -> None:
        match step:
            case EndUtterance(utterance):
                self._events.utterance_end(utterance)
            case Flush(generation):
                self._events.flush(generation)
            case WantProgress():
                self._events.progress_wanted()
            case Warn(text):
                self._warn(text)
            case GiveUp(reason):
                self._lose(f"agent {self._parts.name}: {reason}")

    def _warn(self, text: str) -> None:
        self._log.warn(
            "call {call}: agent {agent}: {text}",
            call=self._call.call_id,
            agent=self._parts.name,
            text=text,
        )
