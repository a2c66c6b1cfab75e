"""
What a call can be told, and what all its states share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from ..interfaces import TransferKind, TransferRequest
from .actions import Action, CloseAgent, Ended, HangUp, Note, Outcome, Transfer


class CallInputs(Protocol):
    """
    Commands are imperatives; events are in the past tense.

    C{no_way} says that what was to be tried cannot be: the next thing is tried.  The
    machine tells it to itself too, as Automat's transitions cannot choose.
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
    def found_alive(self) -> None: ...
    def found_moving(self, reason: str) -> None: ...
    def found_gone(self, reason: str) -> None: ...
    def look_up_failed(self, reason: str) -> None: ...
    def agent_told(self) -> None: ...
    def no_way(self) -> None: ...
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
    @ivar look_up: for the network to say where a call stands.
    @ivar look_again: before it is asked again.
    @ivar look_ups: so often it is asked.
    @ivar prompt: for the prompt to be heard, and what the agent said before it.
    @ivar hang_up: for a hang-up to be confirmed.
    """

    answer: float = 20.0
    media: float = 10.0
    agent: float = 10.0
    last_words: float = 8.0
    transfer: float = 60.0
    verdict: float = 3.0
    look_up: float = 10.0
    look_again: float = 1.0
    look_ups: int = 4
    prompt: float = 75.0
    hang_up: float = 15.0


def _nobody(kind: TransferKind) -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Recourse:
    """
    What can be done for the caller when the agent cannot go on.

    @ivar has_target: is there somebody to hand the caller to, for this reason?
    @ivar resumes: may a new agent session go on when a transfer has failed?
    @ivar prompt: is there a prompt to play before the agent is given up?
    @ivar number: raw id to hand the caller to after the prompt.
    """

    has_target: Callable[[TransferKind], bool] = _nobody
    resumes: bool = False
    prompt: bool = False
    number: str | None = None


_NOBODY_TOOK_HIM = Ended(Outcome.TRANSFER_FAILED, "")


@dataclass
class CallCore:
    """
    What every state shares.

    @ivar emit: must not raise: Automat has already changed the state, and
        drops inputs that wait for their turn.
    @ivar request: the transfer that the agent asked for last.
    @ivar otherwise: how the call ends, if nobody takes the caller.
    @ivar agent_over: nobody is waiting for the agent any more: it is neither told
        of a failed transfer nor resumed.
    @ivar audio_gone: nobody can be heard.
    @ivar stream_closed: why the media stream was, if that is known.
    @ivar resumed: has an agent session been resumed?  That is done once.
    @ivar falls_back: may prompt and number be tried?
    @ivar look_ups: that may still be made.
    """

    clock: IReactorTime
    emit: Callable[[Action], None]
    patience: Patience = field(default_factory=Patience)
    recourse: Recourse = field(default_factory=Recourse)
    request: TransferRequest | None = None
    otherwise: Ended = _NOBODY_TOOK_HIM
    agent_over: bool = False
    audio_gone: bool = False
    stream_closed: str = ""
    resumed: bool = False
    falls_back: bool = True
    look_ups: int = 0
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

    def give_up(self, inputs: CallInputs, *more: str) -> None:
        """
        Nobody takes the caller.

        @param more: what is to be said beside the reason.
        """
        end = self.otherwise
        self.leave(inputs, end.outcome, joined(end.reason, *more))

    def hand_back(
        self, inputs: CallInputs, kind: TransferKind, outcome: Outcome, reason: str
    ) -> None:
        """
        The agent does not go on; the account's rules may know somebody who does.

        @param outcome: if nobody does.
        """
        self.otherwise = Ended(outcome, reason)
        self.agent_over = True
        if self.recourse.has_target(kind):
            self.move(inputs, kind.value, kind)
        else:
            self.falls_back = kind is TransferKind.AGENT_LOST
            inputs.no_way()

    def move(
        self,
        inputs: CallInputs,
        why: str,
        kind: TransferKind,
        target: str | None = None,
    ) -> None:
        """
        Hand the caller on, without being asked by the agent, who is not needed for
        it.
        """
        variables = self.request.variables if self.request is not None else {}
        request = TransferRequest(
            request_id=why, kind=kind, target=target, variables=variables
        )
        self.wait(inputs, self.patience.transfer)
        self.emit(CloseAgent(why, caller_gone=False))
        self.emit(Note("transfer", why))
        self.emit(Transfer(request))

    def conclude(self, inputs: CallInputs, problem: str) -> None:
        """
        Hung up, or not: it is over.

        @param problem: why the hang-up is not certain; empty if it is.
        """
        self.wait(inputs, None)
        assert self._end is not None
        end = self._end
        reason = joined(end.reason, problem)
        self.emit(Ended(end.outcome, reason, certain=not problem))

    def take_request(self) -> TransferRequest:
        """
        @return: the transfer that was asked for.
        """
        assert self.request is not None
        return self.request


def joined(*texts: str) -> str:
    """
    @return: one reason made of several; the empty ones are left out.
    """
    return "; ".join(text for text in texts if text)
