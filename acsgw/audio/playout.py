"""
What the caller is about to hear, and what he has heard by now.

Agents speak in bursts of seconds, faster than real time; the network plays what it
is given in real time and tells nobody how far it is.  So we send at the speed of
the clock with a small lead: an interruption then has little to take back, and our
own clock knows what has been heard (but for the network's own short buffer).

An agent that is late in the middle of an utterance leaves a gap.  If it was late by
more than a frame, the sound goes on when a little has come again (the cushion): else
each frame that is late would be a gap of its own.

Core: time comes in as an argument, in seconds of a clock that never jumps.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from .frames import FRAME_MS, SAMPLE_BYTES, frame_bytes, split

FRAME_SECONDS = FRAME_MS / 1000

#: A gap so short is not worth to wait for a cushion.
SHORT_GAP_SECONDS = FRAME_SECONDS

CUSHION_MS = 40


class Heard(NamedTuple):
    """
    The caller has heard one frame.

    @ivar started: when, on the clock of L{Playout}.
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


class _Utterance:
    """
    One utterance on its way.

    @ivar frames: still to send.
    @ivar rest: less than a frame, that follows them.
    """

    __slots__ = ("complete", "frames", "heard_frames", "name", "rest", "sent_frames")

    def __init__(self, name: str) -> None:
        self.name = name
        self.frames: deque[bytes] = deque()
        self.rest = b""
        self.complete = False
        self.sent_frames = 0
        self.heard_frames = 0

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


class Playout:
    """
    The queue between one agent and one caller.

    @ivar underruns: times that the caller waited inside an utterance.
    """

    def __init__(self, rate: int, lead_ms: int, cushion_ms: int = CUSHION_MS) -> None:
        """
        @param rate: of all audio here, in Hz.
        @param lead_ms: how long before its time a frame may be sent: so much, and
            the frame itself, may be under way to the caller, unheard.
        @param cushion_ms: what must be there again after a gap, or the end of the
            utterance; nothing is waited for longer than it lasts.
        """
        self._frame_bytes = frame_bytes(rate)
        self._lead = lead_ms / 1000
        self._cushion_frames = cushion_ms // FRAME_MS
        self._cushion = cushion_ms / 1000
        self._utterances: deque[_Utterance] = deque()
        # Frame, when it starts to be heard, utterance.
        self._under_way: deque[tuple[bytes, float, _Utterance]] = deque()
        # When the next frame starts to be heard, if it is sent in time.
        self._next_start = float("-inf")
        # Since a gap, while the cushion fills: until when at most.
        self._fills_until: float | None = None
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
        queued = self._utterances[-1] if self._utterances else None
        if queued is None or queued.name != utterance:
            self.end_all()
            queued = _Utterance(utterance)
            self._utterances.append(queued)
        if not queued.rest and len(pcm) == self._frame_bytes:
            queued.frames.append(pcm)
            return
        pieces = split(queued.rest + pcm, self._frame_bytes)
        last = pieces[-1] if pieces else b""
        queued.rest = b""
        if len(last) < self._frame_bytes:
            queued.rest = last
            pieces = pieces[:-1]
        queued.frames.extend(pieces)

    def end(self, utterance: str) -> None:
        """
        The utterance is complete: its last frame may be sent, filled up.
        """
        for queued in self._utterances:
            if queued.name == utterance:
                self._complete(queued)
        self._drop_finished()

    def end_all(self) -> None:
        """
        Nothing will be added to what is queued.
        """
        for queued in self._utterances:
            self._complete(queued)
        self._drop_finished()

    def _complete(self, queued: _Utterance) -> None:
        queued.complete = True
        if queued.rest:
            queued.frames.append(queued.rest.ljust(self._frame_bytes, b"\0"))
            queued.rest = b""

    def trim(self) -> None:
        """
        Nothing is to be said after this: silence at the end need not be waited for.
        """
        if self._utterances:
            queued = self._utterances[-1]
            rest = b"".join(queued.frames) + queued.rest
            queued.frames.clear()
            rest = rest.rstrip(b"\0")
            # Half a sample that is left gets its zeros again.
            queued.rest = rest + bytes(len(rest) % SAMPLE_BYTES)
            self.put(b"", queued.name)
            if queued.complete:
                self._complete(queued)
            self._drop_finished()

    def due(self, now: float) -> list[bytes]:
        """
        @return: the frames to send to the caller now.
        """
        due: list[bytes] = []
        latest, start = now + self._lead, self._next_start
        if start > latest:
            return due
        for utterance in self._utterances:
            frames = utterance.frames
            while frames:
                if start > latest:
                    return due
                if start < now:
                    if utterance.sent_frames and not self._goes_on(utterance, now):
                        return due
                    start = now
                frame = frames.popleft()
                utterance.sent_frames += 1
                self._under_way.append((frame, start, utterance))
                self._next_start = start = start + FRAME_SECONDS
                due.append(frame)
            if not utterance.complete:
                return due
        return due

    def _goes_on(self, utterance: _Utterance, now: float) -> bool:
        """
        The caller waits for this utterance.

        @return: is it to be heard again?
        """
        if self._fills_until is None:
            self.underruns += 1
            if now - self._next_start <= SHORT_GAP_SECONDS:
                return True
            self._fills_until = now + self._cushion
        if (
            utterance.complete
            or len(utterance.frames) >= self._cushion_frames
            or now >= self._fills_until
        ):
            self._fills_until = None
            return True
        return False

    @property
    def waits(self) -> bool:
        """
        Is there more to be sent, which is not due yet?
        """
        utterances = self._utterances
        return bool(utterances) and (
            len(utterances[0].frames) > 0 or len(utterances) > 1
        )

    def has_news(self, now: float) -> bool:
        """
        Is there anything L{heard} or L{done} to be told?
        """
        under_way = self._under_way
        return bool(self._done) or (
            len(under_way) > 0 and under_way[0][1] + FRAME_SECONDS <= now
        )

    def heard(self, now: float) -> list[Heard]:
        """
        @return: the frames that the caller has heard to their end since the last
            time, in order.
        """
        under_way = self._under_way
        heard: list[Heard] = []
        while under_way and under_way[0][1] + FRAME_SECONDS <= now:
            pcm, started, utterance = under_way.popleft()
            utterance.heard_frames = frames = utterance.heard_frames + 1
            heard.append(
                Heard(pcm, started, utterance.name, frames == 1, frames * FRAME_MS)
            )
        if heard:
            self._drop_finished()
        return heard

    def wakes_at(self, each_frame: bool) -> float | None:
        """
        @param each_frame: is it to be known of each frame when it was heard, and not
            only of the last one that is under way?

        @return: when there will be something L{due} or L{heard}, if nothing is put
            before; L{None} if that is never.
        """
        times = []
        if self._utterances and self._utterances[0].frames:
            if self._fills_until is not None:
                times.append(self._fills_until)
            else:
                times.append(self._next_start - self._lead)
        elif len(self._utterances) > 1:
            # What follows goes on when the first one is sent and heard.
            each_frame = True
            if any(utterance.frames for utterance in self._utterances):
                times.append(self._next_start - self._lead)
        if self._under_way:
            under_way = self._under_way[0 if each_frame else -1]
            times.append(under_way[1] + FRAME_SECONDS)
        return min(times, default=None)

    def done(self) -> list[Played]:
        """
        @return: the utterances that have been heard to their end since the last
            time.
        """
        if not self._done:
            return []
        done, self._done = self._done, []
        return done

    def flush(self) -> list[Played]:
        """
        Barge-in: forget what waits and what is under way.

        @return: what is cut; ask for what has been L{heard} before.
        """
        cut = [utterance.played for utterance in self._utterances]
        self._utterances.clear()
        self._under_way.clear()
        self._next_start = float("-inf")
        self._fills_until = None
        return cut

    def _drop_finished(self) -> None:
        while self._utterances and self._utterances[0].is_over:
            self._done.append(self._utterances.popleft().played)
            self._fills_until = None
