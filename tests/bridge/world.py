"""
A bridge's surroundings in memory: call, line and recorder.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import Deferred
from zope.interface import implementer
from zope.interface.verify import verifyObject

from acsgw.audio.batch import Batch
from acsgw.bridge.bridge import Bridge
from acsgw.bridge.parts import BridgeParts
from acsgw.bridge.wheel import Wheel
from acsgw.interfaces import (
    AgentEvents,
    CallInfo,
    IRecorder,
    IVoiceAgent,
    RecordingResult,
    TransferKind,
    TransferRequest,
)
from acsgw.testing.scripted_agent import ScriptedAgent, ScriptedAgentConnector

from ..support import ClockTestCase

INFO = CallInfo(
    call_id="c1", correlation_id="corr", account="main", caller="a", callee="b"
)
REQUEST = TransferRequest(request_id="t1", kind=TransferKind.AGENT)


def frame(number: int) -> bytes:
    return bytes([number]) * 640


class Listener:
    """
    The call, as the bridge knows it.
    """

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []

    def media_opened(self, connection_id: str) -> None:
        self.heard.append(("media_opened", connection_id))

    def media_closed(self, reason: str) -> None:
        self.heard.append(("media_closed", reason))

    def agent_ready(self) -> None:
        self.heard.append(("agent_ready",))

    def agent_lost(self, reason: str) -> None:
        self.heard.append(("agent_lost", reason))

    def agent_ended(self, reason: str, variables: Mapping[str, str]) -> None:
        self.heard.append(("agent_ended", reason, dict(variables)))

    def agent_asked_transfer(self, request: TransferRequest) -> None:
        self.heard.append(("agent_asked_transfer", request))

    def speech_drained(self) -> None:
        self.heard.append(("speech_drained",))

    def note(self, what: str, text: str) -> None:
        self.heard.append(("note", what, text))


class Line:
    """
    The media stream to the caller: frames and commands, in order.
    """

    frames_dropped = 0

    def __init__(self) -> None:
        self.sent: list[bytes | str] = []

    def speak(self, pcm: bytes) -> None:
        self.sent.append(pcm)

    def stop_speaking(self) -> None:
        self.sent.append("stop")

    def close(self) -> None:
        self.sent.append("close")

    def give_up(self, problem: str) -> None:
        self.sent.append(f"give up: {problem}")


@implementer(IRecorder)
class Recorder:
    """
    Remembers what it was given; is done when the test says so.  The star pauses it, the
    number sign resumes it.
    """

    def __init__(self) -> None:
        self.caller: list[tuple[bytes, int]] = []
        self.agent: list[tuple[bytes, int]] = []
        self.settled_at: list[int] = []
        self.finished: list[int] = []
        self.paused = False
        self.pauses: list[tuple[str, int]] = []
        self.done: Deferred[RecordingResult] = Deferred()

    def caller_heard(self, pcm: bytes, position: int) -> None:
        self.caller.append((pcm, position))

    def agent_heard(self, pcm: bytes, position: int) -> None:
        self.agent.append((pcm, position))

    def settled(self, position: int) -> None:
        self.settled_at.append(position)

    def pause(self, position: int) -> None:
        self.paused = True
        self.pauses.append(("pause", position))

    def resume(self, position: int) -> None:
        self.paused = False
        self.pauses.append(("resume", position))

    def key_pressed(self, digit: str, position: int) -> None:
        if digit == "*":
            self.pause(position)
        elif digit == "#":
            self.resume(position)

    def finish(self, position: int) -> Deferred[RecordingResult]:
        self.finished.append(position)
        return self.done


class BridgeTestCase(ClockTestCase):
    """
    A bridge at 16 kHz with a lead of 40 ms, nothing opened.
    """

    def setUp(self) -> None:
        super().setUp()
        self.connector = ScriptedAgentConnector(self.reactor)
        self.listener, self.line, self.recorder = Listener(), Line(), Recorder()
        self.assertTrue(verifyObject(IRecorder, self.recorder))
        self.recordings: list[tuple[str, int]] = []

        def new_recorder(call_id: str, rate: int) -> IRecorder:
            self.recordings.append((call_id, rate))
            return self.recorder

        parts = BridgeParts(
            connector=self.connector,
            wheel=Wheel(self.reactor),
            batch=Batch(),
            monotonic=self.reactor.seconds,
            lead_ms=40,
            new_recorder=new_recorder,
        )
        self.bridge = Bridge(INFO, parts, self.listener)

    @property
    def agent(self) -> ScriptedAgent:
        return self.connector.agents[-1]

    def agent_events(self) -> list[AgentEvents]:
        """
        @return: what agents are given from now on, to speak through; nothing holds
            them to the promises.
        """
        given: list[AgentEvents] = []
        opened = self.connector.open

        def opening(call: CallInfo, events: AgentEvents) -> IVoiceAgent:
            given.append(events)
            return opened(call, events)

        self.connector.open = opening  # type: ignore[method-assign]
        return given

    def open(self) -> None:
        """
        Media and agent are there.
        """
        self.bridge.media_opened(self.line, 16000, "cc")
        self.bridge.open_agent()
        self.reactor.advance(0)
        self.listener.heard.clear()

    def pump(self, ticks: int) -> None:
        self.reactor.pump([0.02] * ticks)

    def finish(self) -> Deferred[RecordingResult | None]:
        return Deferred.fromCoroutine(self.bridge.finish())
