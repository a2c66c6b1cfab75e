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

from ..interfaces import IRecorder, RecordingResult
from .pause_keys import PauseKeys, Wish
from .recording_file import RecordingFile
from .sidecar import Sidecar
from .timeline import StereoTimeline

T = TypeVar("T")

BLOCK_SECONDS = 1.0

#: Blocks that may wait for the disk, for one call: so its memory is bounded.
MAX_WAITING = 10

#: How far from its place a sample of the caller may be: half a frame, so that one frame
#: that is lost leaves its silence.
CALLER_TOLERANCE_MS = 10

#: The same of the agent, whose frames are where our own clock says.
AGENT_TOLERANCE_MS = 1

#: A pause begins so much earlier and ends so much later than it was asked for: what is
#: said at that moment may come in by a crooked way.
PAUSE_MARGIN_MS = 100


class InThread(Protocol):
    """
    Runs something in the writer thread; in the order of the calls.
    """

    def __call__(self, work: Callable[[], T], /) -> Deferred[T]: ...


@implementer(IRecorder)
class Recorder:
    """
    One recording.

    @ivar paused: see L{IRecorder}.
    """

    _log = Logger()

    def __init__(
        self,
        call_id: str,
        rate: int,
        file: RecordingFile,
        in_writer_thread: InThread,
        keys: PauseKeys,
        count: Callable[[str], None],
        published: Callable[[Path], None],
    ) -> None:
        """
        @param rate: in Hz.
        @param count: told what became of it: C{finished} or C{stopped}.
        @param published: told when the file has its final name.
        """
        self._call_id = call_id
        self._rate = rate
        self._file = file
        self._in_writer_thread = in_writer_thread
        self._keys = keys
        self._count = count
        self._published = published
        self._timeline = StereoTimeline(
            rate * CALLER_TOLERANCE_MS // 1000, rate * AGENT_TOLERANCE_MS // 1000
        )
        self._block = round(rate * BLOCK_SECONDS)
        self._next_block = self._block
        self._margin = rate * PAUSE_MARGIN_MS // 1000
        self._waiting = 0
        self._problem: str | None = None
        self.paused = False
        self._pauses: list[tuple[float, float]] = []
        self._paused_at = 0
        # Fifty times a second each: a short way.
        self._place_caller = self._timeline.caller.place
        self._place_agent = self._timeline.agent.place
        self._in_order(file.open)

    def caller_heard(self, pcm: bytes, position: int) -> None:
        """
        See L{IRecorder.caller_heard}.
        """
        if self._problem is None:
            self._place_caller(pcm, position)

    def agent_heard(self, pcm: bytes, position: int) -> None:
        """
        See L{IRecorder.agent_heard}.
        """
        if self._problem is None:
            self._place_agent(pcm, position)

    def settled(self, position: int) -> None:
        """
        See L{IRecorder.settled}.
        """
        if position >= self._next_block:
            self._next_block = position + self._block
            self._write_up_to(position)

    def pause(self, position: int) -> None:
        """
        See L{IRecorder.pause}.
        """
        if not self.paused:
            self.paused = True
            self._paused_at = max(self._timeline.position, position - self._margin)
            self._timeline.silence(self._paused_at)

    def resume(self, position: int) -> None:
        """
        See L{IRecorder.resume}.
        """
        if self.paused:
            self._end_pause(position + self._margin)

    def _end_pause(self, position: int) -> None:
        self.paused = False
        self._timeline.unsilence(position)
        begin, end = self._paused_at / self._rate, position / self._rate
        self._pauses.append((round(begin, 3), round(end, 3)))

    def key_pressed(self, digit: str, position: int) -> None:
        """
        See L{IRecorder.key_pressed}.
        """
        match self._keys.pressed(digit, self.paused):
            case Wish.PAUSE:
                self.pause(position)
            case Wish.RESUME:
                self.resume(position)

    def finish(self, position: int) -> Deferred[RecordingResult]:
        """
        See L{IRecorder.finish}.
        """
        if self.paused:
            self._end_pause(position)
        self._write_up_to(position)
        return Deferred.fromCoroutine(self._finish())

    async def _finish(self) -> RecordingResult:
        file = self._file
        await self._in_order(file.end)
        # In pieces, between which blocks of other calls are written.
        while await self._in_order(file.hash_some) is False:
            pass
        told: Sidecar | None = await self._in_order(
            lambda: file.publish(self._problem, tuple(self._pauses))
        )
        await self._in_order(file.close)
        if told is not None and told.sha256:
            self._published(file.path)
        self._count("finished" if self._problem is None else "stopped")
        return RecordingResult(
            str(file.path),
            file.samples / self._rate,
            self._problem,
            told.sha256 if told is not None else "",
            told.bytes if told is not None else 0,
            tuple(self._pauses),
        )

    def _write_up_to(self, position: int) -> None:
        if self._problem is not None:
            return
        if self._waiting >= MAX_WAITING:
            self._stop("the disk is too slow")
            return
        block = self._timeline.cut(position)
        if block:
            self._in_order(lambda: self._file.append(block))

    def _in_order(self, work: Callable[[], T]) -> Deferred[T | None]:
        """
        @return: fires with L{None} if it failed, which ends the recording.
        """
        self._waiting += 1

        def over(result: T | None) -> T | None:
            self._waiting -= 1
            return result

        done = self._in_writer_thread(work)
        return done.addErrback(self._failed).addCallback(over)

    def _failed(self, failure: Failure) -> None:
        error = failure.value
        if isinstance(error, OSError):
            self._stop(f"{error.strerror or error} ({self._file.path})")
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
