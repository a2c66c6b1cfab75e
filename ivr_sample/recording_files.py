"""
Fetches the files of recordings, and keeps them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from acsgw.acs.repeat import CallControlError

from .errors import NotTaken
from .recorded import Recorded
from .records import CallBook, CallRecord, RecordedPart

#: Bytes fetched and written at once: little enough for an exchange of a few seconds,
#: and for the calls in progress not to notice that the disk is written.
PIECE = 1024 * 1024

#: How long the process waits, when told to stop, for files that are being fetched.
STOP_SECONDS = 20.0


class Pieces(Protocol):
    """
    Who gives them: L{ivr_sample.recording_control.RecordingControl}.
    """

    async def piece(self, url: str, begin: int, count: int) -> tuple[bytes, int]: ...


class RecordingFiles(Service):
    """
    Hears of finished recordings.
    """

    _log = Logger()

    def __init__(
        self,
        book: CallBook,
        pieces: Pieces,
        folder: Path | None,
        clock: IReactorTime,
        wall: Callable[[], float],
    ) -> None:
        """
        @param folder: L{None} if the files stay where they are.
        @param wall: seconds since the epoch.
        """
        self._book = book
        self._pieces = pieces
        self._folder = folder
        self._clock = clock
        self._wall = wall
        self._fetching: set[Deferred[None]] = set()

    def take(self, told: Recorded) -> bool:
        """
        @return: was it news, of a call of ours?

        @raise NotTaken: if Event Grid should try again later.
        """
        if not self.running:
            raise NotTaken("stopping")
        record = self._book.of_recording(told.recording_id)
        if record is None or record.recording is None:
            self._log.warn(
                "a recording of no call that is known here is passed over: {name}",
                name=told.recording_id,
            )
            return False
        recording = record.recording
        recording.state, recording.seconds = "stopped", told.seconds
        known = {part.location for part in recording.files}
        news = {n: url for n, url in told.parts.items() if url not in known}
        for number, url in sorted(news.items()):
            part = RecordedPart(url)
            recording.files.append(part)
            if self._folder is not None:
                name = record.call_id + (f"-{number}" if number else "")
                self._start(record, part, self._folder / f"{name}.wav")
        return bool(news)

    def _start(self, record: CallRecord, part: RecordedPart, path: Path) -> None:
        fetching = Deferred.fromCoroutine(self._keep(record, part, path))
        fetching.addErrback(self._failed, record, part)
        self._fetching.add(fetching)
        fetching.addBoth(lambda result: self._fetching.discard(fetching))

    async def _keep(self, record: CallRecord, part: RecordedPart, path: Path) -> None:
        unfinished = path.with_suffix(".part")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        try:
            with open(os.open(unfinished, flags, 0o600), "wb") as file:
                begin, size = 0, 1
                while begin < size:
                    content, size = await self._pieces.piece(
                        part.location, begin, PIECE
                    )
                    if not content or (not begin and content[:4] != b"RIFF"):
                        raise CallControlError("what was fetched is no whole WAV file")
                    file.write(content)
                    begin += len(content)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        part.path = str(path)
        self._note(record, f"kept as {path.name}")

    def _failed(self, failure: Failure, record: CallRecord, part: RecordedPart) -> None:
        if failure.check(CallControlError, OSError):
            part.problem = failure.getErrorMessage()
        elif self.running:
            part.problem = "internal error"
            self._log.failure("call {call}", failure, call=record.call_id)
        else:
            part.problem = "the IVR was stopped"
        self._note(record, f"not kept: {part.problem}")

    def _note(self, record: CallRecord, text: str) -> None:
        record.timeline.append((self._wall(), "recording", text))
        self._log.info(
            "call {call}, conversation {conversation}: recording {text}",
            call=record.call_id,
            conversation=record.conversation_id,
            text=text,
        )

    def stopService(self) -> Deferred[object] | None:
        """
        @return: fires when nothing is being fetched any more.
        """
        super().stopService()
        if not self._fetching:
            return None
        timer = self._clock.callLater(STOP_SECONDS, self._cancel_all)

        def done(result: object) -> None:
            if timer.active():
                timer.cancel()

        return DeferredList(list(self._fetching)).addCallback(done)

    def _cancel_all(self) -> None:
        for fetching in list(self._fetching):
            fetching.cancel()
