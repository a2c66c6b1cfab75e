"""
Takes a sealed recording out of its seal.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..interfaces import IKeyRing
from .mending import NoRecording, mend_plain
from .part_file import PartFile
from .sealed import (
    MAX_HEADER,
    TAG_BYTES,
    Opener,
    SealedHeader,
    Unsealable,
    parse_header,
)


@dataclass(frozen=True)
class Decrypted:
    """
    What came out.

    @ivar seconds: that can be heard.
    @ivar problems: what is missing; none: it is the recording as it was made.
    """

    seconds: float
    problems: tuple[str, ...]


@dataclass
class _Seen:
    chunks: int = 0
    damaged: int = 0
    first_damaged: int = 0
    ended: bool = False
    more: bool = False


def decrypt(source: Path, target: Path, ring: IKeyRing) -> Decrypted:
    """
    Make a file that can be heard, of all that is there: in place of a chunk that is
    damaged there are zeros, and the header is set to what there is.

    @param target: must not be there.

    @raise Unsealable: if nothing of it can be opened; C{target} is not there then.
    @raise OSError: as files do; what there is of C{target} stays.
    """
    with source.open("rb") as file:
        header = parse_header(file.read(MAX_HEADER))
        key = ring.find(header.key_id)
        if key is None:
            raise Unsealable(
                f"it is sealed with the key {header.key_id!r}, which is not among these"
            )
        file.seek(len(header.raw))
        fd = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        out = PartFile.found(fd, target)
        try:
            seen, sound = _Seen(), None
            for data in _opened(file, header, Opener(key, header), seen):
                out.append(data)
            if seen.damaged == seen.chunks:
                target.unlink()
                raise Unsealable(_nothing(header, seen))
            with suppress(NoRecording):  # its header is among what is damaged
                sound = mend_plain(out, header.inside)
            out.sync()
        finally:
            out.close()
    seconds = sound[1] / sound[0] if sound is not None and sound[0] else 0.0
    return Decrypted(seconds, tuple(_problems(seen)))


def _opened(
    file: BinaryIO, header: SealedHeader, opener: Opener, seen: _Seen
) -> Iterator[bytes]:
    chunk = file.read(header.sealed_chunk)
    while chunk:
        after = file.read(header.sealed_chunk)
        data = opener.open(seen.chunks, chunk, last=False)
        if data is None:
            data = opener.open(seen.chunks, chunk, last=True)
            seen.ended = data is not None
        if data is None:
            seen.first_damaged = seen.first_damaged or seen.chunks + 1
            seen.damaged += 1
            data = bytes(max(0, len(chunk) - TAG_BYTES)) if after else b""
        seen.chunks += 1
        yield data
        if seen.ended:
            seen.more = bool(after)
            return
        chunk = after


def _nothing(header: SealedHeader, seen: _Seen) -> str:
    if not seen.chunks:
        return "there is nothing in it but its header"
    return (
        f"nothing of it can be opened with the key {header.key_id!r}: that is not the"
        " key that sealed it, or its header is damaged"
    )


def _problems(seen: _Seen) -> Iterator[str]:
    if not seen.ended:
        yield (
            "the end is missing: the process that recorded it died, or the file was cut"
            " off; all that was there before is saved"
        )
    if seen.more:
        yield "bytes that do not belong to it follow after its end; they are left out"
    damaged = seen.damaged
    if damaged:
        yield (
            f"{damaged} of {seen.chunks} chunks {'is' if damaged == 1 else 'are'}"
            f" damaged, the first is number {seen.first_damaged}; what was in there is"
            " missing"
        )
