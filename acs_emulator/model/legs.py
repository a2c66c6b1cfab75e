"""
One call connection: what an application holds of a call that it answered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from .callbacks import LegFacts
from .identifiers import identifier, phone_number_of
from .media_messages import MediaOptions


class LegState(Enum):
    """
    As C{callConnectionState} names them.
    """

    CONNECTING = "connecting"
    CONNECTED = "connected"
    TRANSFERRING = "transferring"
    DISCONNECTED = "disconnected"


class MediaState(Enum):
    """
    Of the media WebSocket of a leg.
    """

    NONE = "none"
    OPENING = "opening"
    OPEN = "open"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Ring:
    """
    A call that somebody may answer: the first one, or that of a transfer.

    @ivar transferor: id of the leg that transfers the caller here.
    """

    ring_id: str
    context: str = field(repr=False)
    callee: str
    voip_headers: dict[str, str] | None = field(repr=False, default=None)
    sip_headers: dict[str, str] | None = field(repr=False, default=None)
    transferor: str | None = None


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """
    A transfer that was asked for.

    @ivar target: raw id.
    """

    target: str
    operation_context: str | None
    callback_url: str = field(repr=False)
    voip_headers: dict[str, str] | None = field(repr=False)
    sip_headers: dict[str, str] | None = field(repr=False)


@dataclass(kw_only=True)
class Leg:
    """
    Changed by L{acs_emulator.model.call.Call} alone.

    @ivar answered_by: raw id of the user that answered.
    @ivar streaming: was C{MediaStreamingStarted} told?
    @ivar transfer: the one under way.
    @ivar cognitive_services: the endpoint of C{callIntelligenceOptions}; without
        it there is no speech.
    """

    facts: LegFacts
    caller: str
    callee: str
    answered_by: str
    callback_url: str = field(repr=False)
    operation_context: str | None
    media: MediaOptions | None
    subscription_id: str
    state: LegState = LegState.CONNECTING
    media_state: MediaState = MediaState.NONE
    streaming: bool = False
    transfer: Transfer | None = None
    transfer_ring: str | None = None
    cognitive_services: str | None = None

    @property
    def connection_id(self) -> str:
        """
        The C{callConnectionId}.
        """
        return self.facts.connection_id

    def properties(self) -> dict[str, Any]:
        """
        @return: C{CallConnectionProperties}.
        """
        body: dict[str, Any] = {
            "callConnectionId": self.connection_id,
            "serverCallId": self.facts.server_call_id,
            "source": identifier(self.caller),
            "targets": [identifier(self.callee)],
            "callConnectionState": self.state.value,
            "callbackUri": self.callback_url,
            "correlationId": self.facts.correlation_id,
            "answeredBy": {"id": self.answered_by},
        }
        number = phone_number_of(self.callee)
        if number is not None:
            body["answeredFor"] = {"value": number}
        if self.media is not None:
            active = self.media_state is MediaState.OPEN
            body["mediaStreamingSubscription"] = {
                "id": self.subscription_id,
                "state": "active" if active else "inactive",
                "subscribedContentTypes": ["audio"],
            }
        return body
