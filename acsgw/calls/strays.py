"""
Calls that are alive for the network while nobody here holds them.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..errors import CallControlError, CallGone
from ..interfaces import ICallControl

#: Seconds before each further try, after the one that is made at once.
TRY_AGAIN_AFTER = (5.0, 15.0, 60.0, 180.0)

#: Calls remembered so that each is ended once; bounded, whatever comes in.
REMEMBER = 1000


class Strays:
    """
    Hangs up, until it has worked or the network does not know the call any more: a
    caller must not be left in silence, and billed for it.
    """

    _log = Logger()

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._known: dict[str, None] = {}
        self._timers: dict[str, IDelayedCall] = {}

    def end(self, call_id: str, control: ICallControl, connection_id: str) -> None:
        """
        Have the call ended; it is done once, however often it is asked for.
        """
        if connection_id in self._known:
            return
        self._known[connection_id] = None
        while len(self._known) > REMEMBER:
            self._known.pop(next(iter(self._known)))
        self._log.warn("call {call}: nobody holds it; hanging up", call=call_id)
        self._try(call_id, control, connection_id, 0)

    def stop(self) -> None:
        """
        The process stops: what could not be ended by now is left to the network.
        """
        for connection_id, timer in self._timers.items():
            timer.cancel()
            self._log.warn("connection {id} could not be ended", id=connection_id)
        self._timers.clear()

    def _try(
        self, call_id: str, control: ICallControl, connection_id: str, tries: int
    ) -> None:
        def failed(failure: Failure) -> None:
            if failure.check(CallGone):
                return
            if failure.check(CallControlError):
                error = failure.getErrorMessage()
                self._log.warn("call {call}: {error}", call=call_id, error=error)
            else:
                self._log.failure("call {call}", failure, call=call_id)
            if tries < len(TRY_AGAIN_AFTER):
                self._timers[connection_id] = self._clock.callLater(
                    TRY_AGAIN_AFTER[tries], again
                )
            else:
                self._known.pop(connection_id, None)
                self._log.error("call {call}: it may still be alive", call=call_id)

        def again() -> None:
            del self._timers[connection_id]
            self._try(call_id, control, connection_id, tries + 1)

        hanging_up: Deferred[None] = control.hang_up(connection_id)
        hanging_up.addErrback(failed)
