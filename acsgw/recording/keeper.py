"""
Looks after the folder of recordings: finishes what a dead process left, and deletes
what is too old.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..errors import AcsgwError
from ..interfaces import IKeyRing
from .mending import NothingLeft, leftovers, mend
from .recorder import InThread
from .retention import delete_expired
from .sidecar import Sidecar

#: How often is looked.
EVERY_SECONDS = 3600.0


class RecordingKeeper(Service):
    """
    At the start and every hour.  The work is done in the writer thread, in pieces
    between which blocks of calls are written.
    """

    _log = Logger()

    def __init__(
        self,
        folder: Path,
        keep_days: float,
        may_go: Callable[[Path], bool],
        ring: IKeyRing | None,
        clock: IReactorTime,
        wall: Callable[[], float],
        in_writer_thread: InThread,
        count: Callable[[str], None],
        published: Callable[[Path], None],
    ) -> None:
        """
        @param keep_days: older recordings are deleted; 0: none is.
        @param may_go: is nobody waiting for this one, which is too old?
        @param ring: keys of sealed recordings.
        @param wall: seconds since the epoch.
        @param count: told what became of a recording: C{repaired}, C{lost} or
            C{deleted}.
        @param published: told of each that is repaired, and has its final name.
        """
        self._folder = folder
        self._keep_days = keep_days
        self._may_go = may_go
        self._ring = ring
        self._wall = wall
        self._in_writer_thread = in_writer_thread
        self._count = count
        self._published = published
        self._loop = LoopingCall(lambda: Deferred.fromCoroutine(self._look()))
        self._loop.clock = clock
        self._looping: Deferred[LoopingCall] | None = None

    def startService(self) -> None:
        super().startService()
        self._looping = self._loop.start(EVERY_SECONDS)

    def stopService(self) -> Deferred[LoopingCall] | None:
        """
        @return: fires when nothing is being done any more.
        """
        super().stopService()
        if self._loop.running:
            self._loop.stop()
        return self._looping

    async def _look(self) -> None:
        try:
            parts = await self._in_writer_thread(lambda: leftovers(self._folder))
        except Exception as e:
            self._complain("recordings", e)
            return
        for part in parts:
            await self._mend(part)
        if self._keep_days:
            await self._delete()

    async def _mend(self, part: Path) -> None:
        steps = mend(part, self._ring, self._wall())
        await self._through(steps, str(part), self._mended)

    def _mended(self, told: object) -> None:
        if isinstance(told, NothingLeft):
            self._count("lost")
            self._log.warn(
                "call {call}: nothing that the process that died had recorded was on"
                " disk yet: there is no recording",
                call=told.call,
            )
        if isinstance(told, Sidecar):
            self._count("repaired")
            self._published(self._folder / told.file)
            self._log.warn(
                "call {call}: recording of a process that died is finished: {file},"
                " {seconds} s",
                call=told.call,
                file=told.file,
                seconds=told.seconds,
            )

    async def _delete(self) -> None:
        before = self._wall() - self._keep_days * 86400
        steps = delete_expired(self._folder, before, self._may_go)
        await self._through(steps, str(self._folder), self._deleted)

    def _deleted(self, name: object) -> None:
        self._count("deleted")
        self._log.info(
            "recording {name} is older than {days:g} days: deleted",
            name=name,
            days=self._keep_days,
        )

    async def _through(
        self, steps: Iterator[object], where: str, tell: Callable[[object], None]
    ) -> None:
        over = object()
        while self.running:
            try:
                step = await self._in_writer_thread(lambda: next(steps, over))
            except Exception as e:
                self._complain(where, e)
                return
            if step is over:
                return
            tell(step)

    def _complain(self, where: str, error: Exception) -> None:
        if isinstance(error, OSError | AcsgwError):
            reason = getattr(error, "strerror", None) or error
            self._log.warn("{where}: {reason}", where=where, reason=reason)
        else:
            self._log.failure("{where}", Failure(error), where=where)
