"""
Finishes recordings whose writer died.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import AcsgwError
from ..interfaces import IKeyRing
from . import flac_frames, wav
from .part_file import PART, PartFile, take_over, write_whole
from .sealed import MAX_HEADER, Opener, SealedHeader, Unsealable, parse_header
from .sidecar import UNFINISHED, Sidecar, parts_of, read_unfinished

#: How much of the end of a FLAC file is looked at first for its last whole frame.
_LOOK_BACK = 256 * 1024

#: Bytes of metadata that our FLAC files have at most.
_METADATA = 4096

#: Shorter files may have lost a part of their header.
_TORN = MAX_HEADER

DIED = "the process that recorded it died; what was not on disk is missing"


class NoRecording(AcsgwError):
    """
    A file has the name of a recording, but is none.
    """


@dataclass(frozen=True)
class NothingLeft:
    """
    Nothing that can be heard was on disk when the writer died; the file is gone.
    """

    call: str


def leftovers(folder: Path) -> list[Path]:
    """
    @return: files that are written, or whose writer died.
    """
    return sorted(
        path
        for path in folder.glob("*" + PART)
        if parts_of(path.name.removesuffix(PART)) is not None
    )


def mend(
    part: Path, ring: IKeyRing | None, now: float
) -> Iterator[Sidecar | NothingLeft | None]:
    """
    Finish a recording, if its writer is dead, in small steps.

    @param ring: keys of sealed recordings.
    @param now: seconds since the epoch.

    @return: yields L{None} after each step, and then what became of it; nothing if it
        has a writer.

    @raise NoRecording: if it is something else; it is left as it is.
    @raise OSError: as files do.
    """
    file = take_over(part, now)
    if file is None:
        return
    try:
        known = read_unfinished(file.final.parent, file.final.name)
        rate_and_samples = mend_sound(file, ring)
        if rate_and_samples is None:
            file.remove()
            unfinished(known, part.parent).unlink(missing_ok=True)
            yield NothingLeft(known.call)
            return
        while not file.hash_some():
            yield None
        yield publish(file, replace(known, repaired=True), rate_and_samples)
    finally:
        file.close()


def unfinished(known: Sidecar, folder: Path) -> Path:
    """
    @return: where that is written while the recording is.
    """
    return folder / (known.call + UNFINISHED)


def publish(file: PartFile, known: Sidecar, sound: tuple[int, int | None]) -> Sidecar:
    """
    Give a recording that is complete, and hashed, its final name.

    @param sound: its rate, and how many samples of each side it has.
    """
    rate, samples = sound
    rate = rate or known.rate
    if known.repaired:
        known = replace(known, problem=DIED, pauses=None)
    seconds = None if samples is None or not rate else round(samples / rate, 3)
    told = replace(
        known, rate=rate, seconds=seconds, sha256=file.sha256, bytes=file.size
    )
    folder = file.final.parent
    file.sync()
    write_whole(folder / f"{known.call}.json", told.to_text())
    unfinished(known, folder).unlink(missing_ok=True)
    file.publish()
    return told


def mend_sound(file: PartFile, ring: IKeyRing | None) -> tuple[int, int | None] | None:
    """
    Cut a file to what is whole, and set its header.

    @return: its rate (0 if not known), and samples of each side (L{None} if not known);
        L{None} if there is no sound in it.

    @raise NoRecording: if it is something else.
    """
    _, kind, sealed = parts_of(file.final.name) or ("", "", False)
    if sealed:
        return _mend_sealed(file, ring)
    return mend_plain(file, kind)


def mend_plain(file: PartFile, kind: str) -> tuple[int, int] | None:
    """
    L{mend_sound} of a file that is not sealed.

    @param kind: C{wav} or C{flac}.
    """
    return _mend_wav(file) if kind == "wav" else _mend_flac(file)


def _mend_wav(file: PartFile) -> tuple[int, int] | None:
    start = file.read(0, wav.HEADER_BYTES)
    shape = wav.shape(start)
    if shape is None:
        _check_torn(file)
        return None
    block = 2 * shape.channels
    samples = min(file.size - len(start), wav.MAX_DATA) // block
    if not samples:
        return None
    file.cut(len(start) + samples * block)
    file.correct(wav.sizes(samples * block))
    return shape.rate, samples


def _mend_flac(file: PartFile) -> tuple[int, int] | None:
    start = file.read(0, _METADATA)
    info = flac_frames.stream_info(start)
    if info is None:
        _check_torn(file)
        return None
    found = _last_frame(file.read, file.size, info)
    if found is None:
        return None
    end, samples = found
    if (end, samples) != (file.size, info.samples):
        file.cut(end)
        file.correct(flac_frames.with_samples(start, samples))
    return info.rate, samples


def _check_torn(file: PartFile) -> None:
    """
    A header that is not ours may be torn, in a short file.
    """
    if file.size >= _TORN:
        raise NoRecording(f"{file.final.name}{PART} is no recording of ours")


def _last_frame(
    read: Callable[[int, int], bytes], size: int, info: flac_frames.StreamInfo
) -> tuple[int, int] | None:
    """
    @return: where the last whole frame ends, and samples up to there.
    """
    look_back = _LOOK_BACK
    while True:
        begin = max(info.audio_at, size - look_back)
        found = flac_frames.last_whole_frame(read(begin, size - begin), info.block)
        if found is not None:
            return begin + found[0], found[1]
        if begin == info.audio_at:
            return None
        look_back *= 4


def _mend_sealed(
    file: PartFile, ring: IKeyRing | None
) -> tuple[int, int | None] | None:
    try:
        header = parse_header(file.read(0, MAX_HEADER))
    except Unsealable:
        _check_torn(file)
        return None
    start, chunk = len(header.raw), header.sealed_chunk
    whole, rest = divmod(file.size - start, chunk)
    inside = whole * header.chunk_bytes
    if rest:
        last = _last_chunk(file, ring, header, whole)
        if last is None:
            file.cut(start + whole * chunk)
        else:
            inside += last
    if not inside:
        return None
    if header.inside != "wav":
        return 0, None
    return 0, max(0, inside - wav.HEADER_BYTES) // 4


def _last_chunk(
    file: PartFile, ring: IKeyRing | None, header: SealedHeader, number: int
) -> int | None:
    """
    @return: how much is in the chunk that follows the whole ones; L{None} if it is cut
        off, or there is no key to know.
    """
    key = ring.find(header.key_id) if ring is not None else None
    if key is None:
        return None
    at = len(header.raw) + number * header.sealed_chunk
    data = file.read(at, header.sealed_chunk)
    opened = Opener(key, header).open(number, data, last=True)
    return None if opened is None else len(opened)
