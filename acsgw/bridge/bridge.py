"""
The bridge of one call: moves audio between the media stream, the agent and the
recording, as L{acsgw.bridge.core} says.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ..audio.formats import Encoding
from ..audio.resample import Resampler
from ..interfaces import CallInfo, ICountsDropped, IVoiceAgent, RecordingResult
from .core import BridgeCore
from .ends import Ends
from .parts import BridgeListener, BridgeParts, MediaLine
from .pausing import note_key, pause_recording
from .session import AgentSession


class Bridge:
    """
    Media stream on one side (see C{acsgw.acs.media_protocol.MediaPeer}), agent on
    the other (L{AgentSession}), the call above.
    """

    __slots__ = (
        "_agents",
        "_counts",
        "_ends",
        "_finished",
        "_info",
        "_listener",
        "_parts",
        "_session",
    )

    def __init__(
        self, info: CallInfo, parts: BridgeParts, listener: BridgeListener
    ) -> None:
        self._info = info
        self._parts = parts
        self._listener = listener
        self._ends = Ends(info.call_id, parts, listener)
        self._session = AgentSession(self._ends, listener)
        self._counts: MediaLine | None = None
        self._agents: list[IVoiceAgent] = []
        self._finished = False

    # What the call asks for.

    def open_agent(self) -> None:
        """
        Connect to the voice agent; L{agent_ready} or L{agent_lost} follows.
        """
        agent = self._parts.connector.open(self._info, self._session)
        self._ends.set_agent(agent)
        self._agents.append(agent)

    def resume_agent(self) -> None:
        """
        Go on with a new agent session, in place of one that is over; L{agent_ready}
        or L{agent_lost} follows.
        """
        self._session.is_replaced = True
        self.close_agent("a new session goes on", caller_gone=False)
        ends = self._ends
        if ends.core is not None:
            ends.do(ends.core.new_agent(ends.now()))
        self._info = replace(self._info, resume_of=self._info.call_id)
        self._session = AgentSession(ends, self._listener)
        self.open_agent()

    def close_agent(self, reason: str, caller_gone: bool) -> None:
        """
        The agent is not needed any more.
        """
        self._parts.batch.finish()
        agent = self._ends.take_agent()
        self._session.is_ready = False
        if self._ends.core is not None:
            self._ends.core.caller.agent_gone()
        if agent is not None:
            if caller_gone:
                agent.caller_gone(reason)
            agent.close(reason)

    @property
    def agent_hears(self) -> bool:
        """
        Is the agent there, and can it be told what became of a transfer?
        """
        there = self._ends.agent is not None
        return there and self._parts.connector.hears_transfer_results

    def tell_transfer_failed(self, request_id: str, text: str) -> None:
        """
        Tell the agent that the transfer that it asked for did not work; it is heard
        again.
        """
        core, agent = self._ends.core, self._ends.agent
        if core is not None:
            core.go_on()
        if agent is not None:
            agent.transfer_result(request_id, False, text)

    def drain(self) -> None:
        """
        Play what is queued and no more; C{speech_drained} follows.
        """
        self._parts.batch.finish()
        ends = self._ends
        if ends.core is None:
            self._listener.speech_drained()
        else:
            ends.do(ends.core.drain(ends.now()))

    def play(self, pcm: bytes, rate: int) -> None:
        """
        Let the caller hear this after what the agent has said, which says nothing
        more; C{speech_drained} follows.

        @param pcm: 16 bit mono audio at C{rate} Hz.
        """
        self._parts.batch.finish()
        ends, core = self._ends, self._ends.core
        if core is None or ends.line is None:
            self._listener.speech_drained()
            return
        resampler = Resampler(rate, core.rate)
        pcm = resampler.feed(pcm) + resampler.finish()
        ends.do(core.play(pcm, ends.now()))

    def pause_recording(self, pause: bool) -> bool:
        """
        @return: is there a recording to pause, or to resume?
        """
        recorder, core = self._ends.recorder, self._ends.core
        if recorder is None or core is None:
            return False
        position = core.position(self._ends.now())
        pause_recording(recorder, self._listener, pause, position)
        return True

    async def finish(self) -> RecordingResult | None:
        """
        The call is over: close the media stream and the recording.

        @return: when the recording is on disk; L{None} if there is none.
        """
        self._parts.batch.finish()
        self._finished = True
        ends = self._ends
        line = ends.take_line()
        if line is not None:
            line.close()
        if ends.core is not None:
            # Into the recording: nobody was woken for each frame.
            ends.do(ends.core.heard(ends.now()))
        recorder, ends.recorder = ends.recorder, None
        if recorder is None or ends.core is None:
            return None
        position = ends.core.position(ends.now())
        result: RecordingResult = await recorder.finish(position)
        return result

    @property
    def counters(self) -> dict[str, int]:
        """
        What went less than perfect on the way of the audio: see
        L{acsgw.metrics.AudioCounts}.
        """
        core, line = self._ends.core, self._counts
        if core is None or line is None:
            return {}
        counting = [a for a in self._agents if ICountsDropped.providedBy(a)]
        return {
            "underruns": core.underruns,
            "skipped_ms": core.skipped_ms,
            "early_dropped_ms": core.caller.early_dropped_ms,
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
        new_recorder = parts.new_recorder
        core = BridgeCore(
            parts.monotonic(),
            media_rate=sample_rate,
            caller_rate=parts.connector.caller_rate,
            agent_rate=parts.connector.agent_rate,
            agent_encoding=Encoding(parts.connector.encoding),
            lead_ms=parts.lead_ms,
            keeps=new_recorder is not None,
            keeps_early=parts.connector.hears_early,
        )
        recorder = new_recorder and new_recorder(self._info.call_id, sample_rate)
        self._counts = line
        self._ends.open_media(line, core, recorder)
        if self._session.is_ready:
            self._ends.do(core.caller.agent_ready())
        self._listener.media_opened(connection_id)

    def caller_audio(self, pcm: bytes) -> None:
        """
        20 ms of the caller.
        """
        ends, core = self._ends, self._ends.core
        if core is None:
            return
        if ends.recorder is not None:
            ends.keep(core, pcm)
        if core.to_agent.change.alike:
            ends.hear(core, (pcm,))
        else:
            then = partial(ends.hear, core)
            ends.batch.later(core.to_agent, pcm, then, ends.broken)

    def caller_pressed(self, digit: str) -> None:
        """
        The caller pressed a key.
        """
        self._parts.batch.finish()
        ends, core = self._ends, self._ends.core
        if core is not None:
            now = ends.now()
            note_key(ends.recorder, self._listener, digit, core.position(now))
            ends.do(core.caller_pressed(digit, now))

    def media_closed(self, reason: str) -> None:
        """
        No audio flows any more.
        """
        self._parts.batch.finish()
        self._ends.take_line()
        self._listener.media_closed(reason)
