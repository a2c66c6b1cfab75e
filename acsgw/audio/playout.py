"""
What the caller is about to hear, and what he has heard by now.

Agents speak in bursts of seconds, faster than real time; the network plays what it
is given in real time and tells nobody how far it is.  So we send at the speed of
the clock with a small lead: an interruption then has little to take back, and our
own clock knows what has been heard (but for the network's own short buffer).

Core: time comes in as an argument, in seconds of a clock that never jumps.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from .frames import FRAME_MS, frame_bytes

FRAME_SECONDS = FRAME_MS / 1000


@dataclass(frozen=True)
class Heard:
    """
    The caller has heard one frame.

    @ivar started: when, on the clock of L{Playout}.
    @ivar first: is it the first of its utterance?
    @ivar played_ms: how much of the utterance has been heard with it.
    """

    pcm: bytes = field(repr=False)
    started: float
    utterance: str
    first: bool
    played_ms: int


@dataclass(frozen=True)
class Played:
    """
    How much of an utterance the caller has heard when it was over or cut short.
    """

    utterance: str
    played_ms: int


@dataclass
class _Utterance:
    """
    One utterance on its way: what is still to send, and what is under way.
    """

    name: str
    waiting: bytearray = field(default_factory=bytearray)
    complete: bool = False
    sent_frames: int = 0
    heard_frames: int = 0


@dataclass(frozen=True)
class _Sent:
    pcm: bytes
    starts: float
    utterance: _Utterance


class Playout:
    """
    The queue between one agent and one caller.

    @ivar underruns: times that the caller waited inside an utterance.
    """

    def __init__(self, rate: int, lead_ms: int) -> None:
        """
        @param rate: of all audio here, in Hz.
        @param lead_ms: how long before its time a frame may be sent: so much, and
            the frame itself, may be under way to the caller, unheard.
        """
        self._frame_bytes = frame_bytes(rate)
        self._lead = lead_ms / 1000
        self._utterances: deque[_Utterance] = deque()
        self._under_way: deque[_Sent] = deque()
        # When the next frame starts to be heard, if it is sent in time.
        self._next_start = float("-inf")
        self._done: list[Played] = []
        self.underruns = 0

    @property
    def idle(self) -> bool:
        """
        Nothing waits and nothing is under way.
        """
        return not self._utterances and not self._under_way

    def put(self, pcm: bytes, utterance: str) -> None:
        """
        Queue a piece of an utterance; a new name begins a new utterance.
        """
        if not self._utterances or self._utterances[-1].name != utterance:
            self.end_all()
            self._utterances.append(_Utterance(utterance))
        self._utterances[-1].waiting += pcm

    def end(self, utterance: str) -> None:
        """
        The utterance is complete: its last frame may be sent, filled up.
        """
        for queued in self._utterances:
            if queued.name == utterance:
                queued.complete = True
        self._drop_finished()

    def end_all(self) -> None:
        """
        Nothing will be added to what is queued.
        """
        for queued in self._utterances:
            queued.complete = True
        self._drop_finished()

    def trim(self) -> None:
        """
        Nothing is to be said after this: silence at the end need not be waited for.
        """
        if self._utterances:
            waiting = self._utterances[-1].waiting
            # Half a sample that is left is filled up with zeros again.
            del waiting[len(waiting.rstrip(b"\0")) :]
            self._drop_finished()

    def due(self, now: float) -> list[bytes]:
        """
        @return: the frames to send to the caller now.
        """
        frames = []
        while frame := self._next_frame(now):
            frames.append(frame)
        return frames

    def heard(self, now: float) -> list[Heard]:
        """
        @return: the frames that the caller has heard to their end since the last
            time, in order.
        """
        heard: list[Heard] = []
        while self._under_way and self._under_way[0].starts + FRAME_SECONDS <= now:
            heard.append(self._hear(self._under_way.popleft()))
        self._drop_finished()
        return heard

    def done(self) -> list[Played]:
        """
        @return: the utterances that have been heard to their end since the last
            time.
        """
        done, self._done = self._done, []
        return done

    def flush(self) -> list[Played]:
        """
        Barge-in: forget what waits and what is under way.

        @return: what is cut; ask for what has been L{heard} before.
        """
        cut = [_played(utterance) for utterance in self._utterances]
        self._utterances.clear()
        self._under_way.clear()
        self._next_start = float("-inf")
        return cut

    def _next_frame(self, now: float) -> bytes | None:
        start = max(self._next_start, now)
        if start > now + self._lead:
            return None
        for utterance in self._utterances:
            pcm = self._take(utterance)
            if pcm:
                if utterance.sent_frames and self._next_start < now:
                    self.underruns += 1
                utterance.sent_frames += 1
                self._under_way.append(_Sent(pcm, start, utterance))
                self._next_start = start + FRAME_SECONDS
                return pcm
            if not utterance.complete:
                return None
        return None

    def _take(self, utterance: _Utterance) -> bytes:
        """
        @return: one frame, or nothing while there is not enough.
        """
        size = self._frame_bytes
        waiting = utterance.waiting
        if len(waiting) >= size:
            frame = bytes(waiting[:size])
            del waiting[:size]
            return frame
        if utterance.complete and waiting:
            frame = bytes(waiting).ljust(size, b"\0")
            waiting.clear()
            return frame
        return b""

    def _hear(self, sent: _Sent) -> Heard:
        utterance = sent.utterance
        utterance.heard_frames += 1
        first = utterance.heard_frames == 1
        played_ms = utterance.heard_frames * FRAME_MS
        return Heard(sent.pcm, sent.starts, utterance.name, first, played_ms)

    def _drop_finished(self) -> None:
        while self._utterances and _is_over(self._utterances[0]):
            self._done.append(_played(self._utterances.popleft()))


def _played(utterance: _Utterance) -> Played:
    return Played(utterance.name, utterance.heard_frames * FRAME_MS)


def _is_over(utterance: _Utterance) -> bool:
    """
    Has all of it been heard?
    """
    return (
        utterance.complete
        and not utterance.waiting
        and utterance.heard_frames == utterance.sent_frames
    )
