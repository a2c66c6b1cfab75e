"""
The short cut for whole audio frames: what an audio socket sends and receives fifty
times a second, made and taken apart in one step each.

Core.  A frame here is one of WebSocket's (RFC 6455, section 5.2), and only of one
kind: text, unfragmented, uncompressed, in the shortest encoding of its length.  All
others are Autobahn's to judge.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from struct import Struct

import numpy as np

_TEXT = 0x81  # FIN and the opcode of text
_MASKED = 0x80
_TWO_BYTES = 126  # the length is in the next two bytes
_EIGHT_BYTES = 127
_KEY_BYTES = 4
_NO_KEY = bytes(_KEY_BYTES)

_TINY = Struct(">BB")
_SHORT = Struct(">BBH")
_LONG = Struct(">BBQ")


def whole_texts(data: bytes, masked: bool, most: int) -> Iterator[tuple[bytes, int]]:
    """
    Take the whole texts at the head of C{data}, up to the first thing that is
    anything else: control, fragment, binary, a reserved bit, a wrong mask bit or
    length, not UTF-8, longer than C{most}, not complete.

    One after the other, on demand: a text may end the connection, and what comes
    after it is not to be taken.

    @param data: what was received, from the beginning of a frame on.
    @param masked: does the peer mask?  A client must, and a server must not.
    @param most: bytes of the longest text to be taken.

    @return: each text, and where it ends in C{data}.
    """
    at, have = 0, len(data)
    mask_bit, key_bytes = (_MASKED, _KEY_BYTES) if masked else (0, 0)
    while have - at >= 2 and data[at] == _TEXT:
        size = data[at + 1] ^ mask_bit  # a wrong bit makes it more than 127
        begin = at + 2
        if size == _TWO_BYTES:
            if have < at + 4:
                return
            size = data[at + 2] << 8 | data[at + 3]
            if size < _TWO_BYTES:
                return
            begin = at + 4
        elif size > _TWO_BYTES:
            return
        begin += key_bytes
        end = begin + size
        if size > most or end > have:
            return
        text = data[begin:end]
        if masked:
            text = with_mask(text, data[begin - _KEY_BYTES : begin])
        if not text.isascii() and not _is_utf8(text):
            return
        yield text, end
        at = end


def text_frame(text: bytes, key: bytes = b"") -> bytes:
    """
    @param key: four bytes to mask with, as a client must; a server must not.

    @return: one whole frame.
    """
    if key:
        return b"".join((_head(len(text), _MASKED), key, with_mask(text, key)))
    return _head(len(text), 0) + text


def with_mask(text: bytes, key: bytes) -> bytes:
    """
    @param key: four bytes.

    @return: C{text} masked, or unmasked, which is the same.
    """
    size = len(text)
    if key == _NO_KEY or not size:
        return text
    keys = np.frombuffer(key * ((size + 3) // 4), np.uint8, size)
    return (np.frombuffer(text, np.uint8) ^ keys).tobytes()


@lru_cache(1024)
def _head(size: int, mask_bit: int) -> bytes:
    """
    Audio comes in few lengths.
    """
    if size < _TWO_BYTES:
        return _TINY.pack(_TEXT, mask_bit | size)
    if size < 0x10000:
        return _SHORT.pack(_TEXT, mask_bit | _TWO_BYTES, size)
    return _LONG.pack(_TEXT, mask_bit | _EIGHT_BYTES, size)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
