"""
The calls that this process holds, and their orderly end.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from acsgw.acs.events import Callback, IncomingCall

from .actions import Ended, Outcome
from .call import Call, CallParts
from .errors import NotTaken
from .handover import reserved_value
from .records import CallBook, CallRecord

#: When the drain is over, callers are handed to the human; for so many seconds.
STOP_SECONDS = 20.0

#: Events and connections remembered, so that each is acted upon once.
REMEMBER = 10_000

#: Events that say that a call is alive and waits for us.
_ALIVE = frozenset(
    (
        *("CallConnected", "PlayCompleted", "PlayFailed"),
        *("RecognizeCompleted", "RecognizeFailed", "CallTransferFailed"),
    )
)


class CallDesk(Service):
    """
    Takes calls; when stopped, lets them end by themselves for a while, hands the
    rest to the human, and hangs up who is left.
    """

    _log = Logger()

    def __init__(
        self,
        parts: CallParts,
        book: CallBook,
        new_call_id: Callable[[], str],
        count_outcome: Callable[[str], None],
    ) -> None:
        self._parts = parts
        self._book = book
        self._new_call_id = new_call_id
        self._count_outcome = count_outcome
        self._calls: dict[str, Call] = {}
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._drained: Deferred[None] | None = None
        self._timer: IDelayedCall | None = None

    def __len__(self) -> int:
        return len(self._calls)

    def offer(self, ringing: IncomingCall) -> bool:
        """
        @return: is the call for us, and new?

        @raise NotTaken: if Event Grid should try again later.
        """
        settings = self._parts.settings
        back = ringing.callee == settings.acs.identity
        if not (back or ringing.callee.startswith("4:")):
            self._log.warn("a call to somebody else is passed over: check the filters")
            return False
        if self._is_known(ringing):
            return False
        if not self.running:
            raise NotTaken("draining")
        if len(self._calls) >= settings.ivr.max_calls:
            raise NotTaken("full")
        self._once(ringing.event_id)
        call_id = self._new_call_id()
        given = self._conversation(ringing) if back else ""
        record = CallRecord(
            call_id=call_id,
            conversation_id=given or ringing.correlation_id or call_id,
            kind="return" if back else "inbound",
            caller=ringing.caller,
            callee=ringing.callee,
            started_at=self._parts.wall(),
            keep_values=settings.ivr.keep_values,
        )
        self._book.open(record)
        call = self._calls[call_id] = Call(call_id, ringing, self._parts, record)
        call.ended.addCallback(self._over, record)
        call.ended.addErrback(lambda failure: self._log.failure("ended", failure))
        # Registered first: events may come before the answer returns.
        call.inputs.answer()
        return True

    def _conversation(self, ringing: IncomingCall) -> str:
        """
        @return: the id that came back with the caller; empty if it is none.
        """
        name = self._parts.settings.gateway.conversation_header
        names = (name, "conversationId")
        given = (reserved_value(ringing.variables, name) for name in names)
        found = next((text for text in given if text), "")
        # It stands in every line of the log.
        return found if found.isprintable() and len(found) <= 128 else ""

    def _is_known(self, ringing: IncomingCall) -> bool:
        """
        Overlapping subscriptions tell of a call more than once, and so does a
        delivery that is repeated.
        """
        key = ringing.correlation_id, ringing.callee
        return ringing.event_id in self._seen or any(
            key == (call.ringing.correlation_id, call.ringing.callee)
            for call in self._calls.values()
            # Once answered, the same caller may come back in the same conversation.
            if ringing.correlation_id and not call.record.connection_id
        )

    def _once(self, name: str) -> bool:
        """
        @return: is it the first time?
        """
        first = name not in self._seen
        self._seen[name] = None
        while len(self._seen) > REMEMBER:
            self._seen.popitem(last=False)
        return first

    def callback(self, call_id: str, event: Callback, keys: str) -> None:
        """
        The network tells something of a call.
        """
        call = self._calls.get(call_id)
        if call is not None:
            call.callback(event, keys)
        elif event.kind in _ALIVE:
            self._end_stray(call_id, event.connection_id)

    def _end_stray(self, call_id: str, connection_id: str) -> None:
        """
        A process that is no more held it: nobody else will end it.
        """
        record = self._book.find(call_id)
        certain = record is not None and record.end is not None and record.end.certain
        if certain or not connection_id or not self._once(connection_id):
            return
        self._log.warn("call {call}: nobody holds it; hanging up", call=call_id)
        self._parts.control.hang_up(connection_id).addErrback(
            lambda failure: self._log.warn(
                "call {call}: {error}", call=call_id, error=failure.getErrorMessage()
            )
        )

    def _over(self, end: Ended, record: CallRecord) -> None:
        self._book.close(record, end, self._parts.wall())
        self._count_outcome(end.outcome.value)
        del self._calls[record.call_id]
        if not end.certain:
            self._end_stray(record.call_id, record.connection_id)
        if not self._calls and self._drained is not None:
            drained, self._drained = self._drained, None
            drained.callback(None)

    def stopService(self) -> Deferred[None] | None:
        """
        @return: fires when no call is held any more.
        """
        super().stopService()
        if not self._calls:
            return None
        self._log.info("draining: {count} calls", count=len(self._calls))
        self._drained = Deferred()
        seconds = self._parts.settings.ivr.drain_seconds
        self._timer = self._parts.clock.callLater(seconds, self._stop_all)
        return self._drained.addCallback(self._stop_timer)

    def hurry(self) -> None:
        """
        Told to stop again: what comes next in the drain, comes now.
        """
        if self._timer is not None and self._timer.active():
            self._timer.reset(0)

    def _stop_timer(self, result: None) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _stop_all(self) -> None:
        self._log.warn("{count} calls go to the human", count=len(self._calls))
        self._timer = self._parts.clock.callLater(STOP_SECONDS, self._hang_up_all)
        for call in list(self._calls.values()):
            call.inputs.stop()

    def _hang_up_all(self) -> None:
        for call in list(self._calls.values()):
            call.inputs.hang_up(Outcome.DRAINED, "the IVR is stopping")
