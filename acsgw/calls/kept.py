"""
Output variables that did not fit into a transfer, kept until they are fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

#: Of all sets together; above that nothing is kept.
MAX_BYTES = 64 * 1024 * 1024

#: When the gateway stops, those who have just got a caller have so long to fetch.
LAST_SECONDS = 10.0


@dataclass(eq=False)
class _Set:
    call_id: str
    variables: Mapping[str, str] = field(repr=False)
    size: int
    expiry: IDelayedCall
    fetched: bool = False


class KeptVariables(Service):
    """
    Sets of variables in memory, each for a while.  When stopped, it waits a little
    for those that nobody has fetched.
    """

    _log = Logger()

    def __init__(
        self,
        clock: IReactorTime,
        new_reference: Callable[[], str],
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """
        @param new_reference: makes ids that cannot be guessed.
        """
        self._clock = clock
        self._new_reference = new_reference
        self._room = max_bytes
        self._sets: dict[str, _Set] = {}
        self._stopped: Deferred[None] | None = None
        self._hurried = False

    def __len__(self) -> int:
        return len(self._sets)

    def keep(
        self, call_id: str, variables: Mapping[str, str], seconds: float
    ) -> str | None:
        """
        @param call_id: whose they are, for the log.

        @return: the reference by which they can be fetched; L{None} if there is no
            room.
        """
        size = sum(
            len(text.encode("utf-8")) for item in variables.items() for text in item
        )
        if size > self._room:
            self._log.warn(
                "call {call}: no room to keep {size} bytes of variables",
                call=call_id,
                size=size,
            )
            return None
        self._room -= size
        reference = self._new_reference()
        expiry = self._clock.callLater(seconds, self._expired, reference)
        self._sets[reference] = _Set(call_id, dict(variables), size, expiry)
        return reference

    def fetch(self, reference: str) -> Mapping[str, str] | None:
        """
        Whoever lost the answer may ask again.

        @return: L{None} if there are none (any more).
        """
        kept = self._sets.get(reference)
        if kept is None:
            return None
        kept.fetched = True
        self._stop_if_fetched()
        return kept.variables

    def stopService(self) -> Deferred[None]:
        """
        @return: fires when all have been fetched, or 10 s have passed.
        """
        super().stopService()
        stopped = self._stopped = Deferred()
        patience = 0 if self._hurried else LAST_SECONDS
        timer = self._clock.callLater(patience, self._stop)

        def forget(result: None) -> None:
            if timer.active():
                timer.cancel()
            for reference in list(self._sets):
                self._drop(reference, "the gateway stops")

        stopped.addCallback(forget)
        self._stop_if_fetched()
        return stopped

    def hurry(self) -> None:
        """
        The gateway stops now: nobody is waited for.
        """
        self._hurried = True
        self._stop()

    def _stop_if_fetched(self) -> None:
        if self._stopped is None:
            return
        if all(kept.fetched for kept in self._sets.values()):
            # Not now: the last answer must be written before the port closes.
            self._clock.callLater(0, self._stop)

    def _stop(self) -> None:
        stopped, self._stopped = self._stopped, None
        if stopped is not None:
            stopped.callback(None)

    def _expired(self, reference: str) -> None:
        self._drop(reference, "their time is over")
        self._stop_if_fetched()

    def _drop(self, reference: str, reason: str) -> None:
        kept = self._sets.pop(reference)
        if not kept.fetched:
            self._log.warn(
                "call {call}: variables were never fetched: {reason}",
                call=kept.call_id,
                reason=reason,
            )
        self._room += kept.size
        if kept.expiry.active():
            kept.expiry.cancel()
