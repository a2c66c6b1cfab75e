"""
From one sample rate to another, in pieces of any size, with little delay.

A stream's own state is the history of its filter, less than two kilobytes; the
filter (L{acsgw.audio.filters}) is shared by all calls.
"""

from __future__ import annotations

from .filters import Filter, filter_between
from .frames import SAMPLE_BYTES


class Resampler:
    """
    One direction of one stream; keeps what it needs of earlier pieces.

    @ivar delay_ms: of what comes out behind what went in; constant.
    """

    def __init__(self, from_rate: int, to_rate: int) -> None:
        """
        @param from_rate: in Hz.
        @param to_rate: in Hz.

        @raise ValueError: for rates that are not positive, or whose common divisor
            is too small.
        """
        self._filter: Filter = filter_between(from_rate, to_rate)
        self._same = from_rate == to_rate
        self.delay_ms = 0.0 if self._same else self._filter.delay_ms
        self.reset()

    def reset(self) -> None:
        """
        Forget what came before, as at the start.
        """
        history = 0 if self._same else self._filter.history_bytes
        #: The history of the block in progress, and what is there of the block.
        self._tail = bytes(history)
        #: Samples of the block in progress that were said already.
        self._said = 0

    def finish(self) -> bytes:
        """
        @return: what is still inside when nothing follows: half a filter's length.
        """
        rest = b""
        if not self._same:
            self._drop_half_sample()
            rest = self.feed(bytes(self._filter.delay_samples * SAMPLE_BYTES))
        self.reset()
        return rest

    def _drop_half_sample(self) -> None:
        self._tail = self._tail[: len(self._tail) // SAMPLE_BYTES * SAMPLE_BYTES]

    def feed(self, pcm: bytes) -> bytes:
        """
        @param pcm: 16 bit mono audio of any length; half a sample is kept for the
            next piece.

        @return: what can be said by now; over time as long as the input.
        """
        data = self._tail + pcm
        if self._same:
            return self._passed(data)
        shared = self._filter
        fresh = len(data) - shared.history_bytes
        blocks, over = divmod(fresh, shared.block_bytes)
        self._tail = data[blocks * shared.block_bytes :]
        if over or self._said:
            return self._in_pieces(data, blocks, over // SAMPLE_BYTES)
        return shared.convert(data, 1, blocks) if blocks else b""

    def _passed(self, data: bytes) -> bytes:
        whole = len(data) // SAMPLE_BYTES * SAMPLE_BYTES
        self._tail = data[whole:]
        return data[:whole]

    def _in_pieces(self, data: bytes, blocks: int, over: int) -> bytes:
        """
        The first block was said in part, or the last is not whole yet.

        @param over: samples that are there of the block after C{blocks}.
        """
        shared = self._filter
        before = self._said
        self._said = -(-over * shared.up // shared.down)
        ready = blocks * shared.said_samples + self._said
        if ready == before:
            return b""
        if self._said:
            # What is not there yet does not reach the samples that are taken.
            blocks += 1
            size = shared.history_bytes + blocks * shared.block_bytes
            data = data[: len(data) // SAMPLE_BYTES * SAMPLE_BYTES]
            data += bytes(size - len(data))
        said = shared.convert(data, 1, blocks)
        return said[before * SAMPLE_BYTES : ready * SAMPLE_BYTES]
