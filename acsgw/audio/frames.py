"""
Pieces of audio of a fixed length, cut from pieces of any length.
"""

from __future__ import annotations

#: Media streaming sends 20 ms at a time (Microsoft Learn, "Audio streaming
#: overview": PCM 16 kHz mono, 640 bytes a packet).
FRAME_MS = 20

#: Bytes of one 16 bit sample.
SAMPLE_BYTES = 2


def frame_samples(rate: int) -> int:
    """
    @param rate: in Hz.

    @return: samples in one frame.
    """
    return rate * FRAME_MS // 1000


def frame_bytes(rate: int) -> int:
    """
    @return: bytes in one frame of 16 bit mono audio at C{rate} Hz.
    """
    return frame_samples(rate) * SAMPLE_BYTES


def duration_ms(pcm: bytes, rate: int) -> int:
    """
    @return: how long this 16 bit mono audio plays, in whole milliseconds.
    """
    return len(pcm) // SAMPLE_BYTES * 1000 // rate


class FrameCutter:
    """
    Pieces of any size in, frames of one size out; keeps what is left over.
    """

    def __init__(self, size: int) -> None:
        """
        @param size: of a frame, in bytes.

        @raise ValueError: if it is not positive.
        """
        if size <= 0:
            raise ValueError(f"a frame cannot have {size} bytes")
        self._size = size
        self._rest = b""

    def whole(self, data: bytes) -> bytes:
        """
        @return: as many whole frames as there are by now, joined.
        """
        if not self._rest and len(data) == self._size:
            return data
        data = self._rest + data
        whole = len(data) // self._size * self._size
        self._rest = data[whole:]
        return data[:whole]

    def cut(self, data: bytes) -> list[bytes]:
        """
        @return: the whole frames that there are by now.
        """
        if not self._rest and len(data) == self._size:
            return [data]
        return split(self.whole(data), self._size)

    def rest(self) -> bytes:
        """
        @return: what is left over, and no longer kept.
        """
        rest, self._rest = self._rest, b""
        return rest


def split(data: bytes, size: int) -> list[bytes]:
    """
    @return: C{data} in pieces of C{size} bytes, the last one as long as it is.
    """
    if len(data) == size:
        return [data]
    return [data[at : at + size] for at in range(0, len(data), size)]
