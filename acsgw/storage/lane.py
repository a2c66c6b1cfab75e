"""
The way to one store: which recording is uploaded when.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..errors import StoreFailed, UploadStopped
from .backoff import wait_seconds
from .names import BadSidecar, split
from .spool import NothingToDo, Taken, said
from .threads import InThread
from .upload import Damaged, Upload

#: Uploads of one store at a time.
MOST_UPLOADS = 2

#: How long uploads may go on when the process stops.
STOP_SECONDS = 5.0


@dataclass
class _Waiting:
    """
    @ivar due: when it may be tried, by the clock.
    @ivar reason: of the last failure that was its own, not the store's.
    """

    due: float
    failures: int = 0
    reason: str = ""


class Lane:
    """
    Uploads what it is given, for as long as it takes.

    When the store fails all wait, and then one is tried; a recording that is at fault
    itself waits alone.

    @ivar name: of the store.
    @ivar uploaded: told call id and address of each recording.
    @ivar failed: told of each try that failed.
    """

    _log = Logger()

    def __init__(
        self,
        upload: Upload,
        clock: IReactorTime,
        in_thread: InThread,
        chance: Callable[[], float],
        uploaded: Callable[[str, str], None],
        failed: Callable[[], None],
    ) -> None:
        """
        @param chance: from 0 to 1, by chance.
        """
        self.name = upload.name
        self._upload = upload
        self._clock = clock
        self._in_thread = in_thread
        self._chance = chance
        self._uploaded = uploaded
        self._failed = failed
        self._waiting: dict[str, _Waiting] = {}
        self._running: set[str] = set()
        self._all_over: Deferred[None] | None = None
        self._failures = 0
        self._resume_at = 0.0
        self._reason = ""
        self._not_cleaned = ""
        self._timer: IDelayedCall | None = None
        self._open = False
        self._stopping = Event()

    def __len__(self) -> int:
        """
        Recordings that are not uploaded.
        """
        return len(self._waiting)

    def start(self) -> None:
        self._open = True
        self._stopping.clear()
        self._go_on()

    def stop(self) -> Deferred[None]:
        """
        @return: fires when nothing is uploaded any more, or after L{STOP_SECONDS};
            what is left is found again by the next process.
        """
        self._open = False
        self._cancel_timer()
        if not self._running:
            self._stopping.set()
            return succeed(None)
        over = self._all_over = Deferred[None]()
        patience = self._clock.callLater(STOP_SECONDS, self._leave)

        def ended(_: None) -> None:
            self._all_over = None
            self._stopping.set()
            if patience.active():
                patience.cancel()

        return over.addCallback(ended)

    def _leave(self) -> None:
        for file_name in self._running:
            self._log.info(
                "call {call}: the upload is left for the next start",
                call=_call_id(file_name),
            )
        if self._all_over is not None:
            self._all_over.callback(None)

    def add(self, file_name: str) -> None:
        """
        A recording waits; one that is known already waits no longer for that.
        """
        self._waiting.setdefault(file_name, _Waiting(due=self._clock.seconds()))
        self._go_on()

    def sweep(self) -> None:
        """
        Delete what is uploaded and was to be deleted, such as a crash has left.
        """
        self._clean("")

    def _go_on(self) -> None:
        """
        Start what may be started, and come back when there may be more.
        """
        self._cancel_timer()
        while self._open and (file_name := self._next()) is not None:
            self._start(file_name)
        idle = [w.due for name, w in self._waiting.items() if name not in self._running]
        if self._open and idle and len(self._running) < self._most():
            self._cancel_timer()
            wait = max(min(idle), self._resume_at) - self._clock.seconds()
            self._timer = self._clock.callLater(max(wait, 0), self._timer_fired)

    def _most(self) -> int:
        # A store that failed is tried with one.
        return 1 if self._failures else MOST_UPLOADS

    def _next(self) -> str | None:
        now = self._clock.seconds()
        if now < self._resume_at or len(self._running) >= self._most():
            return None
        due = [
            name
            for name, waiting in self._waiting.items()
            if name not in self._running and waiting.due <= now
        ]
        # Whatever is wrong with one shall not keep the others waiting.
        return min(due, key=lambda name: self._waiting[name].failures, default=None)

    def _timer_fired(self) -> None:
        self._timer = None
        self._go_on()

    def _cancel_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _start(self, file_name: str) -> None:
        def work() -> str:
            return self._upload.run(file_name, self._stopping.is_set)

        self._running.add(file_name)

        def ended(result: str | Failure) -> None:
            self._running.discard(file_name)
            if isinstance(result, Failure):
                self._not_uploaded(file_name, result)
            else:
                self._is_uploaded(file_name, result)
            if self._all_over is not None and not self._running:
                self._all_over.callback(None)
            self._go_on()

        self._in_thread(work).addBoth(ended)

    def _is_uploaded(self, file_name: str, url: str) -> None:
        del self._waiting[file_name]
        self._store_works()
        call_id = _call_id(file_name)
        self._log.info(
            "call {call}: recording uploaded to {url}", call=call_id, url=url
        )
        self._uploaded(call_id, url)
        self._clean(file_name)

    def _clean(self, file_name: str) -> None:
        if not self._open or not self._upload.deletes:
            return

        def cleaned(_: None) -> None:
            self._not_cleaned = ""

        def failed(failure: Failure) -> None:
            error = failure.value
            if not isinstance(error, OSError):
                self._log.failure("deleting uploaded recordings", failure)
            elif said(error) != self._not_cleaned:
                self._not_cleaned = said(error)
                self._log.warn(
                    "uploaded recordings cannot be deleted here: {reason}: {file}",
                    reason=said(error),
                    file=error.filename,
                )

        self._in_thread(lambda: self._upload.clean(file_name)).addCallbacks(
            cleaned, failed
        )

    def _not_uploaded(self, file_name: str, failure: Failure) -> None:
        error = failure.value
        if isinstance(error, UploadStopped):
            return
        if isinstance(error, NothingToDo | Taken):
            # If the other one fails, it is found again.
            del self._waiting[file_name]
            return
        self._failed()
        if isinstance(error, StoreFailed):
            self._store_failed(error)
            self._put_off(file_name, error.lasting)
            return
        reason = "internal error"
        if isinstance(error, BadSidecar | Damaged | OSError):
            reason = said(error)
        item = self._waiting[file_name]
        if item.reason != reason:
            item.reason = reason
            call_id = _call_id(file_name)
            if reason == "internal error":
                self._log.failure("call {call}: uploading", failure, call=call_id)
            self._log.warn(
                "call {call}: {file} is not uploaded: {reason}",
                call=call_id,
                file=file_name,
                reason=reason,
            )
        self._put_off(file_name, lasting=True)

    def _put_off(self, file_name: str, lasting: bool) -> None:
        """
        The others go before it now.
        """
        item = self._waiting.pop(file_name)
        item.failures += 1
        wait = wait_seconds(item.failures, lasting, self._chance)
        item.due = self._clock.seconds() + wait
        self._waiting[file_name] = item

    def _store_failed(self, error: StoreFailed) -> None:
        now = self._clock.seconds()
        if now >= self._resume_at:
            # Else it is the second of two that failed together.
            self._failures += 1
            wait = wait_seconds(self._failures, error.lasting, self._chance)
            self._resume_at = now + wait
        if str(error) != self._reason:
            self._reason = str(error)
            self._log.warn(
                "recordings are not uploaded: storage.{store}: {reason}; {waiting}"
                " waiting, next try in {seconds:.0f} s and so on",
                store=self.name,
                reason=self._reason,
                waiting=len(self),
                seconds=self._resume_at - now,
            )

    def _store_works(self) -> None:
        if self._failures:
            self._log.info(
                "recordings are uploaded again: storage.{store}, after {failures}"
                " tries that failed",
                store=self.name,
                failures=self._failures,
            )
        self._failures, self._resume_at, self._reason = 0, 0.0, ""


def _call_id(file_name: str) -> str:
    parts = split(file_name)
    return parts[0] if parts else file_name
