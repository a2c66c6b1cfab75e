"""
One recording on its way to the disk: samples -> WAV or FLAC -> sealed -> file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from ..audio.frames import SAMPLE_BYTES
from ..interfaces import SigningKey
from .flac import FlacEncoder
from .mending import mend_sound, publish, unfinished
from .part_file import PartFile, sync_folder, write_synced
from .sealed import SALT_BYTES, Sealer
from .sidecar import Sidecar
from .wav import WavEncoder

CHANNELS = 2

#: Bytes of both sides at one moment.
BLOCK_BYTES = CHANNELS * SAMPLE_BYTES


class Encoder(Protocol):
    """
    Interleaved 16 bit samples in, bytes of a file out.
    """

    def append(self, samples: bytes, /) -> bytes: ...
    def finish(self) -> bytes: ...
    def corrections(self) -> list[tuple[int, bytes]]: ...


class RecordingFile:
    """
    Shell around the file of one recording.  Everything here runs in the writer thread,
    and raises L{OSError} as files do.

    @ivar samples: of each side, on disk or in its encoder.
    """

    def __init__(
        self,
        folder: Path,
        about: Sidecar,
        key: SigningKey | None,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        """
        @param about: what is known before it begins.
        @param key: seals it, if C{about} says so.
        """
        self._folder = folder
        self._about = about
        self._key = key
        self._random_bytes = random_bytes
        self._file: PartFile | None = None
        self._encoder: Encoder | None = None
        self._sealer: Sealer | None = None
        self._damaged = False
        self.samples = 0

    @property
    def path(self) -> Path:
        """
        Where it will be.
        """
        return self._folder / self._about.file

    def open(self) -> None:
        """
        Make the file.
        """
        self._whole_or_damaged(self._open)

    def append(self, samples: bytes) -> None:
        """
        @param samples: interleaved, 16 bit.
        """
        self._whole_or_damaged(lambda: self._append(samples))

    def end(self) -> None:
        """
        No sound follows.
        """
        try:
            self._whole_or_damaged(self._finish)
        finally:
            if self._damaged and self._file is not None:
                self._save_what_is_there(self._file)

    def _whole_or_damaged(self, work: Callable[[], None]) -> None:
        if self._damaged:
            return  # what waited already must not follow a hole
        try:
            work()
        except BaseException:
            self._damaged = True
            raise

    def _open(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = self._about
        kind = WavEncoder if about.format == "wav" else FlacEncoder
        self._encoder = kind(about.rate, CHANNELS)
        if self._key is not None:
            salt = self._random_bytes(SALT_BYTES)
            self._sealer = Sealer(self._key, about.format, salt)
        self._file = PartFile(self.path)
        # If the machine itself dies, it still says whose the recording is.
        known = replace(about, pauses=None).to_text()
        write_synced(unfinished(about, self._folder), known)
        sync_folder(self._folder)

    def _append(self, samples: bytes) -> None:
        assert self._encoder is not None
        self._write(self._encoder.append(samples))
        self.samples += len(samples) // BLOCK_BYTES

    def _finish(self) -> None:
        assert self._encoder is not None
        self._write(self._encoder.finish())
        if self._sealer is not None:
            assert self._file is not None
            self._file.append(self._sealer.finish())

    def _save_what_is_there(self, file: PartFile) -> None:
        sound = mend_sound(file, None)
        if sound is None:
            self.samples = 0
            file.remove()
            unfinished(self._about, self._folder).unlink(missing_ok=True)
            self._file = None
        elif sound[1] is not None:
            self.samples = sound[1]

    def hash_some(self) -> bool:
        """
        A piece of the work for L{publish}.

        @return: is it done?
        """
        return self._file is None or self._file.hash_some()

    def publish(
        self, problem: str | None, pauses: tuple[tuple[float, float], ...]
    ) -> Sidecar:
        """
        It is complete: give it its final name.
        """
        told = replace(self._about, problem=problem, pauses=pauses)
        if self._file is None:
            return replace(told, seconds=0.0)
        return publish(self._file, told, (self._about.rate, self.samples))

    def close(self) -> None:
        """
        Let go of it, as it is; it is finished later, if it is not yet.
        """
        if self._file is not None:
            self._file.close()

    def _write(self, data: bytes) -> None:
        assert self._file is not None
        assert self._encoder is not None
        if self._sealer is not None:
            self._file.append(self._sealer.append(data))
        else:
            self._file.append(data)
            self._file.correct(self._encoder.corrections())
