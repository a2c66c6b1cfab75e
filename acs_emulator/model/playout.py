"""
What the service does with received audio: queue it, and play it to the caller
in real time until it is told to stop.

The queue has no limit; the docs name none.
"""

from __future__ import annotations

from collections import deque

from .media_messages import FRAME_MS, silence

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
        # What was pushed, as it came; of the first piece some bytes are gone.
        self._queue: deque[bytes] = deque()
        self._gone = 0
        self._size = 0
        self._silence = silence(self._frame_bytes)
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
        return self._size // self._bytes_per_ms

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
        self._queue.append(pcm)
        self._size += len(pcm)
        lead_ms = self._size // self._bytes_per_ms
        if lead_ms > self.lead_max_ms:
            self.lead_max_ms = lead_ms

    def stop(self) -> int:
        """
        Drop what is queued.

        @return: how many milliseconds that was.
        """
        dropped = self.lead_ms
        self.dropped_ms += dropped
        self._queue.clear()
        self._gone = self._size = 0
        self._dry_bytes = None
        self._talking = False
        return dropped

    def pull(self) -> bytes:
        """
        @return: the next 20 ms that the caller hears; silence where there is
            nothing.
        """
        wanted = self._frame_bytes
        if not self._size:
            if self._dry_bytes is not None:
                self._dry_bytes += wanted
            elif self._talking:
                self._dry_bytes = wanted
            return self._silence
        self.frames_played += 1
        if not self._gone and len(self._queue[0]) == wanted:  # the usual case
            self._size -= wanted
            return self._queue.popleft()
        frame = self._assembled(wanted)
        missing = wanted - len(frame)
        if not missing:
            return frame
        self._dry_bytes = missing
        return frame + bytes(missing)

    def _assembled(self, wanted: int) -> bytes:
        frame = b""
        while self._queue and len(frame) < wanted:
            begin = self._gone
            piece = self._queue[0][begin : begin + wanted - len(frame)]
            frame += piece
            self._gone += len(piece)
            if self._gone == len(self._queue[0]):
                self._queue.popleft()
                self._gone = 0
        self._size -= len(frame)
        return frame
