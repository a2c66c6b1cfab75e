"""
Settings that passed every check.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..secret_hash import SecretHash


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
    @ivar transfer_to: raw id that callers are handed to; L{None} if nobody.
    @ivar caller_id: E.164 number of the resource shown to transfer targets.
    @ivar resume_after_failed_transfer: may a new agent session go on?
    @ivar fallback_prompt: a WAV file that callers hear when no agent can go on.
    @ivar fallback_to: raw id that they are handed to then; L{None} if nobody.
    """

    name: str
    api_id: str
    api_secret: SecretHash
    acs_endpoint: str
    acs_access_key: str = field(repr=False)
    resource_id: str
    agent: str
    record: bool
    keep_words: bool
    transfer_to: str | None
    caller_id: str | None
    resume_after_failed_transfer: bool
    fallback_prompt: Path | None
    fallback_to: str | None
    handover: HandoverSettings
    variables: VariableSettings


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    Settings that passed every check.

    @ivar listen: where the network reaches us: an endpoint of Twisted's.
    @ivar operations_listen: where operators reach us.
    @ivar state_dir: signing keys and whatever else must survive a restart.
    @ivar local_threads: callers that the embedded agent can understand at a time.
    @ivar lead_ms: how much audio may be sent ahead of its time.
    """

    listen: str
    public_url: str
    operations_listen: str
    state_dir: Path
    recordings_dir: Path
    drain_seconds: float
    max_call_seconds: float
    max_calls: int
    lead_ms: int
    keep_ended_calls: int
    issuer: str
    openid_configuration: str
    local_dialogue: Path | None
    local_threads: int
    accounts: tuple[AccountSettings, ...]
