"""
The bridge of one call: moves audio between the media stream, the agent and the
recording, as L{acsgw.bridge.core} says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

from twisted.logger import Logger
from twisted.python.failure import Failure

from ..audio.resample import Resampler
from ..interfaces import (
    CallInfo,
    ICountsDropped,
    IHearsProgress,
    IRecorder,
    IVoiceAgent,
    PlayState,
    RecordingResult,
    TransferRequest,
)
from .core import BridgeCore
from .parts import BridgeListener, BridgeParts, MediaLine
from .pausing import note_key, pause_recording, to_note
from .session import AgentSession
from .steps import (
    Drained,
    KeepAgent,
    KeepCaller,
    KeyToAgent,
    Step,
    StopCaller,
    TellPlayed,
    ToAgent,
)

_NEVER = float("inf")

#: So often the recorder hears what is settled.
SETTLED_EVERY = 0.5


class Bridge:
    """
    Media stream on one side (see C{acsgw.acs.media_protocol.MediaPeer}), agent on
    the other (L{acsgw.interfaces.AgentEvents}), the call above.
    """

    _log = Logger()

    def __init__(
        self, info: CallInfo, parts: BridgeParts, listener: BridgeListener
    ) -> None:
        self._info = info
        self._parts = parts
        self._listener = listener
        self._line: MediaLine | None = None
        self._counts: MediaLine | None = None
        self._agents: list[IVoiceAgent] = []
        self._core: BridgeCore | None = None
        self._agent: IVoiceAgent | None = None
        self._hears_progress: IHearsProgress | None = None
        self._session = AgentSession(self)
        self._recorder: IRecorder | None = None
        self._agent_ready = False
        self._finished = False
        self._monotonic = parts.monotonic
        self._later = parts.batch.later
        self._wakes_at = _NEVER

    # What the call asks for.

    def open_agent(self) -> None:
        """
        Connect to the voice agent; L{agent_ready} or L{agent_lost} follows.
        """
        self._agent = self._parts.connector.open(self._info, self._session)
        self._hears_progress = IHearsProgress(self._agent, None)
        if self._core is not None:
            self._core.each_frame = self._awaits_progress
        self._agents.append(self._agent)

    def resume_agent(self) -> None:
        """
        Go on with a new agent session, in place of one that is over; L{agent_ready}
        or L{agent_lost} follows.
        """
        self._session.replaced = True
        self.close_agent("a new session goes on", caller_gone=False)
        if self._core is not None:
            self._do(self._core.new_agent(self._monotonic()))
        self._info = replace(self._info, resume_of=self._info.call_id)
        self._session = AgentSession(self)
        self.open_agent()

    def close_agent(self, reason: str, caller_gone: bool) -> None:
        """
        The agent is not needed any more.
        """
        self._parts.batch.finish()
        agent, self._agent = self._agent, None
        self._hears_progress = None
        self._agent_ready = False
        if self._core is not None:
            self._core.agent_gone()
        if agent is not None:
            if caller_gone:
                agent.caller_gone(reason)
            agent.close(reason)

    @property
    def agent_hears(self) -> bool:
        """
        Is the agent there, and can it be told what became of a transfer?
        """
        return self._agent is not None and self._parts.connector.hears_transfer_results

    def tell_transfer_failed(self, request_id: str, text: str) -> None:
        """
        Tell the agent that the transfer that it asked for did not work; it is heard
        again.
        """
        if self._core is not None:
            self._core.go_on()
        if self._agent is not None:
            self._agent.transfer_result(request_id, False, text)

    def drain(self) -> None:
        """
        Play what is queued and no more; C{speech_drained} follows.
        """
        self._parts.batch.finish()
        if self._core is None:
            self._listener.speech_drained()
        else:
            self._do(self._core.drain(self._monotonic()))

    def play(self, pcm: bytes, rate: int) -> None:
        """
        Let the caller hear this after what the agent has said, which says nothing
        more; C{speech_drained} follows.

        @param pcm: 16 bit mono audio at C{rate} Hz.
        """
        self._parts.batch.finish()
        core = self._core
        if core is None or self._line is None:
            self._listener.speech_drained()
            return
        resampler = Resampler(rate, core.rate)
        pcm = resampler.feed(pcm) + resampler.finish()
        self._do(core.play(pcm, self._monotonic()))

    def pause_recording(self, pause: bool) -> bool:
        """
        @return: is there a recording to pause, or to resume?
        """
        recorder, core = self._recorder, self._core
        if recorder is None or core is None:
            return False
        position = core.position(self._monotonic())
        pause_recording(recorder, self._listener, pause, position)
        return True

    async def finish(self) -> RecordingResult | None:
        """
        The call is over: close the media stream and the recording.

        @return: when the recording is on disk; L{None} if there is none.
        """
        self._parts.batch.finish()
        self._finished = True
        line, self._line = self._line, None
        self._sleep()
        if line is not None:
            line.close()
        recorder, self._recorder = self._recorder, None
        if recorder is None or self._core is None:
            return None
        result: RecordingResult = await recorder.finish(
            self._core.position(self._monotonic())
        )
        return result

    @property
    def counters(self) -> dict[str, int]:
        """
        What went less than perfect on the way of the audio: see
        L{acsgw.metrics.AudioCounts}.
        """
        core, line = self._core, self._counts
        if core is None or line is None:
            return {}
        counting = [a for a in self._agents if ICountsDropped.providedBy(a)]
        return {
            "underruns": core.underruns,
            "skipped_ms": core.skipped_ms,
            "early_dropped_ms": core.early_dropped_ms,
            "dropped_to_network": line.frames_dropped,
            "dropped_to_agent": sum(agent.frames_dropped for agent in counting),
        }

    # What the media stream tells.

    def media_opened(
        self, line: MediaLine, sample_rate: int, connection_id: str
    ) -> None:
        """
        Audio flows, at C{sample_rate} Hz.
        """
        if self._finished:
            line.close()  # it was on its way when the call ended
            return
        parts = self._parts
        self._line = self._counts = line
        self._core = BridgeCore(
            parts.monotonic(),
            media_rate=sample_rate,
            caller_rate=parts.connector.caller_rate,
            agent_rate=parts.connector.agent_rate,
            lead_ms=parts.lead_ms,
            each_frame=self._awaits_progress,
            keeps=parts.new_recorder is not None,
            keeps_early=parts.connector.hears_early,
        )
        if parts.new_recorder is not None:
            self._recorder = parts.new_recorder(self._info.call_id, sample_rate)
            self._settle()
        if self._agent_ready:
            self._do(self._core.agent_ready())
        self._listener.media_opened(connection_id)

    def caller_audio(self, pcm: bytes) -> None:
        """
        20 ms of the caller.
        """
        core = self._core
        if core is None:
            return
        if self._recorder is not None:
            self._do(core.caller_audio(pcm, self._monotonic()))
        if core.to_agent.change.alike:
            self._to_agent(core, pcm)
        else:
            self._later(core.to_agent, pcm, self._caller_converted, self._broken)

    def _caller_converted(self, frames: list[bytes]) -> None:
        core = self._core
        if core is not None:
            for pcm in frames:
                self._to_agent(core, pcm)

    def _to_agent(self, core: BridgeCore, pcm: bytes) -> None:
        position_ms = core.caller_frame(pcm)
        if position_ms >= 0 and self._agent is not None:
            self._agent.caller_audio(pcm, position_ms)

    def caller_pressed(self, digit: str) -> None:
        """
        The caller pressed a key.
        """
        self._parts.batch.finish()
        core = self._core
        if core is None:
            return
        now = self._monotonic()
        note_key(self._recorder, self._listener, digit, core.position(now))
        self._do(core.caller_pressed(digit, now))

    def media_closed(self, reason: str) -> None:
        """
        No audio flows any more.
        """
        self._parts.batch.finish()
        self._line = None
        self._sleep()
        self._listener.media_closed(reason)

    # What the agent tells: see AgentEvents.

    def ready(self) -> None:
        self._parts.batch.finish()
        self._agent_ready = True
        self._listener.agent_ready()
        if self._core is not None:
            self._do(self._core.agent_ready())

    def refused(self, reason: str) -> None:
        self._listener.agent_lost(reason)

    def agent_audio(self, pcm: bytes, utterance: str, generation: int) -> None:
        core = self._core
        if core is None or self._agent is None:
            return
        if core.speaking != utterance:
            self._parts.batch.finish()  # what was said before it has its own sound
        if not core.takes(utterance, generation):
            return
        if core.to_caller.change.alike:
            self._speak(core, (pcm,), utterance)
        else:
            then = partial(self._agent_converted, utterance)
            self._later(core.to_caller, pcm, then, self._broken)

    def _agent_converted(self, utterance: str, frames: list[bytes]) -> None:
        if self._core is not None:
            self._speak(self._core, frames, utterance)

    def utterance_end(self, utterance: str) -> None:
        self._parts.batch.finish()
        if self._core is not None:
            self._do(self._core.utterance_end(utterance, self._monotonic()))

    def flush(self, generation: int) -> None:
        self._parts.batch.finish()
        if self._core is not None:
            steps = self._core.flush(generation, self._monotonic())
            self._do(steps)
            if StopCaller() in steps:
                self._listener.note("barge_in", "")

    def progress_wanted(self) -> None:
        self._parts.batch.finish()
        if self._core is not None:
            self._do(self._core.progress_wanted(self._monotonic()))

    def transcript(self, who: str, text: str) -> None:
        self._listener.note(f"{who}_said", to_note(self._recorder, text))

    def transfer(self, request: TransferRequest) -> None:
        self._parts.batch.finish()
        self._listener.agent_asked_transfer(request)

    def ended(self, reason: str, variables: Mapping[str, str]) -> None:
        self._parts.batch.finish()
        self._listener.agent_ended(reason, variables)

    def failed(self, reason: str) -> None:
        self._parts.batch.finish()
        self._listener.agent_lost(reason)

    def finished(self) -> None:
        self._parts.batch.finish()
        if self._agent is not None:  # we did not close it, and it told no reason
            self._agent = None
            self._listener.agent_lost("it went away")

    # Steps.

    def _tick(self) -> None:
        self._wakes_at = _NEVER
        if self._core is None or self._finished:
            return
        try:
            self._core.each_frame = self._awaits_progress
            self._do(self._core.tick(self._monotonic()))
        except Exception as e:
            self._broken(e)

    def _broken(self, bug: Exception) -> None:
        """
        A bug, and nobody to tell it to: the call ends, better than silence for ever.
        """
        line, self._line = self._line, None
        self._sleep()
        if line is not None:
            self._log.failure("call {call}", Failure(bug), call=self._info.call_id)
            line.give_up("internal error")

    def _settle(self) -> None:
        """
        Tell the recorder from time to time what it may write.
        """
        if self._recorder is not None and self._core is not None:
            now = self._monotonic()
            self._recorder.settled(self._core.settled(now))
            wheel = self._parts.wheel
            wheel.wake_at(now + SETTLED_EVERY, self._recorder, self._settle)

    def _sleep(self) -> None:
        """
        Nothing is done any more at a time of its own.
        """
        self._wakes_at = _NEVER
        self._parts.wheel.remove(self)
        self._parts.wheel.remove(self._recorder)

    @property
    def _awaits_progress(self) -> bool:
        agent = self._hears_progress
        return agent is not None and agent.awaits_progress

    def _do(self, steps: list[Step]) -> None:
        """
        Do these, and be woken when there is more to do.
        """
        self._do_now(steps)
        self._plan()

    def _do_now(self, steps: list[Step]) -> None:
        for step in steps:
            if type(step) is bytes:
                if self._line is not None:
                    self._line.speak(step)
            elif type(step) is ToAgent:
                if self._agent is not None:
                    self._agent.caller_audio(step.pcm, step.position_ms)
            else:
                self._do_rarer(step)

    def _plan(self) -> None:
        """
        Be woken when the core has something to do.
        """
        core = self._core
        if core is None or self._line is None:
            return
        wakes_at = core.wakes_at()
        if wakes_at is not None and wakes_at < self._wakes_at:
            self._wakes_at = wakes_at
            self._parts.wheel.wake_at(wakes_at, self, self._tick)

    def _speak(self, core: BridgeCore, frames: Iterable[bytes], utterance: str) -> None:
        self._do_now(core.agent_frames(frames, utterance, self._monotonic()))
        if self._wakes_at is _NEVER or core.waits:
            self._plan()  # else then is early enough

    def _do_rarer(self, step: Step) -> None:
        match step:
            case TellPlayed(state=PlayState.PROGRESS) if not self._awaits_progress:
                pass
            case TellPlayed(utterance, played_ms, state):
                if self._agent is not None:
                    self._agent.played(utterance, played_ms, state)
            case KeepCaller(pcm, position):
                if self._recorder is not None:
                    self._recorder.caller_heard(pcm, position)
            case KeepAgent(pcm, position):
                if self._recorder is not None:
                    self._recorder.agent_heard(pcm, position)
            case KeyToAgent(digit, at_ms):
                if self._agent is not None:
                    self._agent.dtmf(digit, at_ms)
            case StopCaller():
                if self._line is not None:
                    self._line.stop_speaking()
            case Drained():
                self._listener.speech_drained()
