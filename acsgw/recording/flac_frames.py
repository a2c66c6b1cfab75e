"""
Where the last whole frame of a FLAC file ends: for files whose writer died.

RFC 9639: section 8.2 (STREAMINFO), 9.1 (frame header), 9.3 (frame footer).
"""

from __future__ import annotations

from dataclasses import dataclass

_MARKER = b"fLaC"
_STREAMINFO_AT = 8
_STREAMINFO_BYTES = 34

#: Where STREAMINFO has rate, channels, bits and the number of samples, and then the
#: MD5 sum.
_SAMPLES_AT = _STREAMINFO_AT + 10
_SAMPLES_BYTES = 8
_MD5_AT = _SAMPLES_AT + _SAMPLES_BYTES
_MD5_BYTES = 16

#: Frames of a fixed length in samples.
_SYNC = b"\xff\xf8"

#: The longest that a frame header can be.
_HEADER_BYTES = 16


def _table(polynomial: int, bits: int) -> tuple[int, ...]:
    top, mask = 1 << (bits - 1), (1 << bits) - 1
    values = []
    for byte in range(256):
        value = byte << (bits - 8)
        for _ in range(8):
            value = ((value << 1) ^ polynomial if value & top else value << 1) & mask
        values.append(value)
    return tuple(values)


_CRC8 = _table(0x07, 8)
_CRC16 = _table(0x8005, 16)


def crc8(data: bytes) -> int:
    """
    @return: of a frame header without its last byte: that byte.
    """
    crc = 0
    for byte in data:
        crc = _CRC8[crc ^ byte]
    return crc


def crc16(data: bytes) -> int:
    """
    @return: of a whole frame with its last two bytes: zero.
    """
    crc = 0
    for byte in data:
        crc = (crc << 8 & 0xFF00) ^ _CRC16[crc >> 8 ^ byte]
    return crc


@dataclass(frozen=True)
class StreamInfo:
    """
    @ivar rate: in Hz.
    @ivar block: samples of each side in every frame but the last.
    @ivar samples: of each side; 0 if not known.
    @ivar audio_at: where the first frame begins.
    """

    rate: int
    block: int
    samples: int
    audio_at: int


def stream_info(start: bytes) -> StreamInfo | None:
    """
    @param start: the file's first bytes, with all of its metadata.

    @return: L{None} if they are not, or if its frames have no fixed length.
    """
    if len(start) < _STREAMINFO_AT + _STREAMINFO_BYTES or start[:4] != _MARKER:
        return None
    at = len(_MARKER)
    while True:
        if at + 4 > len(start):
            return None
        last, size = start[at] & 0x80, int.from_bytes(start[at + 1 : at + 4], "big")
        at += 4 + size
        if last:
            break
    least, most = (
        int.from_bytes(start[i : i + 2], "big")
        for i in (_STREAMINFO_AT, _STREAMINFO_AT + 2)
    )
    packed = int.from_bytes(start[_SAMPLES_AT:_MD5_AT], "big")
    if least != most or at > len(start):
        return None
    return StreamInfo(packed >> 44, least, packed & (1 << 36) - 1, at)


def with_samples(start: bytes, samples: int) -> list[tuple[int, bytes]]:
    """
    @return: where in the file which bytes belong if it has so many samples, and an
        MD5 sum that is not known.
    """
    packed = int.from_bytes(start[_SAMPLES_AT:_MD5_AT], "big")
    packed = packed >> 36 << 36 | samples
    known = packed.to_bytes(_SAMPLES_BYTES, "big")
    return [(_SAMPLES_AT, known), (_MD5_AT, bytes(_MD5_BYTES))]


def frame_at(data: bytes, at: int, block: int) -> tuple[int, int] | None:
    """
    @return: number of the frame whose header is there, and its samples; L{None} if
        there is no header.
    """
    head = data[at : at + _HEADER_BYTES]
    if len(head) < 6 or head[:2] != _SYNC:
        return None
    # The number is coded as UTF-8 codes characters, for up to 36 bits.
    first = head[4]
    more = 0 if first < 0x80 else 8 - (first ^ 0xFF).bit_length() - 1
    if first >= 0x80 and not 1 <= more <= 6:
        return None
    number = first & (0x7F if more == 0 else 0x3F >> more)
    end = 5 + more
    for byte in head[5:end]:
        if byte & 0xC0 != 0x80:
            return None
        number = number << 6 | byte & 0x3F
    length, rate = head[2] >> 4, head[2] & 0x0F
    samples = _block_samples(length, head[end : end + 2])
    end += {6: 1, 7: 2}.get(length, 0) + {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if end >= len(head) or crc8(head[:end]) != head[end]:
        return None
    return (number, samples) if 0 < samples <= block else None


def _block_samples(code: int, follows: bytes) -> int:
    if code == 1:
        return 192
    if 2 <= code <= 5:
        return 144 << code
    if code == 6:
        return follows[0] + 1 if follows else 0
    if code == 7:
        return int.from_bytes(follows[:2], "big") + 1
    return 1 << code if code >= 8 else 0


def last_whole_frame(data: bytes, block: int) -> tuple[int, int] | None:
    """
    @param data: the end of a file, from anywhere on.

    @return: where in C{data} the last whole frame ends, and how many samples the file
        has up to there; L{None} if there is none.
    """
    end, ends = len(data), [len(data)]
    while (at := data.rfind(_SYNC, 0, end)) >= 0:
        found = frame_at(data, at, block)
        if found is not None:
            for stop in ends:
                if crc16(data[at:stop]) == 0:
                    return stop, found[0] * block + found[1]
            # What looks like a header may be none, so the one after it counts too.
            ends = [at, *ends[:1]]
        end = at + 1
    return None
