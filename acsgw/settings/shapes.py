"""
Settings that passed every check.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from ..agent.options import AgentOptions
from ..secret_hash import SecretHash
from ..storage.options import StoreOptions


class Pattern(Enum):
    """
    Who takes the calls to the resource's numbers: the gateway, or an IVR that
    transfers them to it.
    """

    DIRECT = "direct"
    ADVANCED = "advanced"


@dataclass(frozen=True, kw_only=True)
class AzureSettings:
    """
    Where an account's resource lies in Azure, and what its events are to do; for
    C{acsgw provision} and C{acsgw check --online}.

    @ivar communication_service: name of the Communication Services resource.
    @ivar system_topic: name for the system topic, if there is none yet.
    @ivar phone_numbers: calls to these; none: to all of the resource's.
    @ivar gateway_identity: raw id of the user that an IVR transfers to.
    @ivar ivr_identity: raw id of the user that the gateway transfers back to.
    @ivar ivr_secret_header: name of a header that tells the IVR who speaks.
    @ivar event_schema: C{EventGridSchema} or C{CloudEventSchemaV1_0}.
    @ivar dead_letter: resource id of a blob container for undelivered events.
    @ivar stated_hash: what stands in the settings file.
    """

    subscription_id: str
    resource_group: str
    communication_service: str
    system_topic: str
    pattern: Pattern
    phone_numbers: tuple[str, ...]
    gateway_identity: str | None
    ivr_identity: str | None
    gateway_subscription: str
    ivr_subscription: str
    ivr_endpoint: str | None
    ivr_secret_header: str | None
    ivr_secret: str | None = field(repr=False)
    event_schema: str
    dead_letter: str | None
    stated_hash: SecretHash | None


@dataclass(frozen=True, kw_only=True)
class HandoverSettings:
    """
    For each kind of end, whom to try: C{return}, C{hang up}, or raw ids.
    """

    agent: tuple[str, ...]
    system: tuple[str, ...]
    completed: tuple[str, ...]
    agent_lost: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class VariableSettings:
    """
    Names of headers that are ours, and what becomes of what does not fit.

    @ivar sip_headers: which become variables: all, none, or these.
    @ivar too_long: C{reference} or C{cut}.
    @ivar keep_seconds: how long variables behind a reference can be fetched.
    """

    return_identity: tuple[str, ...]
    conversation_id: tuple[str, ...]
    handover_kind: tuple[str, ...]
    variables_url: tuple[str, ...]
    sip_headers: bool | tuple[str, ...]
    too_long: str
    keep_seconds: float


@dataclass(frozen=True, kw_only=True)
class AccountSettings:
    """
    One customer of this gateway: who may send calls, and what becomes of them.

    @ivar name: the key of its table.
    @ivar resource_id: immutable id (GUID) of the Communication Services resource.
    @ivar record_pause_keys: what the caller presses to pause the recording; empty:
        keys do not.
    @ivar record_resume_keys: what he presses to resume it.
    @ivar transfer_to: raw id that callers are handed to; L{None} if nobody.
    @ivar caller_id: E.164 number of the resource shown to transfer targets.
    @ivar resume_after_failed_transfer: may a new agent session go on?
    @ivar fallback_prompt: a WAV file that callers hear when no agent can go on.
    @ivar fallback_to: raw id that they are handed to then; L{None} if nobody.
    @ivar plain_secret: what C{api_secret} is the hash of, if it is known.
    @ivar azure: L{None} if Azure is set up by hand.
    """

    name: str
    api_id: str
    api_secret: SecretHash
    acs_endpoint: str
    acs_access_key: str = field(repr=False)
    resource_id: str
    agent: str
    record: bool
    record_pause_keys: str
    record_resume_keys: str
    keep_words: bool
    transfer_to: str | None
    caller_id: str | None
    resume_after_failed_transfer: bool
    fallback_prompt: Path | None
    fallback_to: str | None
    handover: HandoverSettings
    variables: VariableSettings
    plain_secret: str | None = field(default=None, repr=False)
    azure: AzureSettings | None = None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    Settings that passed every check.

    @ivar listen: where the network reaches us: an endpoint of Twisted's.
    @ivar operations_listen: where operators reach us.
    @ivar state_dir: signing keys and whatever else must survive a restart.
    @ivar recordings_format: C{wav} or C{flac}.
    @ivar recordings_sealed: are they encrypted?
    @ivar recordings_keep_days: older ones are deleted; 0: none is.
    @ivar local_threads: callers that the embedded agent can understand at a time.
    @ivar lead_ms: how much audio may be sent ahead of its time.
    @ivar frame_shortcut: do whole audio frames go past Autobahn?
    @ivar media_tick: how audio sockets are read: C{auto}, C{always} or C{never} at
        ticks of a millisecond.
    @ivar agents: those on the network.
    @ivar stores: where recordings are uploaded to.
    """

    listen: str
    public_url: str
    operations_listen: str
    state_dir: Path
    recordings_dir: Path
    recordings_format: str
    recordings_sealed: bool
    recordings_keep_days: float
    drain_seconds: float
    max_call_seconds: float
    max_calls: int
    lead_ms: int
    frame_shortcut: bool
    media_tick: str
    keep_ended_calls: int
    issuer: str
    openid_configuration: str
    local_dialogue: Path | None
    local_threads: int
    agents: tuple[AgentOptions, ...]
    accounts: tuple[AccountSettings, ...]
    stores: tuple[StoreOptions, ...] = ()
