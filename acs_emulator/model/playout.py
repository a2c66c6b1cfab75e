"""
What the service does with received audio: queue it, and play it to the caller
in real time until it is told to stop.

The queue has no limit; the docs name none.
"""

from __future__ import annotations

from .media_messages import FRAME_MS

#: Audio that comes back so soon after running dry was late, not finished.
_UTTERANCE_GAP_MS = 200


class Playout:
    """
    The queue of one media stream, pulled once every 20 ms.

    @ivar underruns: gaps of more than 20 ms in the middle of an utterance.
    @ivar lead_max_ms: the most that was ever queued.
    @ivar dropped_ms: audio that C{StopAudio} kept from being heard.
    @ivar frames_played: frames that held audio.
    """

    def __init__(self, rate: int) -> None:
        """
        @param rate: Hz.
        """
        self._bytes_per_ms = rate * 2 // 1000
        self._frame_bytes = self._bytes_per_ms * FRAME_MS
        self._queue = bytearray()
        self._dry_bytes: int | None = None
        self._talking = False
        self.underruns = 0
        self.lead_max_ms = 0
        self.dropped_ms = 0
        self.frames_played = 0

    @property
    def lead_ms(self) -> int:
        """
        How much is queued.
        """
        return len(self._queue) // self._bytes_per_ms

    def push(self, pcm: bytes) -> None:
        """
        Queue audio behind what is there; any length of whole samples.
        """
        if not pcm:
            return
        if self._dry_bytes is not None:
            gap_ms = self._dry_bytes / self._bytes_per_ms
            if FRAME_MS < gap_ms <= _UTTERANCE_GAP_MS:
                self.underruns += 1
            self._dry_bytes = None
        self._talking = True
        self._queue += pcm
        self.lead_max_ms = max(self.lead_max_ms, self.lead_ms)

    def stop(self) -> int:
        """
        Drop what is queued.

        @return: how many milliseconds that was.
        """
        dropped = self.lead_ms
        self.dropped_ms += dropped
        self._queue.clear()
        self._dry_bytes = None
        self._talking = False
        return dropped

    def pull(self) -> bytes:
        """
        @return: the next 20 ms that the caller hears; silence where there is
            nothing.
        """
        frame = bytes(self._queue[: self._frame_bytes])
        del self._queue[: self._frame_bytes]
        missing = self._frame_bytes - len(frame)
        if frame:
            self.frames_played += 1
            if missing:
                self._dry_bytes = missing
        elif self._dry_bytes is not None:
            self._dry_bytes += missing
        elif self._talking:
            self._dry_bytes = missing
        return frame + bytes(missing)
