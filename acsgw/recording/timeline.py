"""
Two voices laid side by side on one line of time.
"""

from __future__ import annotations

import numpy as np

from ..audio.frames import SAMPLE_BYTES


class _Track:
    """
    One voice, from the last cut on.
    """

    def __init__(self, jitter: int) -> None:
        self._jitter = jitter
        self._pcm = bytearray()
        self._start = 0
        # The last silence that was filled in: from, to.
        self._gap = (0, 0)

    @property
    def end(self) -> int:
        return self._start + len(self._pcm) // SAMPLE_BYTES

    def place(self, pcm: bytes, position: int) -> None:
        """
        Put audio where it belongs.  What follows within C{jitter} of the end is
        taken as its continuation, since pieces of a steady stream arrive early
        and late; a real gap is filled with silence, and what overlaps more than
        that is cut off at its beginning.  After a stall pieces come in a burst: they
        take the place of the silence that was filled in for them.
        """
        off = position - self.end
        if off > self._jitter:
            self._gap = (self.end, position)
            self.fill(position)
        elif off < 0:
            off += self._take_from_gap(-off)
        if off < -self._jitter:
            pcm = pcm[-off * SAMPLE_BYTES :]
        self._pcm += pcm

    def _take_from_gap(self, samples: int) -> int:
        begins, ends = self._gap
        begins = max(begins, self._start)
        taken = max(0, min(samples, ends - begins))
        at = (ends - taken - self._start) * SAMPLE_BYTES
        if taken:
            del self._pcm[at : at + taken * SAMPLE_BYTES]
            self._gap = (begins, ends - taken)
        return taken

    def fill(self, position: int) -> None:
        """
        Silence up to C{position}.
        """
        self._pcm += bytes(max(0, position - self.end) * SAMPLE_BYTES)

    def cut(self, position: int) -> bytes:
        """
        @return: what lies before C{position}; it is forgotten here.
        """
        self.fill(position)
        size = (position - self._start) * SAMPLE_BYTES
        pcm = bytes(self._pcm[:size])
        del self._pcm[:size]
        self._start = position
        return pcm


class StereoTimeline:
    """
    The caller on the left, the agent on the right.

    Positions are sample numbers since the stream opened.
    """

    def __init__(self, rate: int, jitter_ms: int) -> None:
        """
        @param rate: in Hz, of both voices.
        @param jitter_ms: how early or late a piece of a steady stream may be.
        """
        jitter = rate * jitter_ms // 1000
        self.caller = _Track(jitter)
        self.agent = _Track(jitter)
        self.position = 0

    def cut(self, position: int) -> bytes:
        """
        @return: interleaved 16 bit stereo from the last cut up to C{position};
            silence where nobody spoke.
        """
        if position <= self.position:
            return b""
        self.position = position
        left = np.frombuffer(self.caller.cut(position), "<i2")
        right = np.frombuffer(self.agent.cut(position), "<i2")
        return np.column_stack((left, right)).tobytes()
