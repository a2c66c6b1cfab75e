"""
Keeps what was said on a call: stereo, the caller left, the agent right.

The call's side only collects; a thread writes a block about every second.  If the
disk is slow or full, the recording ends with a reason and the call goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from ..audio.frames import SAMPLE_BYTES
from ..interfaces import IRecorder, RecordingResult
from .timeline import StereoTimeline
from .wav import WavFile

T = TypeVar("T")

BLOCK_SECONDS = 1.0

#: Blocks that may wait for the disk, for one call: so its memory is bounded.
MAX_WAITING = 10

#: How early or late a frame may be and still be the next one of its stream.
JITTER_MS = 100


class InThread(Protocol):
    """
    Runs something in the writer thread; in the order of the calls.
    """

    def __call__(self, work: Callable[[], T], /) -> Deferred[T]: ...


@implementer(IRecorder)
class WavRecorder:
    """
    One recording.
    """

    _log = Logger()

    def __init__(
        self, call_id: str, path: Path, rate: int, in_writer_thread: InThread
    ) -> None:
        self._call_id = call_id
        self._path = path
        self._rate = rate
        self._in_writer_thread = in_writer_thread
        self._timeline = StereoTimeline(rate, JITTER_MS)
        self._file: WavFile | None = None
        self._written = 0  # samples of each side; of the writer thread
        self._waiting = 0
        self._problem: str | None = None
        self._in_order(self._open)

    def caller_heard(self, pcm: bytes, position: int) -> None:
        """
        See L{IRecorder.caller_heard}.
        """
        if self._problem is None:
            self._timeline.caller.place(pcm, position)

    def agent_heard(self, pcm: bytes, position: int) -> None:
        """
        See L{IRecorder.agent_heard}.
        """
        if self._problem is None:
            self._timeline.agent.place(pcm, position)

    def settled(self, position: int) -> None:
        """
        See L{IRecorder.settled}.
        """
        if position - self._timeline.position >= self._rate * BLOCK_SECONDS:
            self._write_up_to(position)

    def finish(self, position: int) -> Deferred[RecordingResult]:
        """
        See L{IRecorder.finish}.
        """
        self._write_up_to(position)
        closed = self._in_order(self._close)

        def result(_: None) -> RecordingResult:
            seconds = self._written / self._rate
            return RecordingResult(str(self._path), seconds, self._problem)

        return closed.addCallback(result)

    def _write_up_to(self, position: int) -> None:
        if self._problem is not None:
            return
        if self._waiting >= MAX_WAITING:
            self._stop("the disk is too slow")
            return
        block = self._timeline.cut(position)
        if block:
            self._in_order(lambda: self._append(block))

    def _in_order(self, work: Callable[[], None]) -> Deferred[None]:
        self._waiting += 1

        def over(result: None) -> None:
            self._waiting -= 1

        done = self._in_writer_thread(work)
        return done.addErrback(self._failed).addCallback(over)

    def _failed(self, failure: Failure) -> None:
        error = failure.value
        if isinstance(error, OSError):
            self._stop(f"{error.strerror or error} ({self._path})")
        else:
            self._log.failure("call {call}: recording", failure, call=self._call_id)
            self._stop("internal error")

    def _stop(self, problem: str) -> None:
        if self._problem is None:
            self._problem = problem
            self._log.warn(
                "call {call}: recording stopped: {problem}",
                call=self._call_id,
                problem=problem,
            )

    # In the writer thread.

    def _open(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = WavFile(self._path, self._rate, channels=2)

    def _append(self, block: bytes) -> None:
        if self._file is None:
            return
        try:
            self._file.append(block)
            self._written += len(block) // (2 * SAMPLE_BYTES)
        except OSError:
            # Blocks that wait already must not follow a hole.
            file, self._file = self._file, None
            file.close()
            raise

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
