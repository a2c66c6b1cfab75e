"""
The short cut for whole audio frames: what an audio socket sends and receives fifty
times a second, made and taken apart in one step each.

Core.  A frame here is one of WebSocket's (RFC 6455, section 5.2), and only of one
kind: a whole message, text or binary, uncompressed, in the shortest encoding of its
length.  All others are Autobahn's to judge.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct

try:
    from websockets.speedups import apply_mask
except ImportError:  # no compiler saw this machine
    from websockets.utils import apply_mask

# FIN and the opcode.
_TEXT = 0x81
_BINARY = 0x82
_MASKED = 0x80
_TWO_BYTES = 126  # the length is in the next two bytes
_EIGHT_BYTES = 127
_KEY_BYTES = 4

_TINY = Struct(">BB")
_SHORT = Struct(">BBH")
_LONG = Struct(">BBQ")


def whole_message(
    data: bytes, at: int, masked: bool, most: int
) -> tuple[bytes, bool, int] | None:
    """
    Take the whole message that begins at C{at}, if it is one of the simple kind: no
    control frame or fragment, no reserved bit, no wrong mask bit or length, a text
    in UTF-8, not longer than C{most}, complete.

    @param data: what was received, with the beginning of a frame at C{at}.
    @param masked: does the peer mask?  A client must, and a server must not.
    @param most: bytes of the longest message to be taken.

    @return: the message, whether it is binary, and where it ends in C{data};
        L{None}: somebody else must look at it.
    """
    have = len(data)
    if have - at < 2:
        return None
    first = data[at]
    if first != _TEXT and first != _BINARY:
        return None
    # A wrong mask bit makes it more than 127.
    size = data[at + 1] ^ _MASKED if masked else data[at + 1]
    begin = at + 2
    if size >= _TWO_BYTES:
        if size != _TWO_BYTES or have < at + 4:
            return None
        size = data[at + 2] << 8 | data[at + 3]
        if size < _TWO_BYTES:
            return None
        begin = at + 4
    if masked:
        begin += _KEY_BYTES
    end = begin + size
    if size > most or end > have:
        return None
    message = data[begin:end]
    if masked:
        message = apply_mask(message, data[begin - _KEY_BYTES : begin])
    if first == _TEXT and not message.isascii() and not _is_utf8(message):
        return None
    return message, first == _BINARY, end


def message_frame(message: bytes, is_binary: bool, key: bytes = b"") -> bytes:
    """
    @param key: four bytes to mask with, as a client must; a server must not.

    @return: one whole frame.
    """
    first = _BINARY if is_binary else _TEXT
    if key:
        head = _head(first, len(message), _MASKED)
        return b"".join((head, key, apply_mask(message, key)))
    return _head(first, len(message), 0) + message


@lru_cache(1024)
def _head(first: int, size: int, mask_bit: int) -> bytes:
    """
    Audio comes in few lengths.
    """
    if size < _TWO_BYTES:
        return _TINY.pack(first, mask_bit | size)
    if size < 0x10000:
        return _SHORT.pack(first, mask_bit | _TWO_BYTES, size)
    return _LONG.pack(first, mask_bit | _EIGHT_BYTES, size)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
