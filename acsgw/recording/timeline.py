"""
Two voices laid side by side on one line of time.
"""

from __future__ import annotations

import numpy as np

from ..audio.frames import SAMPLE_BYTES


class Track:
    """
    One voice, from the last cut on.

    Positions are sample numbers on the call's clock.  Pieces of a steady stream arrive
    early and late, so what comes within C{tolerance} of the end of the track is taken
    as its continuation.  What comes later leaves silence before it, as long as it was.
    If it was only late, what follows comes too early by as much, and takes the place of
    that silence, as long as it is not cut off yet.  If that is not enough, what came
    first after a stall is dropped, for its place is cut off already; or, without a
    stall, the beginning of what is too early.  So the end of the track is never further
    than C{tolerance} from where the last piece says.

    @ivar end: position after the last sample.
    """

    __slots__ = ("_edge", "_gaps", "_pcm", "_start", "_tolerance", "end")

    def __init__(self, tolerance: int) -> None:
        self._tolerance = tolerance
        self._pcm = bytearray()
        self._start = 0
        self.end = 0
        # Silence that was filled in, which may turn out to be a stall: from, to.
        self._gaps: list[tuple[int, int]] = []
        # Where such silence was that has been taken altogether.
        self._edge = -1

    def place(self, pcm: bytes, position: int) -> None:
        """
        Put audio where it belongs.

        @param pcm: 16 bit mono.
        """
        off = position - self.end
        if off > self._tolerance:
            self._gaps.append((self.end, position))
            self._fill(position)
        elif off < 0 and (self._gaps or off < -self._tolerance):
            off += self._take_from_gaps(-off)
            if off < -self._tolerance:
                off += self._drop_at_edge(-off)
                pcm = pcm[-off * SAMPLE_BYTES :] if off else pcm
        self._pcm += pcm
        self.end += len(pcm) // SAMPLE_BYTES

    def _take_from_gaps(self, samples: int) -> int:
        taken = 0
        while self._gaps and taken < samples:
            begins, ends = self._gaps.pop()
            part = min(samples - taken, ends - begins)
            self._drop(ends - part, part)
            taken += part
            if begins < ends - part:
                self._gaps.append((begins, ends - part))
            else:
                self._edge = begins
        return taken

    def _drop_at_edge(self, samples: int) -> int:
        if self._edge < self._start:
            return 0
        dropped = min(samples, self.end - self._edge)
        self._drop(self._edge, dropped)
        return dropped

    def _drop(self, position: int, samples: int) -> None:
        at = (position - self._start) * SAMPLE_BYTES
        del self._pcm[at : at + samples * SAMPLE_BYTES]
        self.end -= samples

    def _fill(self, position: int) -> None:
        if position > self.end:
            self._pcm += bytes((position - self.end) * SAMPLE_BYTES)
            self.end = position

    def cut(self, position: int) -> bytes:
        """
        @return: what lies before C{position}, filled up with silence; it is forgotten
            here.
        """
        self._fill(position)
        size = (position - self._start) * SAMPLE_BYTES
        pcm = bytes(self._pcm[:size])
        del self._pcm[:size]
        self._start = position
        self._gaps = [
            (max(begins, position), ends)
            for begins, ends in self._gaps
            if ends > position
        ]
        return pcm


class StereoTimeline:
    """
    The caller on the left, the agent on the right.

    @ivar position: all before it has been cut off.
    """

    def __init__(self, caller_tolerance: int, agent_tolerance: int) -> None:
        """
        @param caller_tolerance: samples; see L{Track}.
        @param agent_tolerance: the same.
        """
        self.caller = Track(caller_tolerance)
        self.agent = Track(agent_tolerance)
        self.position = 0
        # Where both are silent: from, to (None: not known yet).
        self._silent: list[tuple[int, int | None]] = []

    def silence(self, begins: int) -> None:
        """
        Both are silent from here on, whatever is placed there; until L{unsilence}.
        """
        self._silent.append((begins, None))

    def unsilence(self, ends: int) -> None:
        """
        What was silenced last is so up to here.
        """
        begins, _ = self._silent.pop()
        self._silent.append((begins, max(begins, ends)))

    def cut(self, position: int) -> bytes:
        """
        @return: interleaved 16 bit stereo from the last cut up to C{position};
            silence where nobody spoke.
        """
        if position <= self.position:
            return b""
        begin, self.position = self.position, position
        left = np.frombuffer(self.caller.cut(position), "<i2")
        right = np.frombuffer(self.agent.cut(position), "<i2")
        both = np.column_stack((left, right))
        for begins, ends in self._silent:
            stop = position if ends is None else ends
            both[max(0, begins - begin) : max(0, stop - begin)] = 0
        self._silent = [s for s in self._silent if s[1] is None or s[1] > position]
        return both.tobytes()
