"""
The frames that a media stream is made of, fifty a second each way for each call:
whole, unfragmented text frames (RFC 6455, section 5.2).
"""

from __future__ import annotations

from struct import Struct

_TEXT = 0x81  # FIN and the opcode of text
_MASKED = 0x80
_SHORT = 126
_LONG = 127

#: A client must mask; with zeros that leaves the payload as it is.  The key is to
#: be unforeseeable for the sake of proxies, of which there is none here.
_NO_MASK = bytes(4)
_HEAD_SHORT = Struct(">BB4s")
_HEAD = Struct(">BBH4s")
_HEAD_LONG = Struct(">BBQ4s")


def text_frame(payload: bytes) -> bytes:
    """
    @return: a client's frame.
    """
    size = len(payload)
    if size < _SHORT:
        return _HEAD_SHORT.pack(_TEXT, _MASKED | size, _NO_MASK) + payload
    if size < 0x10000:
        return _HEAD.pack(_TEXT, _MASKED | _SHORT, size, _NO_MASK) + payload
    return _HEAD_LONG.pack(_TEXT, _MASKED | _LONG, size, _NO_MASK) + payload


def whole_texts(data: bytes, most: int) -> tuple[list[bytes], bytes]:
    """
    @param data: from a server, beginning with a frame.
    @param most: bytes of the biggest message to be taken.

    @return: the whole text messages at the beginning, and the rest.
    """
    texts = []
    at, end = 0, len(data)
    while end - at >= 2 and data[at] == _TEXT:
        size, begin = data[at + 1], at + 2
        if size == _SHORT:
            if end - at < 4:
                break
            size, begin = data[at + 2] << 8 | data[at + 3], at + 4
        elif size > _SHORT:  # masked, which a server must not, or very long
            break
        if size > most or begin + size > end:
            break
        texts.append(data[begin : begin + size])
        at = begin + size
    return texts, data[at:] if at else data


def begins_text(data: bytes, most: int) -> bool:
    """
    @param data: the rest that L{whole_texts} has left; not empty.

    @return: is it the beginning of a text frame that L{whole_texts} would take?
    """
    if data[0] != _TEXT:
        return False
    size = data[1] if len(data) > 1 else 0
    if size == _SHORT:
        size = data[2] << 8 | data[3] if len(data) >= 4 else 0
    elif size > _SHORT:
        return False
    return size <= most
