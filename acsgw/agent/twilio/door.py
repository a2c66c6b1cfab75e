"""
What differs between agents that speak the same streams: where the stream goes, what
it starts with, and what its end means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from twisted.internet.defer import Deferred, succeed

from ...interfaces import CallInfo, TransferKind
from ..options import StreamOptions, TwilioStreamOptions
from .dial import knock
from .parameters import fill_url
from .protocol import LOST, Closed


@dataclass(frozen=True, kw_only=True)
class Completed:
    """
    The agent has done what it had to do.
    """

    reason: str
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class HandedOver:
    """
    The agent wants the caller to go elsewhere.
    """

    kind: TransferKind
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Lost:
    """
    It broke off.
    """

    reason: str


Ending = Completed | HandedOver | Lost


class Door(Protocol):
    """
    The way to one kind of agent.

    @ivar renews: can an address that was refused be followed by another one?
    """

    renews: bool

    def address(self, call: CallInfo, *, fresh: bool) -> Deferred[str]:
        """
        @param fresh: one that was used before has been refused.

        @return: fires with the stream's URL; fails with L{AgentRefused}.
        """

    def reserved(self, call: CallInfo, session_id: str) -> Mapping[str, str]:
        """
        @param session_id: another one for each stream.

        @return: parameters that the agent's protocol wants.
        """

    def probe(self) -> Deferred[str]:
        """
        Ask without a call.

        @return: fires with what was reached; fails with L{AgentRefused}.
        """

    def ending(self, closed: Closed, session_id: str) -> Deferred[Ending]:
        """
        The agent has closed the stream.

        @return: fires with what that means; never fails.
        """


class FixedDoor:
    """
    An agent with an address of its own, whose closed socket is all it has to say.
    """

    renews = False

    def __init__(self, options: TwilioStreamOptions, reactor: Any) -> None:
        self._options = options
        self._reactor = reactor

    def address(self, call: CallInfo, *, fresh: bool) -> Deferred[str]:
        return succeed(fill_url(self._options.url, call))

    def reserved(self, call: CallInfo, session_id: str) -> Mapping[str, str]:
        return {}

    def probe(self) -> Deferred[str]:
        return Deferred.fromCoroutine(
            knock(self._reactor, self._options.url, self._options.stream)
        )

    def ending(self, closed: Closed, session_id: str) -> Deferred[Ending]:
        if is_normal(closed, self._options.stream):
            return succeed(Completed(reason=told(closed)))
        return succeed(Lost(reason=told(closed)))


def is_normal(closed: Closed, options: StreamOptions) -> bool:
    """
    @return: did the agent close the stream because it was done?
    """
    return closed.code in options.normal_close_codes and not closed.by_us


def told(closed: Closed) -> str:
    """
    @return: how the stream was closed, in a line; that the agent did it is said only
        of a close frame of the agent's.
    """
    reason = " ".join(closed.reason.split())[:200]
    who = "the gateway" if closed.by_us else "the agent"
    text = f"{who} closed the stream ({closed.code})"
    if closed.code == LOST:
        text = "the stream broke off"
    return f"{text}: {reason}" if reason else text
