"""
What the caller is about to hear, and what he has heard by now.

Agents speak in bursts of seconds, faster than real time; the network plays what it
is given in real time and tells nobody how far it is.  So we send at the speed of
the clock with a small lead: an interruption then has little to take back, and our
own clock knows what has been heard (but for the network's own short buffer).

An agent that is late in the middle of an utterance leaves a gap.  If it was late by
more than a frame, the sound goes on when a little has come again (the cushion): else
each frame that is late would be a gap of its own.

What is late for good, as the agent goes on in real time, is made good in its silence
(L{acsgw.audio.standing}).

Core: time comes in as an argument, in seconds of a clock that never jumps.
"""

from __future__ import annotations

from .frames import FRAME_MS, frame_bytes
from .standing import StandingQueue
from .under_way import FRAME_SECONDS, NEVER, UnderWay
from .utterance import Heard, Played, Utterance

#: A gap so short is not worth to wait for a cushion.
SHORT_GAP_SECONDS = FRAME_SECONDS

CUSHION_MS = 40


class Playout:
    """
    The queue between one agent and one caller.

    @ivar underruns: times that the caller waited inside an utterance.
    """

    __slots__ = (
        "_cushion",
        "_cushion_frames",
        "_done",
        "_fills_until",
        "_frame_bytes",
        "_lead",
        "_next_start",
        "_standing",
        "_under_way",
        "_utterances",
        "underruns",
    )

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
        self._utterances: list[Utterance] = []
        self._under_way = UnderWay()
        # When the next frame starts to be heard, if it is sent in time.
        self._next_start = float("-inf")
        # Since a gap, while the cushion fills: until when at most.
        self._fills_until: float | None = None
        self._done: list[Played] = []
        self._standing = StandingQueue(self._cushion_frames)
        self.underruns = 0

    @property
    def skipped_ms(self) -> int:
        """
        Silence that was left out, as the queue stood.
        """
        return self._standing.left_out * FRAME_MS

    @property
    def idle(self) -> bool:
        """
        Nothing waits and nothing is under way.
        """
        return not self._utterances and not self._under_way

    @property
    def playing(self) -> Played | None:
        """
        How much has been heard of the utterance that the caller hears.
        """
        utterance = self._utterances[0] if self._utterances else None
        return utterance.played if utterance and utterance.heard_frames else None

    def put(self, pcm: bytes, utterance: str) -> None:
        """
        Queue a piece of an utterance; a new name begins a new utterance.
        """
        queued = self._utterances[-1] if self._utterances else None
        if queued is None or queued.name != utterance:
            self.end_all()
            queued = Utterance(utterance, self._frame_bytes)
            self._utterances.append(queued)
        queued.put(pcm)

    def passes(self, pcm: bytes, utterance: str, now: float) -> bool:
        """
        The usual case of an agent that speaks in real time: a whole frame goes on with
        what is being heard, nothing waits before it, and its time has come, or was a
        moment ago.

        @return: was it so?  Then it is sent now, as if L{put} and L{due}; else nothing
            has happened.
        """
        utterances, start = self._utterances, self._next_start
        if (
            len(utterances) != 1
            or start > now + self._lead
            or now - start > SHORT_GAP_SECONDS
        ):
            return False
        going_on = utterances[0]
        if (
            going_on.name != utterance
            or going_on.frames
            or going_on.rest
            or going_on.complete
            or len(pcm) != self._frame_bytes
        ):
            return False
        if start < now:
            self.underruns += 1
            start = now
        going_on.sent_frames += 1
        self._under_way.add(pcm, start, going_on)
        self._next_start = start + FRAME_SECONDS
        if self._standing.watching:
            self._standing.restart()
        return True

    def end(self, utterance: str) -> None:
        """
        The utterance is complete: its last frame may be sent, filled up.
        """
        for queued in self._utterances:
            if queued.name == utterance:
                queued.end()
        self._drop_finished()

    def end_all(self) -> None:
        """
        Nothing will be added to what is queued.
        """
        for queued in self._utterances:
            queued.end()
        self._drop_finished()

    def trim(self) -> None:
        """
        Nothing is to be said after this: silence at the end need not be waited for.
        """
        if self._utterances:
            self._utterances[-1].trim()
            self._drop_finished()

    def due(self, now: float) -> list[bytes]:
        """
        @return: the frames to send to the caller now.
        """
        due: list[bytes] = []
        latest, start = now + self._lead, self._next_start
        if start > latest:
            return due
        standing = self._standing
        for utterance in self._utterances:
            frames = utterance.frames
            while frames:
                if start > latest:
                    standing.sent(self._waiting(), now)
                    return due
                if start < now:
                    if utterance.sent_frames and not self._goes_on(utterance, now):
                        return due
                    standing.restart()
                    start = now
                frame = frames.popleft()
                utterance.sent_frames += 1
                if standing.surplus and standing.leaves_out(frame):
                    # It is over when the one before it is.
                    self._under_way.add(b"", start - FRAME_SECONDS, utterance)
                    continue
                self._under_way.add(frame, start, utterance)
                self._next_start = start = start + FRAME_SECONDS
                due.append(frame)
            if not utterance.complete:
                break
        if standing.watching:
            standing.restart()
        return due

    def _waiting(self) -> int:
        """
        @return: so many frames are still to be sent.
        """
        if len(self._utterances) == 1:
            return len(self._utterances[0].frames)
        return sum(len(utterance.frames) for utterance in self._utterances)

    def _goes_on(self, utterance: Utterance, now: float) -> bool:
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

    @property
    def news_at(self) -> float:
        """
        When there will be anything L{heard} or L{done} to be told.
        """
        return -NEVER if self._done else self._under_way.heard_at

    def heard(self, now: float, each_frame: bool = True) -> list[Heard]:
        """
        @param each_frame: or is it enough to know of the first one of an utterance?

        @return: the frames that the caller has heard to their end since the last
            time, in order.
        """
        heard = self._under_way.heard(now, each_frame)
        if self._utterances and self._utterances[0].complete:
            self._drop_finished()
        return heard

    def wakes_at(self, each_frame: bool) -> float | None:
        """
        @param each_frame: is it to be known in time of each frame that it was heard,
            and not only of the first and the last one of an utterance?

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
            times.append(self._under_way.tells_at(each_frame))
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
            self._done.append(self._utterances.pop(0).played)
            self._fills_until = None
