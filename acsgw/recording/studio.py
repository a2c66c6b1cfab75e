"""
Where recordings are made: what all of a process have in common.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from twisted.internet.interfaces import IReactorTime

from ..interfaces import IKeyRing, IRecorder
from .keeper import RecordingKeeper
from .pause_keys import PauseKeys
from .recorder import InThread, Recorder
from .recording_file import RecordingFile
from .sidecar import SEALED, Sidecar, utc


@dataclass(frozen=True, kw_only=True)
class Studio:
    """
    Makes recorders.

    @ivar folder: where recordings are kept.
    @ivar format: C{wav} or C{flac}.
    @ivar ring: keys to seal them with; L{None}: they are not sealed.
    @ivar wall: seconds since the epoch.
    @ivar count: told what became of each recording, in a word.
    @ivar published: told of each that has its final name.
    """

    folder: Path
    format: str
    ring: IKeyRing | None
    wall: Callable[[], float]
    random_bytes: Callable[[int], bytes]
    in_writer_thread: InThread
    count: Callable[[str], None]
    published: Callable[[Path], None]

    def recorder(
        self, account: str, pause: str, resume: str, call_id: str, rate: int
    ) -> IRecorder:
        """
        @param pause: keys with which the caller pauses; empty: there are none.
        @param resume: keys with which he resumes.
        @param rate: of the call's audio, in Hz.

        @return: what has begun to record a call.
        """
        key = self.ring.current() if self.ring is not None else None
        about = Sidecar(
            call=call_id,
            account=account,
            started=utc(self.wall()),
            file=f"{call_id}.{self.format}{'' if key is None else SEALED}",
            format=self.format,
            sealed=key is not None,
            rate=rate,
        )
        file = RecordingFile(self.folder, about, key, self.random_bytes)
        keys = PauseKeys(pause, resume)
        thread = self.in_writer_thread
        return Recorder(call_id, rate, file, thread, keys, self.count, self.published)

    def keeper(
        self, keep_days: float, may_go: Callable[[Path], bool], clock: IReactorTime
    ) -> RecordingKeeper:
        """
        @param keep_days: older recordings are deleted; 0: none is.
        @param may_go: is nobody waiting for this one, which is too old?
        """
        return RecordingKeeper(
            self.folder,
            keep_days,
            may_go,
            self.ring,
            clock,
            self.wall,
            self.in_writer_thread,
            self.count,
            self.published,
        )
