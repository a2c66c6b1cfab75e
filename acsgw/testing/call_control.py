"""
Call control without HTTP: a telephone network in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from zope.interface import implementer

from ..errors import CallControlError, CallGone
from ..interfaces import ICallControl

T = TypeVar("T")


@dataclass(frozen=True)
class AnsweredCall:
    """
    What the network was told when the call was answered.
    """

    callback_url: str
    media_url: str
    sample_rate: int


@implementer(ICallControl)
class FakeCallControl:
    """
    L{ICallControl} with the network's rules: a ringing call can be answered once,
    and a call that has ended is not known any more.

    @ivar ringing: contexts of calls that can be answered.
    @ivar live: connection id to call.
    @ivar transfers: connection id, target and variables of each.
    @ivar transfer_contexts: what is to come back with the outcome of each.
    @ivar refuse: when set, the reason to refuse everything.
    @ivar refuse_transfers: when set, the reason to refuse transfers.
    @ivar states: what is said of the calls that are looked up, one after the other;
        an error is raised; then they are C{connected}.
    @ivar slow: when set, requests wait until L{catch_up}.
    """

    def __init__(self) -> None:
        self.ringing: set[str] = set()
        self.live: dict[str, AnsweredCall] = {}
        self.transfers: list[tuple[str, str, dict[str, str]]] = []
        self.transfer_contexts: list[str] = []
        self.hung_up: list[str] = []
        self.refuse: str | None = None
        self.refuse_transfers: str | None = None
        self.states: list[str | CallControlError] = []
        self.slow = False
        self._waiting: list[tuple[Callable[[], object], Deferred[object]]] = []
        self._ids = count(1)

    def answer(
        self, context: str, callback_url: str, media_url: str, sample_rate: int
    ) -> Deferred[str]:
        def work() -> str:
            self._check_willing()
            if context not in self.ringing:
                raise CallControlError("answer: no such call rings (any more)")
            self.ringing.remove(context)
            connection_id = f"connection-{next(self._ids)}"
            answered = AnsweredCall(callback_url, media_url, sample_rate)
            self.live[connection_id] = answered
            return connection_id

        return self._soon(work)

    def hang_up(self, connection_id: str) -> Deferred[None]:
        def work() -> None:
            self._check_live(connection_id)
            del self.live[connection_id]
            self.hung_up.append(connection_id)

        return self._soon(work)

    def transfer(
        self,
        connection_id: str,
        target: str,
        variables: Mapping[str, str],
        context: str,
    ) -> Deferred[None]:
        def work() -> None:
            self._check_live(connection_id)
            if self.refuse_transfers is not None:
                raise CallControlError(self.refuse_transfers)
            self.transfers.append((connection_id, target, dict(variables)))
            self.transfer_contexts.append(context)

        return self._soon(work)

    def connection_state(self, connection_id: str) -> Deferred[str]:
        def work() -> str:
            self._check_live(connection_id)
            state = self.states.pop(0) if self.states else "connected"
            if isinstance(state, CallControlError):
                raise state
            return state

        return self._soon(work)

    def catch_up(self) -> None:
        """
        Do all that has been asked while the network was slow.
        """
        waiting, self._waiting = self._waiting, []
        for work, done in waiting:
            maybeDeferred(work).chainDeferred(done)

    def _soon(self, work: Callable[[], T]) -> Deferred[T]:
        if not self.slow:
            return maybeDeferred(work)
        done: Deferred[T] = Deferred()
        self._waiting.append((work, done))  # type: ignore[arg-type]
        return done

    def _check_willing(self) -> None:
        if self.refuse is not None:
            raise CallControlError(self.refuse)

    def _check_live(self, connection_id: str) -> None:
        self._check_willing()
        if connection_id not in self.live:
            raise CallGone(f"no call {connection_id}")
