"""
One call connection: what an application holds of a call that it answered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from .asked import Asked
from .callbacks import LegFacts
from .identifiers import identifier, phone_number_of
from .media_messages import MediaOptions
from .media_state import MediaState
from .transcription import Transcription


class LegState(Enum):
    """
    As C{callConnectionState} names them.
    """

    CONNECTING = "connecting"
    CONNECTED = "connected"
    TRANSFERRING = "transferring"
    TRANSFER_ACCEPTED = "transferAccepted"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True, kw_only=True)
class Ring:
    """
    A call that somebody may answer: the first one, that of a transfer, or an
    invitation into a call.

    @ivar transferor: id of the leg that transfers the caller here.
    @ivar invitation: id of the invitation behind it.
    @ivar caller: raw id shown to the callee; L{None}: that of the caller.
    """

    ring_id: str
    context: str = field(repr=False)
    callee: str
    voip_headers: dict[str, str] | None = field(repr=False, default=None)
    sip_headers: dict[str, str] | None = field(repr=False, default=None)
    transferor: str | None = None
    invitation: str | None = None
    caller: str | None = None


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """
    A transfer that was asked for.

    @ivar target: raw id.
    @ivar transferee: raw id, where it was named.
    """

    target: str
    operation_context: str | None
    callback_url: str = field(repr=False)
    voip_headers: dict[str, str] | None = field(repr=False)
    sip_headers: dict[str, str] | None = field(repr=False)
    transferee: str | None = None


@dataclass(kw_only=True)
class Leg:
    """
    Changed by L{acs_emulator.model.call.Call} alone.

    @ivar answered_by: raw id of the user that answered.
    @ivar made_by: C{answer}, C{create} or C{connect}.
    @ivar targets: raw ids that a created call was placed to.
    @ivar source_number: caller id of a created call.
    @ivar streaming: was C{MediaStreamingStarted} told?
    @ivar stream_asked: with what the present stream was asked for; L{None} if
        that was when the call was made.
    @ivar broken: a failed transfer left it so that nothing can be done with it.
    @ivar transfer: the one under way.
    @ivar cognitive_services: the endpoint of C{callIntelligenceOptions}; without
        it there is no speech.
    @ivar transcription: L{None}, if it was not asked for when the call was made.
    """

    facts: LegFacts
    caller: str
    callee: str
    answered_by: str
    callback_url: str = field(repr=False)
    operation_context: str | None
    media: MediaOptions | None
    subscription_id: str
    made_by: str = "answer"
    targets: tuple[str, ...] = ()
    source_number: str | None = None
    source_name: str | None = None
    stream_asked: Asked | None = None
    broken: bool = False
    state: LegState = LegState.CONNECTING
    media_state: MediaState = MediaState.NONE
    streaming: bool = False
    transfer: Transfer | None = None
    cognitive_services: str | None = None
    transcription: Transcription | None = None

    @property
    def is_over(self) -> bool:
        """
        Does its application not take part any more?  It may not have been told.
        """
        return self.state in (LegState.TRANSFER_ACCEPTED, LegState.DISCONNECTED)

    @property
    def connection_id(self) -> str:
        """
        The C{callConnectionId}.
        """
        return self.facts.connection_id

    @property
    def _called(self) -> tuple[str, ...]:
        # Who opens a group calls nobody.
        own = () if self.callee == self.caller else (self.callee,)
        return self.targets or own

    def properties(self) -> dict[str, Any]:
        """
        @return: C{CallConnectionProperties}.
        """
        body: dict[str, Any] = {
            "callConnectionId": self.connection_id,
            "serverCallId": self.facts.server_call_id,
            "source": identifier(self.caller),
            "targets": [identifier(target) for target in self._called],
            "callConnectionState": self.state.value,
            "callbackUri": self.callback_url,
            "correlationId": self.facts.correlation_id,
        }
        if self.made_by == "answer":
            body["answeredBy"] = {"id": self.answered_by}
            number = phone_number_of(self.callee)
            if number is not None:
                body["answeredFor"] = {"value": number}
        if self.source_number is not None:
            body["sourceCallerIdNumber"] = {"value": self.source_number}
        if self.source_name is not None:
            body["sourceDisplayName"] = self.source_name
        if self.media is not None:
            active = self.media_state is MediaState.OPEN
            body["mediaStreamingSubscription"] = {
                "id": self.subscription_id,
                "state": "active" if active else "inactive",
                "subscribedContentTypes": ["audio"],
            }
        if self.transcription is not None:
            body["transcriptionSubscription"] = self.transcription.body()
        return body
