"""
What waits for a peer that does not read.

Core.  Audio is worth nothing when it is late, and a peer that stalls must not fill
the memory: beyond a mark the oldest audio is dropped, and counted.  Everything else
keeps its place and is never dropped.
"""

from __future__ import annotations

from collections import deque

#: Bytes that may wait: 1.5 to 3 s of audio.
HIGH_WATER = 64 * 1024

#: Bytes of what is not audio that end the connection: nobody has so much to say.
FLOOD = 4 * 1024 * 1024


class OutBuffer:
    """
    @ivar waiting: bytes.
    @ivar frames_dropped: of audio, since the beginning.
    """

    __slots__ = (
        "_frames",
        "_high_water",
        "frames_dropped",
        "waiting",
    )

    def __init__(self, high_water: int = HIGH_WATER) -> None:
        self._high_water = high_water
        # Most sockets never have anything that waits, and an empty deque is big.
        self._frames: deque[tuple[bytes, bool]] | None = None
        self.waiting = 0
        self.frames_dropped = 0

    def put(self, frame: bytes, is_audio: bool) -> bool:
        """
        @return: was there room?  If not, the oldest audio has made it.
        """
        if self._frames is None:
            self._frames = deque()
        frames = self._frames
        frames.append((frame, is_audio))
        self.waiting += len(frame)
        if self.waiting <= self._high_water:
            return True
        kept: deque[tuple[bytes, bool]] = deque()
        while frames and self.waiting > self._high_water:
            old, old_is_audio = frames.popleft()
            if old_is_audio:
                self.waiting -= len(old)
                self.frames_dropped += 1
            else:
                kept.append((old, False))
        frames.extendleft(reversed(kept))
        return False

    def drop_audio(self) -> None:
        """
        The audio that waits is not wanted any more; it does not count as dropped.
        """
        frames = deque(waiting for waiting in self._frames or () if not waiting[1])
        self._frames = frames or None
        self.waiting = sum(len(frame) for frame, _ in frames)

    def take(self) -> bytes:
        """
        @return: all that waits, in order.
        """
        taken = b"".join(frame for frame, _ in self._frames or ())
        self._frames = None
        self.waiting = 0
        return taken
