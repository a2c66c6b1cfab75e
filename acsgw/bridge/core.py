"""
What is to be done with a piece of audio, a key or a tick of the clock.

Core: no sockets, no clock.  C{now} is in seconds of a clock that never jumps;
every input returns the steps to take, in order.
"""

from __future__ import annotations

from collections import deque

from ..audio.frames import SAMPLE_BYTES
from ..audio.playout import Playout
from ..audio.resample import Resampler
from ..interfaces import PlayState
from .steps import (
    Drained,
    KeepAgent,
    KeepCaller,
    KeyToAgent,
    Step,
    StopCaller,
    TellPlayed,
    ToAgent,
    ToCaller,
)

#: How much of the caller is kept for an agent that is not ready yet.
EARLY_SECONDS = 1.0

#: Keys kept for an agent that is not ready yet.
EARLY_KEYS = 64

#: Name of what the gateway itself says; no agent's utterance is taken for it.
GATEWAY_SAYS = "(gateway)"

#: How late a piece of audio may be and still find its place in the recording.
SETTLE_SECONDS = 1.0


class BridgeCore:
    """
    Caller and agent of one call, from the moment the media stream opens.

    @ivar rate: of the network, in Hz.
    @ivar early_dropped: samples of the caller that came too long before the agent
        was ready.
    """

    def __init__(
        self,
        now: float,
        *,
        media_rate: int,
        caller_rate: int,
        agent_rate: int,
        lead_ms: int,
        tell_progress: bool = False,
    ) -> None:
        """
        @param media_rate: of the network, in Hz.
        @param caller_rate: what the agent wants to hear, in Hz.
        @param agent_rate: what the agent speaks, in Hz.
        @param lead_ms: how much may be sent to the network ahead of its time.
        @param tell_progress: is the agent to hear of every frame that was heard?
        """
        self._opened = now
        self.rate = media_rate
        self._caller_rate = caller_rate
        self._to_agent = Resampler(media_rate, caller_rate)
        self._to_caller = Resampler(agent_rate, media_rate)
        self._playout = Playout(media_rate, lead_ms)
        self._agent_ready = False
        self._agent_gone = False
        self._generation = 0
        self._draining = False
        self._speaking: str | None = None
        self._half_sample = b""
        self._tell_progress = tell_progress
        self._early: deque[bytes] = deque()
        self._early_samples = 0
        self._early_keys: deque[KeyToAgent] = deque(maxlen=EARLY_KEYS)
        self._agent_position = 0
        self.early_dropped = 0

    @property
    def underruns(self) -> int:
        """
        How often the caller waited in the middle of an utterance.
        """
        return self._playout.underruns

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
        return self.position(now - SETTLE_SECONDS)

    # The caller.

    def caller_audio(self, pcm: bytes, now: float) -> list[Step]:
        """
        A piece of the caller's voice has come in: it ends now.
        """
        start = max(0, self.position(now) - len(pcm) // SAMPLE_BYTES)
        steps: list[Step] = [KeepCaller(pcm, start)]
        heard = self._to_agent.feed(pcm)
        if self._agent_ready:
            steps.append(self._say_to_agent(heard))
        elif not self._agent_gone:
            self._keep_early(heard)
        else:  # another agent may follow, and wants to know how long it has been
            self._agent_position += len(heard) // SAMPLE_BYTES
        return steps

    def caller_pressed(self, digit: str, now: float) -> list[Step]:
        """
        The caller pressed a key: told now, or when the agent is ready.
        """
        key = KeyToAgent(digit, self.position(now) * 1000 // self.rate)
        if self._agent_ready:
            return [key]
        if not self._agent_gone:
            self._early_keys.append(key)
        return []

    def _say_to_agent(self, pcm: bytes) -> ToAgent:
        position_ms = self._agent_position * 1000 // self._caller_rate
        self._agent_position += len(pcm) // SAMPLE_BYTES
        return ToAgent(pcm, position_ms)

    def _keep_early(self, pcm: bytes) -> None:
        self._early.append(pcm)
        self._early_samples += len(pcm) // SAMPLE_BYTES
        while self._early_samples > EARLY_SECONDS * self._caller_rate:
            dropped = len(self._early.popleft()) // SAMPLE_BYTES
            self._early_samples -= dropped
            self.early_dropped += dropped
            self._agent_position += dropped

    # The agent.

    def agent_ready(self) -> list[Step]:
        """
        The agent hears what was kept of the caller, and all that follows.
        """
        self._agent_ready = True
        audio = [self._say_to_agent(pcm) for pcm in self._early]
        keys = list(self._early_keys)
        self._early.clear()
        self._early_keys.clear()
        return [*audio, *keys]

    def agent_gone(self) -> None:
        """
        Nobody listens to the caller any more.
        """
        self._agent_ready = False
        self._agent_gone = True
        self._early.clear()
        self._early_keys.clear()

    def new_agent(self, now: float) -> list[Step]:
        """
        Another agent takes the place of the one that is gone, whose words end here.
        """
        self._agent_gone = self._draining = False
        self._generation = 0
        return self._flush(now)

    def agent_audio(
        self, pcm: bytes, utterance: str, generation: int, now: float
    ) -> list[Step]:
        """
        The agent speaks; audio of a generation before the last flush is dropped.
        """
        if generation < self._generation or self._draining:
            return []
        if self._speaking != utterance:
            self._speaking = utterance
            self._half_sample = b""
            self._to_caller.reset()
        # Chunks are cut anywhere, in the middle of a sample too.
        pcm = self._half_sample + pcm
        whole = len(pcm) - len(pcm) % SAMPLE_BYTES
        self._half_sample = pcm[whole:]
        self._playout.put(self._to_caller.feed(pcm[:whole]), utterance)
        return self.tick(now)

    def utterance_end(self, utterance: str, now: float) -> list[Step]:
        """
        All of the utterance has been given.
        """
        if self._speaking == utterance and not self._draining:
            self._speaking = None
            rest = self._to_caller.finish()
            if rest:
                self._playout.put(rest, utterance)
        self._playout.end(utterance)
        return self.tick(now)

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
        self._playout.trim()
        return self._drain(now)

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
        self._speaking = None
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
        steps = self._heard(now)
        steps += [ToCaller(frame) for frame in self._playout.due(now)]
        return steps + self._drained()

    def _flush(self, now: float) -> list[Step]:
        steps = self._heard(now)
        self._speaking = None
        if self._playout.idle:
            return steps + self._drained()
        cut = self._playout.flush()
        steps.append(StopCaller())
        steps += [TellPlayed(c.utterance, c.played_ms, PlayState.FLUSHED) for c in cut]
        return steps + self._drained()

    def _heard(self, now: float) -> list[Step]:
        steps: list[Step] = []
        for heard in self._playout.heard(now):
            if heard.first:
                steps.append(TellPlayed(heard.utterance, 0, PlayState.STARTED))
            steps.append(KeepAgent(heard.pcm, self.position(heard.started)))
            if self._tell_progress:
                steps.append(
                    TellPlayed(heard.utterance, heard.played_ms, PlayState.PROGRESS)
                )
        steps += [
            TellPlayed(done.utterance, done.played_ms, PlayState.DONE)
            for done in self._playout.done()
        ]
        return steps

    def _drained(self) -> list[Step]:
        if not self._draining or not self._playout.idle:
            return []
        self._draining = False
        return [Drained()]
