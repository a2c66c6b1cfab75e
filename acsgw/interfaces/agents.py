"""
The seam to voice agents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from twisted.internet.defer import Deferred
from zope.interface import Attribute, Interface


@dataclass(frozen=True, kw_only=True)
class CallInfo:
    """
    What a voice agent is told of a call when it starts.

    @ivar conversation_id: the same on all legs of what is one conversation for the
        caller: before us, with us and after us.
    @ivar variables: input variables, as an earlier leg collected them.
    @ivar resume_of: call id of the agent session that this one goes on from, with
        the same caller on the same leg, because it was over when a transfer failed;
        L{None} for a first session.
    """

    call_id: str
    correlation_id: str
    account: str
    caller: str
    callee: str
    conversation_id: str = ""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    resume_of: str | None = None


class PlayState(Enum):
    """
    How far the caller has heard an utterance of the agent.
    """

    STARTED = "started"
    PROGRESS = "progress"
    DONE = "done"
    FLUSHED = "flushed"


class TransferKind(Enum):
    """
    Whom the caller is to be handed to, or why.

    The first three are what agents ask for.  The others are the gateway's own: the
    account has rules for conversations that are complete, or have lost their agent.
    """

    AGENT = "agent"
    SYSTEM = "system"
    ADDRESS = "address"
    COMPLETED = "completed"
    AGENT_LOST = "agent lost"


@dataclass(frozen=True, kw_only=True)
class TransferRequest:
    """
    The agent wants the caller to be handed on.

    @ivar target: raw id or E.164 number, for L{TransferKind.ADDRESS} only.
    @ivar variables: output variables of the conversation; what is no text is made
        one (JSON) when it travels.
    """

    request_id: str
    kind: TransferKind
    target: str | None = None
    variables: Mapping[str, object] = field(default_factory=dict, repr=False)


class AgentEvents(Protocol):
    """
    What a voice agent tells the gateway.

    Nothing but L{refused} comes before L{ready}; at most one of L{transfer} that
    succeeds, L{ended} and L{failed} happens; L{finished} comes last, exactly
    once, whatever happened.
    """

    def ready(self) -> None:
        """The agent listens; caller audio may be sent."""

    def refused(self, reason: str) -> None:
        """The agent does not take this call; before L{ready} only."""

    def agent_audio(self, pcm: bytes, utterance: str, generation: int) -> None:
        """
        Speech for the caller, in the connector's encoding, in chunks of any size and
        faster than real time if the agent likes.

        @param generation: audio of a generation older than the last L{flush} is
            dropped.
        """

    def utterance_end(self, utterance: str) -> None:
        """All audio of this utterance has been given."""

    def flush(self, generation: int) -> None:
        """Barge-in: forget what is queued; newer audio is of C{generation}."""

    def progress_wanted(self) -> None:
        """
        L{IHearsProgress.awaits_progress} has become true.  How far the caller is now is
        told before this returns.
        """

    def transcript(self, who: str, text: str) -> None:
        """C{who} (C{"agent"} or C{"caller"}) said C{text}."""

    def transfer(self, request: TransferRequest) -> None:
        """Hand the caller on, after what is queued has been played."""

    def ended(self, reason: str, variables: Mapping[str, str]) -> None:
        """The conversation is complete: play what is queued, then hang up."""

    def failed(self, reason: str) -> None:
        """The agent is lost."""

    def finished(self) -> None:
        """Nothing more will come."""


class IVoiceAgent(Interface):
    """
    One conversation with a voice agent, as the gateway drives it.

    Commands never raise for reasons of the network: what goes wrong is told
    through L{AgentEvents}.  After L{close} or C{finished} they do nothing.
    """

    def caller_audio(pcm: bytes, position_ms: int) -> None:
        """
        The caller's voice at the connector's C{caller_rate}, in its C{encoding}.

        @param position_ms: of the first sample, since the media stream opened;
            silence is included in the count.
        """

    def dtmf(digit: str, at_ms: int) -> None:
        """
        The caller pressed a key.

        @param digit: one of C{0-9 * # A-D}.  It may be part of a secret: never
            logged.
        """

    def played(utterance: str, played_ms: int, state: PlayState) -> None:
        """
        The caller has heard C{played_ms} of the utterance.
        """

    def transfer_result(request_id: str, ok: bool, text: str) -> None:
        """
        What became of a transfer; when it failed, the agent may go on talking.
        """

    def caller_gone(reason: str) -> None:
        """
        The caller has left; C{finished} follows.
        """

    def close(reason: str) -> None:
        """
        End the conversation; C{finished} follows.
        """


class IAgentConnector(Interface):
    """
    Opens conversations with one kind of voice agent.

    A provider that also provides L{twisted.application.service.IService} is
    started before the first call is taken and stopped after the last.
    """

    caller_rate: int = Attribute("Sample rate of audio for the agent, in Hz.")
    agent_rate: int = Attribute("Sample rate of audio from the agent, in Hz.")
    encoding: str = Attribute(
        "How audio is written, both ways: C{pcm16} (little endian), C{mulaw} or"
        " C{alaw}; mono."
    )
    hears_early: bool = Attribute(
        "Is what the caller said in the last second before L{AgentEvents.ready} to be"
        " heard, at once when it is?  If not, it is dropped, and only counted in the"
        " position."
    )
    hears_transfer_results: bool = Attribute(
        "Can a conversation go on after L{IVoiceAgent.transfer_result} told it that a"
        " transfer failed?  If not, a new one is opened, with C{CallInfo.resume_of}."
    )

    def not_ready() -> str | None:
        """
        @return: why no call should be sent here now; L{None} if all is well.  Calls
            that come all the same are not refused for it.
        """

    def open(call: CallInfo, events: AgentEvents) -> IVoiceAgent:
        """
        Start a conversation; returns at once, and nothing is called on
        C{events} before it has returned.
        """


class IAgentProbe(Interface):
    """
    What an L{IAgentConnector} may provide beside, for C{acsgw check --online}.
    """

    def probe() -> Deferred[str]:
        """
        Reach the agent without a call; the connector has not been started.

        @return: fires with what was reached, in a few words; fails with an
            L{AcsgwError} that says the way out.
        """


class ICountsDropped(Interface):
    """
    What an L{IVoiceAgent} provides beside if it drops the caller's audio when the agent
    does not take it in time.
    """

    frames_dropped: int = Attribute(
        "Of 20 ms, since the beginning; also after the end."
    )


class IHearsProgress(Interface):
    """
    What an L{IVoiceAgent} provides beside if it is to hear at times of every frame that
    was heard, as L{PlayState.PROGRESS}; others hear of begin and end.
    """

    awaits_progress: bool = Attribute(
        "Is it such a time?  When it begins is told: L{AgentEvents.progress_wanted}."
    )
