"""
What a bridge joins: line, agent and recorder.  What is to be done with them says
L{acsgw.bridge.core}; it is done here, and the core is woken when it has to be.
"""

from __future__ import annotations

from collections.abc import Iterable

from twisted.logger import Logger
from twisted.python.failure import Failure

from ..interfaces import IHearsProgress, IRecorder, IVoiceAgent, PlayState
from .core import BridgeCore
from .parts import BridgeListener, BridgeParts, MediaLine
from .steps import (
    Drained,
    KeepAgent,
    KeyToAgent,
    Step,
    StopCaller,
    TellPlayed,
    ToAgent,
)

_NEVER = float("inf")

#: So often the recorder hears what is settled.
SETTLED_EVERY = 0.5


class Ends:
    """
    @ivar core: what to do; L{None} before the media stream has opened.
    @ivar line: to the caller; L{None} before and after.
    @ivar agent: L{None} before it is opened, and when it is gone.
    @ivar recorder: if the call is recorded.
    @ivar now: the time.
    """

    __slots__ = (
        "_call_id",
        "_hears_progress",
        "_listener",
        "_spoken",
        "_wakes_at",
        "_wheel",
        "agent",
        "batch",
        "core",
        "line",
        "now",
        "recorder",
    )

    _log = Logger()

    def __init__(
        self, call_id: str, parts: BridgeParts, listener: BridgeListener
    ) -> None:
        self._call_id = call_id
        self._listener = listener
        self._wheel = parts.wheel
        self.now = parts.monotonic
        self.batch = parts.batch
        self.core: BridgeCore | None = None
        self.line: MediaLine | None = None
        self.agent: IVoiceAgent | None = None
        self.recorder: IRecorder | None = None
        self._hears_progress: IHearsProgress | None = None
        self._wakes_at = _NEVER
        # The last utterance: that another begins is told in time.
        self._spoken = ""

    # Coming and going.

    def open_media(
        self, line: MediaLine, core: BridgeCore, recorder: IRecorder | None
    ) -> None:
        """
        Audio flows.
        """
        self.line, self.core, self.recorder = line, core, recorder
        core.each_frame = self._awaits_progress
        self._settle()

    def set_agent(self, agent: IVoiceAgent) -> None:
        """
        This is the agent, which may not be ready yet.
        """
        self.agent = agent
        self._spoken = ""
        self._hears_progress = IHearsProgress(agent, None)
        if self.core is not None:
            self.core.each_frame = self._awaits_progress

    def take_agent(self) -> IVoiceAgent | None:
        """
        @return: the agent, which is none any more.
        """
        agent, self.agent = self.agent, None
        self._hears_progress = None
        return agent

    def take_line(self) -> MediaLine | None:
        """
        Nothing is done any more at a time of its own.

        @return: the line, which is none any more.
        """
        line, self.line = self.line, None
        self._wakes_at = _NEVER
        self._wheel.remove(self)
        self._wheel.remove(self.recorder)
        return line

    def broken(self, bug: Exception) -> None:
        """
        A bug, and nobody to tell it to: the call ends, better than silence for ever.
        """
        line = self.take_line()
        if line is not None:
            self._log.failure("call {call}", Failure(bug), call=self._call_id)
            line.give_up("internal error")

    # What is done.

    def do(self, steps: list[Step]) -> None:
        """
        Do these, and be woken when there is more to do.
        """
        self._do_now(steps)
        self._plan()

    def keep(self, core: BridgeCore, pcm: bytes) -> None:
        """
        The caller has said this just now: for the recording.
        """
        recorder = self.recorder
        if recorder is not None:
            recorder.caller_heard(pcm, core.began(pcm, self.now()))

    def hear(self, core: BridgeCore, frames: Iterable[bytes]) -> None:
        """
        The caller speaks.

        @param frames: as the agent wants them.
        """
        frame = core.caller.frame
        for pcm in frames:
            position_ms = frame(pcm)
            if position_ms >= 0 and self.agent is not None:
                self.agent.caller_audio(pcm, position_ms)

    def speak(self, core: BridgeCore, frames: Iterable[bytes], utterance: str) -> None:
        """
        The agent speaks.

        @param frames: as the network wants them.
        """
        now = self.now
        self._do_now(core.agent_frames(frames, utterance, now()))
        if self._wakes_at is _NEVER or core.waits or utterance != self._spoken:
            self._spoken = utterance
            self._plan()  # else then is early enough

    def _tick(self) -> None:
        self._wakes_at = _NEVER
        if self.core is None or self.line is None:
            return
        try:
            self.core.each_frame = self._awaits_progress
            self.do(self.core.tick(self.now()))
        except Exception as e:
            self.broken(e)

    def _plan(self) -> None:
        """
        Be woken when the core has something to do.
        """
        core = self.core
        if core is None or self.line is None:
            return
        wakes_at = core.wakes_at()
        if wakes_at is not None and wakes_at < self._wakes_at:
            self._wakes_at = wakes_at
            self._wheel.wake_at(wakes_at, self, self._tick)

    def _settle(self) -> None:
        """
        Tell the recorder from time to time what it may write.
        """
        if self.recorder is not None and self.core is not None:
            now = self.now()
            self.recorder.settled(self.core.settled(now))
            self._wheel.wake_at(now + SETTLED_EVERY, self.recorder, self._settle)

    @property
    def _awaits_progress(self) -> bool:
        agent = self._hears_progress
        return agent is not None and agent.awaits_progress

    def _do_now(self, steps: list[Step]) -> None:
        agent = self.agent  # a step may make the call take another
        for step in steps:
            if type(step) is bytes:
                if self.line is not None:
                    self.line.speak(step)
            elif type(step) is ToAgent:
                if agent is not None and self.agent is agent:
                    agent.caller_audio(step.pcm, step.position_ms)
            elif type(step) is KeepAgent:
                if self.recorder is not None:
                    self.recorder.agent_heard(step.pcm, step.position)
            else:
                self._do_rarer(step)

    def _do_rarer(self, step: Step) -> None:
        match step:
            case TellPlayed(state=PlayState.PROGRESS) if not self._awaits_progress:
                pass
            case TellPlayed(utterance, played_ms, state):
                if self.agent is not None:
                    self.agent.played(utterance, played_ms, state)
            case KeyToAgent(digit, at_ms):
                if self.agent is not None:
                    self.agent.dtmf(digit, at_ms)
            case StopCaller():
                if self.line is not None:
                    self.line.stop_speaking()
            case Drained():
                self._listener.speech_drained()
