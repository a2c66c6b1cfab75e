"""
Who stands around a bridge, and what it is made with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from ..audio.batch import Batch
from ..interfaces import IAgentConnector, IRecorder, TransferRequest
from .wheel import Wheel


class MediaLine(Protocol):
    """
    The media stream to the caller.  Whoever gives it up hears of its end, with the
    reason.

    @ivar frames_dropped: as the network did not read; also after the end.
    """

    @property
    def frames_dropped(self) -> int: ...

    def speak(self, pcm: bytes) -> None: ...
    def stop_speaking(self) -> None: ...
    def close(self) -> None: ...
    def give_up(self, problem: str) -> None: ...


class BridgeListener(Protocol):
    """
    The call: hears what matters for its life, and what is worth a line in its
    story; never audio.
    """

    def media_opened(self, connection_id: str) -> None: ...
    def media_closed(self, reason: str) -> None: ...
    def agent_ready(self) -> None: ...
    def agent_lost(self, reason: str) -> None: ...
    def agent_ended(self, reason: str, variables: Mapping[str, str]) -> None: ...
    def agent_asked_transfer(self, request: TransferRequest) -> None: ...
    def speech_drained(self) -> None: ...
    def note(self, what: str, text: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class BridgeParts:
    """
    What every bridge of an account is made with.

    @ivar wheel: wakes the bridges of all calls.
    @ivar batch: converts the audio of all calls.
    @ivar monotonic: seconds of a clock that never jumps.
    @ivar new_recorder: given call id and rate; L{None} if calls of this account
        are not recorded.
    """

    connector: IAgentConnector
    wheel: Wheel
    batch: Batch
    monotonic: Callable[[], float]
    lead_ms: int
    new_recorder: Callable[[str, int], IRecorder] | None
