"""
What a call can be told, and what all its states share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from ..interfaces import TransferRequest
from .actions import Action, CloseAgent, Ended, HangUp, Outcome


class CallInputs(Protocol):
    """
    Commands are imperatives; events are in the past tense.
    """

    def answer(self) -> None: ...
    def hang_up(self, outcome: Outcome, reason: str) -> None: ...
    def answered(self) -> None: ...
    def answer_failed(self, reason: str) -> None: ...
    def media_opened(self) -> None: ...
    def media_failed(self, reason: str) -> None: ...
    def media_closed(self, reason: str) -> None: ...
    def agent_ready(self) -> None: ...
    def agent_lost(self, reason: str) -> None: ...
    def agent_ended(self, reason: str) -> None: ...
    def agent_asked_transfer(self, request: TransferRequest) -> None: ...
    def speech_drained(self) -> None: ...
    def transfer_accepted(self) -> None: ...
    def transfer_failed(self, reason: str) -> None: ...
    def disconnected(self, reason: str) -> None: ...
    def hung_up(self) -> None: ...
    def hang_up_failed(self, reason: str) -> None: ...
    def timed_out(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Patience:
    """
    How long to wait for what, in seconds.

    @ivar answer: for any sign that the call was answered.
    @ivar media: from then, for the media stream.
    @ivar agent: from then, for the agent.
    @ivar last_words: for what the agent has said to be heard.
    @ivar transfer: for the verdict on a transfer.
    @ivar verdict: for the event that explains why the audio stopped.
    @ivar hang_up: for a hang-up to be confirmed.
    """

    answer: float = 20.0
    media: float = 10.0
    agent: float = 10.0
    last_words: float = 8.0
    transfer: float = 60.0
    verdict: float = 3.0
    hang_up: float = 15.0


@dataclass
class CallCore:
    """
    What every state shares.

    @ivar emit: must not raise: Automat has already changed the state, and
        drops inputs that wait for their turn.
    """

    clock: IReactorTime
    emit: Callable[[Action], None]
    patience: Patience = field(default_factory=Patience)
    request: TransferRequest | None = None
    _timer: IDelayedCall | None = None
    _end: Ended | None = None

    def wait(self, inputs: CallInputs, seconds: float | None) -> None:
        """
        C{timed_out} comes after C{seconds}; what was waited for before is not
        waited for any more.
        """
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = (
            None if seconds is None else self.clock.callLater(seconds, inputs.timed_out)
        )

    def leave(self, inputs: CallInputs, outcome: Outcome, reason: str) -> None:
        """
        Hang up; the outcome stands, whatever comes now.
        """
        self._end = Ended(outcome, reason)
        self.wait(inputs, self.patience.hang_up)
        self.emit(CloseAgent(outcome.value, caller_gone=False))
        self.emit(HangUp())

    def finish(
        self,
        inputs: CallInputs,
        outcome: Outcome,
        reason: str,
        caller_gone: bool = False,
    ) -> None:
        """
        There is nothing to hang up.
        """
        self.wait(inputs, None)
        self.emit(CloseAgent(outcome.value, caller_gone))
        # An answer that failed for us may have been heard by the network.
        certain = outcome is not Outcome.ANSWER_FAILED
        self.emit(Ended(outcome, reason, certain))

    def conclude(self, inputs: CallInputs, problem: str) -> None:
        """
        Hung up, or not: it is over.

        @param problem: why the hang-up is not certain; empty if it is.
        """
        self.wait(inputs, None)
        assert self._end is not None
        end = self._end
        reason = "; ".join(text for text in (end.reason, problem) if text)
        self.emit(Ended(end.outcome, reason, certain=not problem))

    def take_request(self) -> TransferRequest:
        """
        @return: the transfer that was asked for.
        """
        assert self.request is not None
        return self.request
