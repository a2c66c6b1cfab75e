"""
What an agent says in one go: cut into frames when it comes, counted when it is sent and
when it has been heard.

Core: values in, values out.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from .frames import FRAME_MS, SAMPLE_BYTES, split


class Heard(NamedTuple):
    """
    The caller has heard one frame, or has come to the place of one that was left out.

    @ivar pcm: empty if it was left out.
    @ivar started: when, on the clock of L{acsgw.audio.playout.Playout}.
    @ivar first: is it the first of its utterance?
    @ivar played_ms: how much of the utterance has been heard with it.
    """

    pcm: bytes
    started: float
    utterance: str
    first: bool
    played_ms: int


class Played(NamedTuple):
    """
    How much of an utterance the caller has heard when it was over or cut short.
    """

    utterance: str
    played_ms: int


class Utterance:
    """
    One utterance on its way.

    @ivar frames: still to send.
    @ivar rest: less than a frame, that follows them.
    @ivar complete: nothing will be added.
    @ivar sent_frames: that were sent, or left out.
    @ivar heard_frames: of these, how many the caller has passed.
    """

    __slots__ = (
        "_frame_bytes",
        "complete",
        "frames",
        "heard_frames",
        "name",
        "rest",
        "sent_frames",
    )

    def __init__(self, name: str, frame_bytes: int) -> None:
        """
        @param frame_bytes: length of a frame.
        """
        self.name = name
        self.frames: deque[bytes] = deque()
        self.complete = False
        self.sent_frames = 0
        self.heard_frames = 0
        self._frame_bytes = frame_bytes
        self.rest = b""

    def put(self, pcm: bytes) -> None:
        """
        Add a piece of any length.
        """
        if not self.rest and len(pcm) == self._frame_bytes:
            self.frames.append(pcm)
            return
        pieces = split(self.rest + pcm, self._frame_bytes)
        self.rest = b""
        if pieces and len(pieces[-1]) < self._frame_bytes:
            self.rest = pieces.pop()
        self.frames.extend(pieces)

    def end(self) -> None:
        """
        It is complete: its last frame is filled up with silence.
        """
        self.complete = True
        if self.rest:
            self.frames.append(self.rest.ljust(self._frame_bytes, b"\0"))
            self.rest = b""

    def trim(self) -> None:
        """
        Take away the silence at the end of what is to be sent.
        """
        rest = (b"".join(self.frames) + self.rest).rstrip(b"\0")
        self.frames.clear()
        # Half a sample that is left gets its zeros again.
        self.rest = b""
        self.put(rest + bytes(len(rest) % SAMPLE_BYTES))
        if self.complete:
            self.end()

    @property
    def played(self) -> Played:
        return Played(self.name, self.heard_frames * FRAME_MS)

    @property
    def is_over(self) -> bool:
        """
        Has all of it been heard?
        """
        return (
            self.complete and not self.frames and self.heard_frames == self.sent_frames
        )
