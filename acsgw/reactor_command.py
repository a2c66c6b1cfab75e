"""
Commands that need a reactor for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from treq.client import HTTPClient
from twisted.internet.defer import Deferred
from twisted.internet.task import react
from twisted.internet.threads import deferToThreadPool
from twisted.web.client import Agent

from .acs.http import HTTP


@dataclass(frozen=True, kw_only=True)
class Outside:
    """
    What such a command is given of the world; tests give another one.

    @ivar wall: seconds since the epoch.
    @ivar in_thread: calls a function where it may block.
    @ivar say: prints a line.
    """

    reactor: Any
    http: HTTP
    wall: Callable[[], float]
    in_thread: Callable[..., Deferred[Any]]
    say: Callable[[str], None]


def run_on_reactor(
    command: Callable[[Outside], Coroutine[Deferred[Any], Any, int]],
    wall: Callable[[], float],
    say: Callable[[str], None],
) -> int:
    """
    Run the global reactor until the command is done, even if nobody reads what it says
    any more: it may be changing something.

    @return: the exit status.

    @raise BrokenPipeError: if nobody did, at the end.
    """
    statuses: list[int] = []
    unheard: list[BrokenPipeError] = []

    def say_if_heard(line: str) -> None:
        try:
            if not unheard:
                say(line)
        except BrokenPipeError as e:
            unheard.append(e)

    def start(reactor: Any) -> Deferred[None]:
        outside = Outside(
            reactor=reactor,
            http=HTTPClient(Agent(reactor)),
            wall=wall,
            in_thread=partial(deferToThreadPool, reactor, reactor.getThreadPool()),
            say=say_if_heard,
        )
        done = Deferred.fromCoroutine(command(outside))
        return done.addCallback(statuses.append)

    try:
        react(start)
    except SystemExit as e:
        if unheard:
            raise unheard[0] from None
        return statuses[0] if statuses else int(e.code or 1)
    raise AssertionError("not reached")
