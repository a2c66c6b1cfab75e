"""
WAV files that are readable at any moment while they are written.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

from ..audio.frames import SAMPLE_BYTES

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_RIFF_SIZE_AT = 4
_DATA_SIZE_AT = _HEADER.size - 4

#: A RIFF chunk has a 32 bit size.
MAX_DATA = 0xFFFFFFFF - _HEADER.size


def header(rate: int, channels: int, data_size: int) -> bytes:
    """
    @param rate: in Hz.

    @return: the 44 bytes before the samples of a 16 bit PCM file (RIFF/WAVE,
        C{fmt } chunk of 16 bytes, then C{data}).
    """
    block = channels * SAMPLE_BYTES
    return _HEADER.pack(
        b"RIFF",
        _HEADER.size - 8 + data_size,
        b"WAVE",
        b"fmt ",
        16,
        1,
        channels,
        rate,
        rate * block,
        block,
        SAMPLE_BYTES * 8,
        b"data",
        data_size,
    )


class WavFile:
    """
    Shell around one file.  The sizes in its header are true after each L{append},
    so that a file whose writer died can be read.

    Methods raise L{OSError} as files do.
    """

    def __init__(self, path: Path, rate: int, channels: int) -> None:
        # Never readable by others, not even at first.
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._file: BinaryIO = os.fdopen(fd, "r+b", buffering=0)
        self._size = 0
        try:
            self._file.write(header(rate, channels, 0))
        except OSError:
            self._file.close()
            raise

    def append(self, samples: bytes) -> None:
        """
        @param samples: interleaved 16 bit samples.

        @raise OSError: if the disk is full, or the file at its limit of 4 GiB.
        """
        if self._size + len(samples) > MAX_DATA:
            raise OSError("a WAV file ends at 4 GiB")
        view = memoryview(samples)
        while view:
            view = view[self._file.write(view) :]
        self._size += len(samples)
        self._patch(_RIFF_SIZE_AT, _HEADER.size - 8 + self._size)
        self._patch(_DATA_SIZE_AT, self._size)
        self._file.seek(0, os.SEEK_END)

    def close(self) -> None:
        self._file.close()

    def _patch(self, at: int, size: int) -> None:
        self._file.seek(at)
        self._file.write(struct.pack("<I", size))
