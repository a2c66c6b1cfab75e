"""
The caller's ear: when does the far end speak, and when has it gone quiet?
"""

from __future__ import annotations

from .media_messages import FRAME_MS

#: RMS of 16 bit samples above which a frame counts as speech: -46 dBFS.
LOUD_RMS = 160.0

_ONSET_FRAMES = 2
_PAUSE_FRAMES = 500 // FRAME_MS
_BREATH_FRAMES = 200 // FRAME_MS


class Ear:
    """
    Counts 20 ms frames; a pause of less than half a second between words does
    not end a spurt of talk.

    @ivar now: frames heard so far.
    @ivar spurt_start: the frame in which the present spurt began, or L{None}.
    @ivar last_loud: the last frame that was part of a spurt.
    """

    def __init__(self) -> None:
        self.now = 0
        self.spurt_start: int | None = None
        self.last_loud: int | None = None
        self._run = 0

    def hear(self, loud: bool) -> str | None:
        """
        @return: C{"began"} or C{"ended"} when a spurt did so with this frame.
        """
        self.now += 1
        self._run = self._run + 1 if loud else 0
        if self.spurt_start is None:
            if self._run < _ONSET_FRAMES:
                return None
            self.last_loud = self.now
            self.spurt_start = self.now - _ONSET_FRAMES + 1
            return "began"
        if loud:
            self.last_loud = self.now
        if self.now - (self.last_loud or 0) < _PAUSE_FRAMES:
            return None
        self.spurt_start = None
        return "ended"

    @property
    def speaking(self) -> bool:
        """
        Is the far end in the middle of a spurt?
        """
        return self.spurt_start is not None

    @property
    def interrupted(self) -> bool:
        """
        Would speech that begins now come in the middle of the far end's?
        """
        return self.speaking and self.now - (self.last_loud or 0) < _BREATH_FRAMES

    def quiet_frames_since(self, mark: int) -> int | None:
        """
        @return: for how many frames it has been quiet, if there was speech
            after frame C{mark}; else L{None}.
        """
        if self.last_loud is None or self.last_loud <= mark:
            return None
        return self.now - self.last_loud

    def talking_frames_since(self, mark: int) -> int:
        """
        @return: for how many frames the present spurt has lasted, counted from
            frame C{mark} on.
        """
        if self.spurt_start is None:
            return 0
        return self.now - max(self.spurt_start, mark)
