"""
The calls that this process holds, and their orderly end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twisted.application.service import Service
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from zope.interface import implementer

from ..acs.events import Callback
from ..errors import Draining, Full
from ..interfaces import ICallAcceptor, IncomingCall
from .actions import Ended, Outcome
from .call import Call
from .parts import AccountParts, CallParts
from .records import CallBook
from .strays import Strays

#: Events that say that a call is alive.
_ALIVE = frozenset({"CallConnected", "MediaStreamingStarted", "MediaStreamingFailed"})


@implementer(ICallAcceptor)
class CallDesk(Service):
    """
    Takes calls; when stopped, lets them end by themselves for a while and hangs up
    the rest.
    """

    _log = Logger()

    def __init__(
        self,
        accounts: Mapping[str, AccountParts],
        parts: CallParts,
        book: CallBook,
        new_call_id: Callable[[], str],
        drain_seconds: float,
        max_calls: int,
    ) -> None:
        """
        @param max_calls: more than these are not taken.
        """
        self._accounts = accounts
        self._parts = parts
        self._book = book
        self._new_call_id = new_call_id
        self._drain_seconds = drain_seconds
        self._max_calls = max_calls
        self._calls: dict[str, Call] = {}
        self._strays = Strays(parts.clock)
        self._drained: Deferred[None] | None = None

    def __len__(self) -> int:
        return len(self._calls)

    def offer(self, call: IncomingCall) -> Deferred[None]:
        """
        See L{ICallAcceptor.offer}.  The call is registered before it is answered:
        its media stream may come in before the answer returns.
        """
        if not self.running:
            return fail(Draining("this process takes no new calls"))
        if len(self._calls) >= self._max_calls:
            self._log.warn("{count} calls: no more are taken", count=len(self._calls))
            return fail(Full("as many calls as the settings allow"))
        account = self._accounts[call.account]
        call_id = self._new_call_id()
        record = self._book.open(call_id, call, account.keep_words)
        held = Call(call_id, call, account, self._parts, record)
        self._calls[call_id] = held

        def over(end: Ended) -> None:
            self._book.close(record, end)
            self._log.info(
                "call {call}: ended: {outcome}{reason} conversation={conversation}",
                call=call_id,
                outcome=end.outcome.value,
                reason=f": {end.reason}" if end.reason else "",
                conversation=record.conversation_id,
            )
            self._release(call_id)
            if not end.certain:
                self._end_stray(call_id, call.account, record.connection_id)

        held.ended.addCallback(over)
        held.ended.addErrback(
            lambda failure: self._log.failure("call {call}", failure, call=call_id)
        )
        held.begin()
        return succeed(None)

    def find(self, call_id: str) -> Call | None:
        """
        @return: the call, while it is in progress.
        """
        return self._calls.get(call_id)

    def pause_recording(self, call_id: str, pause: bool) -> bool:
        """
        Leave out of a call's recording what follows, or keep it again.

        @return: is the call in progress, and recorded?
        """
        call = self._calls.get(call_id)
        return call is not None and call.bridge.pause_recording(pause)

    def callback(self, call_id: str, account: str, event: Callback) -> None:
        """
        The network tells something of a call.
        """
        call = self._calls.get(call_id)
        if call is not None:
            call.callback(event)
        elif event.kind in _ALIVE and self._is_stray(call_id):
            self._end_stray(call_id, account, event.connection_id)

    def stopService(self) -> Deferred[None]:
        """
        @return: fires when no call is held any more.
        """
        super().stopService()
        if not self._calls:
            self._strays.stop()
            return succeed(None)
        self._log.info(
            "draining: {count} calls may go on for at most {seconds} s",
            count=len(self._calls),
            seconds=self._drain_seconds,
        )
        self._drained = Deferred()
        clock: IReactorTime = self._parts.clock
        timer = clock.callLater(self._drain_seconds, self.hang_up_all)

        def stop_timer(result: None) -> None:
            if timer.active():
                timer.cancel()

        return self._drained.addCallback(stop_timer)

    def hang_up_all(self) -> None:
        """
        The gateway stops now: calls do not go on.
        """
        self._log.warn("hanging up {count} calls", count=len(self._calls))
        for call in list(self._calls.values()):
            call.inputs.hang_up(Outcome.DRAINED, "the gateway is stopping")

    def _release(self, call_id: str) -> None:
        self._calls.pop(call_id, None)
        if not self._calls and self._drained is not None:
            drained, self._drained = self._drained, None
            self._strays.stop()
            drained.callback(None)

    def _is_stray(self, call_id: str) -> bool:
        """
        Nobody holds it: another process did, that is no more; or we are not certain
        that it ended for the network too.
        """
        record = self._book.find(call_id)
        return record is None or not record.certain

    def _end_stray(self, call_id: str, account: str, connection_id: str) -> None:
        """
        End a call that nobody holds: nobody else will.
        """
        parts = self._accounts.get(account)
        if parts is not None and connection_id:
            self._strays.end(call_id, parts.control, connection_id)
