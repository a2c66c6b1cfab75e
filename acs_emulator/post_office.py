"""
What couriers carry, and what they share.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from .fronts.http_client import HttpClient
from .model.delivery_log import Delivery
from .model.pace import Pace
from .model.probation import Probation

#: What and text, for the story of a call.
Tell = Callable[[str, str], None]
#: Directory, path within it, and content; returns the path of the file.
WriteDeadLetter = Callable[[str, str, bytes], str]


@dataclass(frozen=True, kw_only=True)
class PostOffice:
    """
    What all couriers share.

    @ivar chance: from 0 to 1, for jitter.
    @ivar start: owns work that nobody waits for.
    """

    http: HttpClient
    clock: IReactorTime
    new_id: Callable[[], str]
    chance: Callable[[], float]
    pace: Pace
    probation: Probation
    write_dead_letter: WriteDeadLetter
    start: Callable[[Coroutine[Deferred[Any], Any, None]], None]


@dataclass(kw_only=True, eq=False)
class Letter:
    """
    An event on its way.

    @ivar kind: for stories, such as C{IncomingCall}.
    @ivar published: seconds since the epoch.
    """

    event: dict[str, Any] = field(repr=False)
    kind: str
    published: float
    delivery: Delivery
    tell: Tell

    @property
    def size(self) -> int:
        """
        In bytes.
        """
        return len(json.dumps(self.event))
