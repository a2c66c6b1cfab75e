"""
When the garbage collector may stand in the way.

A look through all of memory takes 30 to 100 ms when hundreds of calls are up, and
Python takes one whenever it has grown by a quarter: in the middle of sentences.  Here
only what is young is looked through by itself, and all of it when nobody speaks, or
when enough has gathered.
"""

from __future__ import annotations

from typing import Protocol

from twisted.application.service import Service
from twisted.internet.interfaces import IDelayedCall, IReactorTime

#: New objects, less those that are gone, until what is young is looked through: more
#: than one turn of audio makes, so that audio alone never asks for it.
YOUNG_OBJECTS = 10_000

#: Of these looks until one at what has survived them: each a few milliseconds.
YOUNG_LOOKS = 5

#: Of those, while calls are up: the garbage of several hundred calls.
OLD_LOOKS = 8

#: So often it is looked whether it is time.
LOOK_SECONDS = 10.0

_NEVER = 1_000_000


class Collector(Protocol):
    """
    Python's own: the module C{gc}.
    """

    def collect(self) -> int: ...
    def freeze(self) -> None: ...
    def get_count(self) -> tuple[int, int, int]: ...
    def get_threshold(self) -> tuple[int, int, int]: ...
    def set_threshold(self, young: int, middle: int, old: int, /) -> None: ...


class Speakers(Protocol):
    """
    The media hub.

    @ivar sockets: that have audio now.
    """

    @property
    def sockets(self) -> int: ...


class GarbageRounds(Service):
    """
    Runs as long as the process.
    """

    name = "garbage"

    def __init__(
        self, clock: IReactorTime, speakers: Speakers, collector: Collector
    ) -> None:
        self._clock = clock
        self._speakers = speakers
        self._collector = collector
        self._looking: IDelayedCall | None = None
        self._before = collector.get_threshold()

    def startService(self) -> None:
        """
        The process is about to run.
        """
        super().startService()
        self._before = self._collector.get_threshold()
        self._looking = self._clock.callLater(0, self._settle)

    def stopService(self) -> None:
        """
        Python's own rule applies again.
        """
        super().stopService()
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
            self._collector.set_threshold(*self._before)

    def _settle(self) -> None:
        """
        All is started, and no call is there yet: what is in memory now stays, and is
        never looked through again.
        """
        self._collector.collect()
        self._collector.freeze()
        self._collector.set_threshold(YOUNG_OBJECTS, YOUNG_LOOKS, _NEVER)
        self._looking = self._clock.callLater(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        self._looking = self._clock.callLater(LOOK_SECONDS, self._look)
        looks = self._collector.get_count()[2]
        if looks >= (OLD_LOOKS if self._speakers.sockets else 1):
            self._collector.collect()
