"""
WAV files, written front to back.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ..audio.frames import SAMPLE_BYTES

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
HEADER_BYTES = _HEADER.size
_RIFF_SIZE_AT = 4
_DATA_SIZE_AT = _HEADER.size - 4

#: A RIFF chunk has a 32 bit size.
MAX_DATA = 0xFFFFFFFF - _HEADER.size

#: Stands for a size that is not known: programs read on to the end of the file then.
_UNKNOWN = 0xFFFFFFFF


def header(rate: int, channels: int, data_size: int | None) -> bytes:
    """
    @param rate: in Hz.
    @param data_size: in bytes; L{None} if it is not known.

    @return: the 44 bytes before the samples of a 16 bit PCM file (RIFF/WAVE,
        C{fmt } chunk of 16 bytes, then C{data}).
    """
    block = channels * SAMPLE_BYTES
    return _HEADER.pack(
        b"RIFF",
        _UNKNOWN if data_size is None else _HEADER.size - 8 + data_size,
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
        _UNKNOWN if data_size is None else data_size,
    )


def sizes(data_size: int) -> list[tuple[int, bytes]]:
    """
    @return: where in the header which bytes belong, for so much data.
    """
    return [
        (_RIFF_SIZE_AT, struct.pack("<I", _HEADER.size - 8 + data_size)),
        (_DATA_SIZE_AT, struct.pack("<I", data_size)),
    ]


@dataclass(frozen=True)
class WavShape:
    """
    What the header of one of our files says.
    """

    rate: int
    channels: int


def shape(start: bytes) -> WavShape | None:
    """
    @return: L{None} if these are not the first bytes of a file of ours.
    """
    if len(start) < _HEADER.size:
        return None
    riff, _, wave, _, _, coding, channels, rate, _, _, bits, data, _ = (
        _HEADER.unpack_from(start)
    )
    if (riff, wave, coding, bits, data) != (b"RIFF", b"WAVE", 1, 16, b"data"):
        return None
    return WavShape(rate, channels) if rate and channels else None


class WavEncoder:
    """
    Samples in, bytes of a WAV file out.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._start = header(rate, channels, None)
        self._size = 0

    def append(self, samples: bytes) -> bytes:
        """
        @param samples: interleaved 16 bit samples.

        @return: what is to be written after what was written.

        @raise OSError: at the limit of 4 GiB.
        """
        if self._size + len(samples) > MAX_DATA:
            raise OSError("a WAV file ends at 4 GiB")
        start, self._start = self._start, b""
        self._size += len(samples)
        return start + samples

    def finish(self) -> bytes:
        """
        @return: what is still to be written.
        """
        start, self._start = self._start, b""
        return start

    def corrections(self) -> list[tuple[int, bytes]]:
        """
        @return: where bytes that were written before should be which ones by now, so
            that the file can be read.
        """
        return sizes(self._size)
