"""
What is to be done with a piece of audio, a key or a tick of the clock.

Core: no sockets, no clock.  C{now} is in seconds of a clock that never jumps;
every input returns the steps to take, in order.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..audio.conversion import Conversion
from ..audio.formats import Encoding, Format
from ..audio.frames import SAMPLE_BYTES
from ..audio.playout import Playout
from ..interfaces import PlayState
from .caller_side import CallerSide
from .steps import (
    Drained,
    KeepAgent,
    KeyToAgent,
    Step,
    StopCaller,
    TellPlayed,
)

#: Name of what the gateway itself says; no agent's utterance is taken for it.
GATEWAY_SAYS = "(gateway)"

#: How late a piece of audio may be and still find its place in the recording.
SETTLE_SECONDS = 1.0


class BridgeCore:
    """
    Caller and agent of one call, from the moment the media stream opens.

    Audio comes in two steps, as frames of many calls may be converted together between
    them: C{to_agent} and L{CallerSide.frame}, L{takes} and L{agent_frames}.

    @ivar caller: whom he reaches.
    @ivar rate: of the network, in Hz.
    @ivar each_frame: is it to be known at once of every frame that it was heard?
    @ivar to_agent: converts the caller's voice.
    @ivar to_caller: converts the agent's.
    """

    __slots__ = (
        "_draining",
        "_generation",
        "_keeps",
        "_lead",
        "_opened",
        "_playout",
        "_speaking",
        "caller",
        "each_frame",
        "rate",
        "to_agent",
        "to_caller",
    )

    def __init__(
        self,
        now: float,
        *,
        media_rate: int,
        caller_rate: int,
        agent_rate: int,
        agent_encoding: Encoding = Encoding.PCM16,
        lead_ms: int,
        each_frame: bool = False,
        keeps: bool = True,
        keeps_early: bool = True,
    ) -> None:
        """
        @param media_rate: of the network, in Hz.
        @param caller_rate: what the agent wants to hear, in Hz.
        @param agent_rate: what the agent speaks, in Hz.
        @param agent_encoding: how it writes what it hears and speaks.
        @param lead_ms: how much may be sent to the network ahead of its time.
        @param each_frame: see the attribute.
        @param keeps: is there a recording?
        @param keeps_early: does the agent want to hear what the caller said before
            it was ready?
        """
        self._opened = now
        self.rate = media_rate
        network = Format(Encoding.PCM16, media_rate)
        to_agent = Format(agent_encoding, caller_rate)
        self.caller = CallerSide(to_agent, keeps_early)
        self.to_agent = Conversion(network, to_agent)
        self.to_caller = Conversion(Format(agent_encoding, agent_rate), network)
        self._lead = lead_ms / 1000
        self._playout = Playout(media_rate, lead_ms)
        self._generation = 0
        self._draining = False
        self._speaking: str | None = None
        self.each_frame = each_frame
        self._keeps = keeps

    @property
    def underruns(self) -> int:
        """
        How often the caller waited in the middle of an utterance.
        """
        return self._playout.underruns

    @property
    def skipped_ms(self) -> int:
        """
        Silence of the agent that was left out, to be in time again.
        """
        return self._playout.skipped_ms

    def position(self, now: float) -> int:
        """
        @return: samples at the media rate since the stream opened.
        """
        return max(0, round((now - self._opened) * self.rate))

    def settled(self, now: float) -> int:
        """
        @return: position before which nothing will be added any more: frames of
            the agent are told a tick after they were heard, those of the caller
            may be late.
        """
        return self.position(now - SETTLE_SECONDS - self._lead)

    # The caller.

    def began(self, pcm: bytes, now: float) -> int:
        """
        @param pcm: of the caller's voice, as it came in; it ends now.

        @return: its place in the recording, as L{position}.
        """
        return max(0, self.position(now) - len(pcm) // SAMPLE_BYTES)

    def caller_pressed(self, digit: str, now: float) -> list[Step]:
        """
        The caller pressed a key: told now, or when the agent is ready.
        """
        key = KeyToAgent(digit, self.position(now) * 1000 // self.rate)
        return self.caller.pressed(key)

    # The agent.

    def new_agent(self, now: float) -> list[Step]:
        """
        Another agent takes the place of the one that is gone, whose words end here.
        """
        self.caller.new_agent()
        self._draining = False
        self._generation = 0
        return self._flush(now)

    @property
    def speaking(self) -> str | None:
        """
        The utterance that is not at its end.
        """
        return self._speaking

    def takes(self, utterance: str, generation: int) -> bool:
        """
        The agent speaks; audio of a generation before the last flush is dropped.

        @return: is it to be heard?  What L{to_caller} makes of it is given to
            L{agent_frames}.
        """
        if generation < self._generation or self._draining:
            return False
        if self._speaking != utterance:
            self._speaking = utterance
            self.to_caller.reset()
        return True

    def agent_frames(
        self, frames: Iterable[bytes], utterance: str, now: float
    ) -> list[Step]:
        """
        @param frames: of the agent's voice, as the network wants them.
        """
        playout = self._playout
        steps: list[Step] = []
        wait = False
        for frame in frames:
            if playout.passes(frame, utterance, now):
                steps.append(frame)
            else:
                playout.put(frame, utterance)
                wait = True
        if wait or now >= playout.news_at:
            steps += self.tick(now)
        return steps

    def utterance_end(self, utterance: str, now: float) -> list[Step]:
        """
        All of the utterance has been given.
        """
        if self._speaking == utterance and not self._draining:
            self._end_speaking(utterance)
        self._playout.end(utterance)
        return self.tick(now)

    def progress_wanted(self, now: float) -> list[Step]:
        """
        Each frame that has been heard is of interest from now on: L{each_frame}.
        """
        steps = self.tick(now)
        self.each_frame = True
        if (playing := self._playout.playing) is not None:
            utterance, played_ms = playing
            steps.append(TellPlayed(utterance, played_ms, PlayState.PROGRESS))
        return steps

    def flush(self, generation: int, now: float) -> list[Step]:
        """
        Barge-in, decided by the agent: silence at once.
        """
        if generation <= self._generation:
            return []
        self._generation = generation
        return self._flush(now)

    def drain(self, now: float) -> list[Step]:
        """
        The agent has said its last word: L{Drained} follows when it was heard.
        """
        if self._speaking is not None:
            self._end_speaking(self._speaking)
        self._playout.trim()
        return self._drain(now)

    def _end_speaking(self, utterance: str) -> None:
        self._speaking = None
        for frame in self.to_caller.finish():
            self._playout.put(frame, utterance)

    def _drain(self, now: float) -> list[Step]:
        self._draining = True
        self._playout.end_all()
        return self.tick(now)

    def play(self, pcm: bytes, now: float) -> list[Step]:
        """
        The gateway itself says something, after what the agent said: L{Drained}
        follows when it was heard.

        @param pcm: at the media rate.
        """
        if self._speaking is not None:
            self._end_speaking(self._speaking)
        self._playout.put(pcm, GATEWAY_SAYS)
        return self._drain(now)

    def go_on(self) -> None:
        """
        It was not the last word: what the agent says is heard again.
        """
        self._draining = False

    def tick(self, now: float) -> list[Step]:
        """
        Time has passed: what is to be sent, and what has been heard.
        """
        playout = self._playout
        steps = self.heard(now) if now >= playout.news_at else []
        steps += playout.due(now)
        return steps + self._drained() if self._draining else steps

    def wakes_at(self) -> float | None:
        """
        @return: when L{tick} is to be called, if nothing comes before.
        """
        return self._playout.wakes_at(self.each_frame)

    @property
    def waits(self) -> bool:
        """
        Is there more to be sent, which is not due yet?
        """
        return self._playout.waits

    def _flush(self, now: float) -> list[Step]:
        steps = self.heard(now)
        self._speaking = None
        if self._playout.idle:
            return steps + self._drained()
        cut = self._playout.flush()
        steps.append(StopCaller())
        steps += [TellPlayed(c.utterance, c.played_ms, PlayState.FLUSHED) for c in cut]
        return steps + self._drained()

    def heard(self, now: float) -> list[Step]:
        """
        What has been heard by now; nothing more is sent.
        """
        steps: list[Step] = []
        each = self.each_frame or self._keeps
        for pcm, started, utterance, first, played_ms in self._playout.heard(now, each):
            if first:
                steps.append(TellPlayed(utterance, 0, PlayState.STARTED))
            if self._keeps and pcm:
                steps.append(KeepAgent(pcm, self.position(started)))
            if self.each_frame:
                steps.append(TellPlayed(utterance, played_ms, PlayState.PROGRESS))
        for name, played_ms in self._playout.done():
            steps.append(TellPlayed(name, played_ms, PlayState.DONE))
        return steps

    def _drained(self) -> list[Step]:
        if not self._draining or not self._playout.idle:
            return []
        self._draining = False
        return [Drained()]
