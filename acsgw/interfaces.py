"""
The seams of the gateway: places where another provider can be plugged in.

Whatever crosses one of these and takes time returns a L{Deferred}, never a bare
coroutine.  Audio at every seam is 16 bit signed little endian mono PCM, as
L{bytes}; the sample rate is agreed on once, when a stream opens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from twisted.internet.defer import Deferred
from zope.interface import Attribute, Interface


@dataclass(frozen=True, kw_only=True)
class IncomingCall:
    """
    A call that is ringing.

    @ivar event_id: the same for each delivery of the same event.
    @ivar account: name of the account (in our settings) that it came in for.
    @ivar context: opaque text that answers the call, once, within the ring; it
        holds data of the caller, so it is neither logged nor kept.
    @ivar caller: raw id of the caller, C{4:+14255550123} or C{8:acs:...}.
    @ivar callee: raw id of the identity that was called.
    @ivar correlation_id: the same for all legs of one conversation.
    @ivar variables: what an earlier leg passed on (C{voipHeaders}).
    """

    event_id: str
    account: str
    context: str = field(repr=False)
    caller: str
    callee: str
    correlation_id: str
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)


class ICallAcceptor(Interface):
    """
    Something that can take a ringing call: this process, or a pod elsewhere.
    """

    def offer(call: IncomingCall) -> Deferred[None]:
        """
        Take responsibility for C{call}.

        @return: fires when the call is taken, long before it ends; fails with
            L{acsgw.errors.Draining} if another process should be asked.
        """


class ICallControl(Interface):
    """
    Commands to the telephone network, in the name of one account.

    All fail with L{acsgw.errors.CallControlError}; those that name a call that is
    not (or no longer) there with L{acsgw.errors.CallGone}.
    """

    def answer(
        context: str, callback_url: str, media_url: str, sample_rate: int
    ) -> Deferred[str]:
        """
        Answer a ringing call, with bidirectional audio and DTMF.

        @param sample_rate: of the media stream, in Hz: 16000 or 24000.

        @return: fires with the connection id of the answered leg.  Events and
            the media stream may arrive before this does.
        """

    def hang_up(connection_id: str) -> Deferred[None]:
        """
        End the call for everyone.
        """

    def transfer(
        connection_id: str, target: str, variables: Mapping[str, str]
    ) -> Deferred[None]:
        """
        Ask the network to move the caller; the outcome comes as an event.

        @param target: raw id of the transfer target.
        """


@dataclass(frozen=True, repr=False)
class SigningKey:
    """
    A symmetric key of a L{IKeyRing}.
    """

    key_id: str
    secret: bytes


class IKeyRing(Interface):
    """
    The keys that sign the tokens in the URLs that we give out.
    """

    def current() -> SigningKey:
        """
        @return: the key to sign with now.
        """

    def find(key_id: str) -> SigningKey | None:
        """
        @return: the key of that id, while tokens signed with it may be alive.
        """


@dataclass(frozen=True, kw_only=True)
class CallInfo:
    """
    What a voice agent is told of a call when it starts.

    @ivar variables: input variables, as an earlier leg collected them.
    """

    call_id: str
    correlation_id: str
    account: str
    caller: str
    callee: str
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)


class PlayState(Enum):
    """
    How far the caller has heard an utterance of the agent.
    """

    STARTED = "started"
    DONE = "done"
    FLUSHED = "flushed"


class TransferKind(Enum):
    """
    Whom an agent wants to hand the caller to.
    """

    AGENT = "agent"
    SYSTEM = "system"
    ADDRESS = "address"


@dataclass(frozen=True, kw_only=True)
class TransferRequest:
    """
    The agent wants the caller to be handed on.

    @ivar target: raw id or E.164 number, for L{TransferKind.ADDRESS} only.
    @ivar variables: output variables of the conversation.
    """

    request_id: str
    kind: TransferKind
    target: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)


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
        Speech for the caller, at the agent's rate, in chunks of any size and
        faster than real time if the agent likes.

        @param generation: audio of a generation older than the last L{flush} is
            dropped.
        """

    def utterance_end(self, utterance: str) -> None:
        """All audio of this utterance has been given."""

    def flush(self, generation: int) -> None:
        """Barge-in: forget what is queued; newer audio is of C{generation}."""

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
        The caller's voice at the connector's C{caller_rate}.

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


@dataclass(frozen=True)
class RecordingResult:
    """
    What became of a recording.

    @ivar problem: why it is missing or cut short; L{None} if it is whole.
    """

    path: str
    seconds: float
    problem: str | None = None


class IRecorder(Interface):
    """
    Keeps the audio of one call.  Never raises and never blocks: a recording
    that fails ends with a reason and leaves the call alone.
    """

    def caller_heard(pcm: bytes, position: int) -> None:
        """
        The caller said this.

        @param position: sample number at the media rate since the stream opened.
        """

    def agent_heard(pcm: bytes, position: int) -> None:
        """
        The caller has heard this of the agent.
        """

    def settled(position: int) -> None:
        """
        Nothing will come any more that belongs before C{position}.
        """

    def finish(position: int) -> Deferred[RecordingResult]:
        """
        @param position: where the call ended.

        @return: fires when all is on disk; never fails.
        """
