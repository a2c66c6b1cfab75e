"""
Sees to it that every finished recording gets to its store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from .lane import Lane
from .names import split
from .spool import Spool, Waiting, said
from .threads import InThread

#: Time between looks into the folder, for what nobody told us of: recordings of an
#: earlier process, or of another one that crashed.
SCAN_SECONDS = 120.0


#: Why a recording waits for people: docs/uploads.md.
WHOSE = (
    "the process that recorded it died before it noted whose it is, and not all"
    " accounts go to one store; say whose: "
)


class Uploads(Service):
    """
    Looks for recordings that wait, and puts each into the lane of its store.

    @ivar unreadable: recordings whose sidecar cannot be used, at the last look.
    """

    _log = Logger()

    def __init__(
        self,
        spool: Spool,
        lanes: Iterable[Lane],
        by_account: Mapping[str, Lane],
        nobodys: Lane | None,
        clock: IReactorTime,
        in_thread: InThread,
    ) -> None:
        """
        @param by_account: recordings of other accounts stay where they are.
        @param nobodys: for those whose account is not known; L{None}: they wait until
            somebody says it.
        """
        self._spool = spool
        self._lanes = tuple(lanes)
        self._by_account = by_account
        self._nobodys = nobodys
        self._clock = clock
        self._in_thread = in_thread
        self._timer: IDelayedCall | None = None
        self._problems: dict[str, str] = {}
        self._problem = ""

    @property
    def unreadable(self) -> int:
        return len(self._problems)

    def startService(self) -> None:
        super().startService()
        for lane in self._lanes:
            lane.start()
        self._scan()

    def stopService(self) -> Deferred[None]:
        super().stopService()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        stopped = DeferredList([lane.stop() for lane in self._lanes])
        return stopped.addCallback(lambda _: None)

    def recording_finished(self, path: Path) -> None:
        """
        A recording and its sidecar have their final names.
        """
        if self.running:
            looked = self._in_thread(lambda: self._spool.look(path.name))
            looked.addCallback(self._found_one)
            looked.addErrback(
                lambda f: self._log.failure("recording {file}", f, file=path.name)
            )

    def keeps(self, path: Path) -> bool:
        """
        Must a recording stay, because it is to be uploaded and is not?  Blocks, for a
        small file.

        @param path: of a finished recording.
        """
        waiting = self._spool.look(path.name)
        if waiting is None or self._spool.is_uploaded(path.name):
            return False
        # Without an account it may be one that is to be uploaded.
        return not waiting.account or waiting.account in self._by_account

    def _scan(self) -> None:
        self._timer = None
        for lane in self._lanes:
            lane.sweep()
        looked = self._in_thread(self._spool.waiting)
        looked.addCallbacks(self._found, self._cannot_look).addBoth(self._again)

    def _found(self, found: list[Waiting]) -> None:
        self._problem = ""
        there = {waiting.file_name for waiting in found}
        for gone in self._problems.keys() - there:
            del self._problems[gone]
        for waiting in found:
            self._found_one(waiting)

    def _found_one(self, waiting: Waiting | None) -> None:
        if waiting is None:
            return
        file_name, problem = waiting.file_name, waiting.problem
        lane = self._by_account.get(waiting.account)
        if not problem and not waiting.account:
            lane = self._nobodys
            call_id, _ = split(file_name) or (file_name, "")
            problem = f'{WHOSE}"account" in {call_id}.json' if lane is None else ""
        if not problem:
            self._problems.pop(file_name, None)
            if lane is not None and self.running:
                lane.add(file_name)
        elif self._problems.get(file_name) != problem:
            self._problems[file_name] = problem
            self._log.warn(
                "{file} is not uploaded: {problem}", file=file_name, problem=problem
            )

    def _cannot_look(self, failure: Failure) -> None:
        if failure.check(OSError) is None:
            self._log.failure("looking for recordings", failure)
            return
        problem = said(failure.value)  # type: ignore[arg-type]
        if problem != self._problem:
            self._problem = problem
            self._log.warn(
                "{folder} cannot be read, so recordings are not uploaded: {problem}",
                folder=self._spool.folder,
                problem=problem,
            )

    def _again(self, _: object) -> None:
        if self.running:
            self._timer = self._clock.callLater(SCAN_SECONDS, self._scan)
