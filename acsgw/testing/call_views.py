"""
What tests see of the calls of L{acsgw.testing.call_control.FakeCallControl}: those
that ring and those that live, as the network's rules have them at this moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableSet
from dataclasses import dataclass

from .memory_call import Dialed
from .memory_exchange import MemoryExchange


@dataclass(frozen=True)
class AnsweredCall:
    """
    What the network was told when the call was answered.
    """

    callback_url: str
    media_url: str
    sample_rate: int


class RingingCalls(MutableSet[str]):
    """
    The contexts with which a call can be answered now.  One that is added is the
    context of a new call; one that is discarded is that of a caller who hangs up.
    """

    def __init__(self, exchange: MemoryExchange) -> None:
        self._exchange = exchange
        self._short: dict[str, str] = {}

    def full(self, context: str) -> str:
        """
        @return: the context as the network knows it.
        """
        return self._short.get(context, context)

    def add(self, value: str) -> None:
        if value not in self:
            self._short[value] = self._exchange.dial(Dialed()).context

    def discard(self, value: str) -> None:
        call = self._exchange.call_behind(self.full(value))
        if call is not None:
            self._exchange.caller_hangs_up(call)

    def __contains__(self, value: object) -> bool:
        return value in list(self)

    def __iter__(self) -> Iterator[str]:
        short = {context: value for value, context in self._short.items()}
        for ring in self._exchange.ringing:
            yield short.get(ring.context, ring.context)

    def __len__(self) -> int:
        return len(self._exchange.ringing)


class LiveCalls(Mapping[str, AnsweredCall]):
    """
    What was answered here and did not end, by connection id.
    """

    def __init__(
        self, exchange: MemoryExchange, answered: Mapping[str, AnsweredCall]
    ) -> None:
        self._exchange = exchange
        self._answered = answered

    def clear(self) -> None:
        """
        All callers hang up.
        """
        for connection_id in list(self):
            self._exchange.caller_hangs_up(self._exchange.call_of(connection_id))

    def __getitem__(self, key: str) -> AnsweredCall:
        return self._now()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def _now(self) -> dict[str, AnsweredCall]:
        keys = [leg.connection_id for leg in self._exchange.live_legs]
        return {key: self._answered[key] for key in keys if key in self._answered}
