"""
One direction of one call, from the format of one side to that of the other.

A stream's own state is the history of its filter and what is left over of a frame,
less than three kilobytes; all else is shared by all calls.
"""

from __future__ import annotations

from functools import cache

from .filters import filter_between
from .formats import Format
from .frames import FrameCutter, frame_bytes, split


class Change:
    """
    What all streams between the same two formats share.

    @ivar alike: is there nothing to convert?
    @ivar frame_bytes: of 20 ms of the source.
    @ivar delay_ms: of what comes out behind what went in; constant.
    @ivar history: what a new stream has heard: silence.
    """

    def __init__(self, source: Format, target: Format) -> None:
        self.source = source
        self.target = target
        self.frame_bytes = source.frame_bytes
        self._said_bytes = target.frame_bytes
        self._decodes = source.encoding.sample_bytes == 1
        self._filter = filter_between(source.rate, target.rate)
        self._resamples = source.rate != target.rate
        self.alike = source == target
        self._blocks = frame_bytes(source.rate) // self._filter.block_bytes
        self.delay_ms, self.history = 0.0, b""
        if self._resamples:
            self.delay_ms = self._filter.delay_ms
            self.history = bytes(self._filter.history_bytes)

    def one(self, stream: Conversion, frames: bytes) -> bytes:
        """
        @param frames: whole frames of one stream, joined.
        """
        if self.alike:
            return frames
        pcm = self.source.encoding.to_pcm(frames) if self._decodes else frames
        if self._resamples:
            blocks = len(frames) // self.frame_bytes * self._blocks
            data = stream.history + pcm
            stream.history = data[len(pcm) :]
            pcm = self._filter.convert(data, 1, blocks)
        return self.target.encoding.from_pcm(pcm)

    def many(self, streams: list[Conversion], frames: list[bytes]) -> list[bytes]:
        """
        @param streams: any of this kind.
        @param frames: for each of them one frame.
        """
        if self.alike:
            return frames
        if self._decodes:
            data = self.source.encoding.to_pcm(b"".join(frames))
            frames = split(data, len(data) // len(frames))
        if self._resamples:
            rows = []
            for stream, pcm in zip(streams, frames, strict=True):
                row = stream.history + pcm
                stream.history = row[len(pcm) :]
                rows.append(row)
            data = self._filter.convert(b"".join(rows), len(rows), self._blocks)
        elif not self._decodes:
            data = b"".join(frames)
        return split(self.target.encoding.from_pcm(data), self._said_bytes)


@cache
def change_between(source: Format, target: Format) -> Change:
    """
    @raise ValueError: for rates that cannot be converted.
    """
    return Change(source, target)


class Conversion:
    """
    Pieces of any size in one format come in, frames of 20 ms in another go out.

    @ivar change: what this stream shares with others.
    @ivar history: what the filter needs of the stream's past: PCM16 at the source's
        rate.
    """

    __slots__ = ("_cutter", "change", "history")

    def __init__(self, source: Format, target: Format) -> None:
        """
        @raise ValueError: for rates that cannot be converted.
        """
        self.change = change_between(source, target)
        self.history = self.change.history
        self._cutter = FrameCutter(source.frame_bytes)

    @property
    def delay_ms(self) -> float:
        """
        Of what comes out behind what went in, if whole frames come in; constant.
        """
        return self.change.delay_ms

    def feed(self, data: bytes) -> list[bytes]:
        """
        @param data: in the source's format, of any length, half samples too.

        @return: the whole frames that can be said by now, in the target's format.
        """
        frames = self._cutter.whole(data)
        if not frames:
            return []
        return split(self.change.one(self, frames), self.change.target.frame_bytes)

    def cut(self, data: bytes) -> list[bytes]:
        """
        @param data: in the source's format, of any length.

        @return: the whole frames of the source that there are by now, for
            L{Batch.convert<acsgw.audio.batch.Batch.convert>}.
        """
        return self._cutter.cut(data)

    def finish(self) -> list[bytes]:
        """
        Nothing follows: what is left over and what the filter holds back, filled up
        with silence to whole frames.

        @return: frames in the target's format.
        """
        source, shared = self.change.source, self.change
        rest = self._cutter.rest()
        rest = rest[
            : len(rest) // source.encoding.sample_bytes * source.encoding.sample_bytes
        ]
        if self.history != shared.history or rest:
            held_back = round(shared.delay_ms * source.rate / 1000)
            rest += source.encoding.silence * held_back
        frames = -(-len(rest) // shared.frame_bytes)
        rest += source.silent_frame[: frames * shared.frame_bytes - len(rest)]
        said = self.feed(rest)
        self.reset()
        return said

    def reset(self) -> None:
        """
        Forget what came before, as at the start.
        """
        self._cutter.rest()
        self.history = self.change.history
