"""
Which objects there are, and who knows whom.

The only module that builds what other packages define; everything else is given
what it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

from prometheus_client import CollectorRegistry, Gauge
from twisted.application.service import IService

from .acs.bearer import BearerCheck
from .acs.control import AzureCallControl
from .acs.media_protocol import media_resource
from .addresses import Addresses
from .audio.batch import Batch
from .audio.prompt import Prompt, read_prompt
from .bridge.parts import BridgeParts
from .bridge.wheel import Wheel
from .calls.core import Patience
from .calls.desk import CallDesk
from .calls.handover import HandoverRules
from .calls.kept import KeptVariables
from .calls.parts import AccountParts, CallParts
from .calls.passage import HandoverTerms
from .calls.records import CallBook
from .calls.variables import VariableNames
from .errors import AcsgwError
from .interfaces import IAgentConnector
from .keys.tokens import Claims, Purpose, mint
from .listening import ListeningPort
from .metrics import AudioCounts, Counted
from .ordered_service import OrderedService
from .recording.studio import Studio
from .routing.once import OfferedOnce
from .settings import AccountSettings, Settings
from .stop_signals import StopSignals
from .uploading import open_uploads
from .web.bounded import QuietSite
from .web.callbacks import CallbackWebhook
from .web.eventgrid import EventGridWebhook
from .web.guard import (
    AccountCheck,
    CallbackCheck,
    Credentials,
    TokenCheck,
    claim_with,
)
from .web.operations import Operations
from .web.site import public_tree
from .web.variables import VariablesPage
from .world import World, build_studio

#: The rates that media streams can have, in Hz, in order of preference.
_MEDIA_RATES = (16000, 24000)


def build(settings: Settings, world: World) -> IService:
    """
    @return: all of it, not started.

    @raise AcsgwError: if something that the settings name cannot be had.
    """
    registry = CollectorRegistry()
    clock = world.reactor
    outcomes = Counted(registry, "acsgw_calls_ended", "Calls that ended.", "outcome")
    audio = AudioCounts(registry)
    book = CallBook(world.wall, settings.keep_ended_calls, outcomes.count, audio.count)
    kept = KeptVariables(clock, partial(token_urlsafe, 16))
    recordings = Counted(registry, "acsgw_recordings", "Recordings.", "became")
    uploads = open_uploads(settings, world, book.recording_uploaded, registry)
    published = uploads.recording_finished if uploads else lambda path: None
    studio = build_studio(settings, world, recordings.count, published)
    desk = _desk(settings, world, book, kept, studio)
    Gauge("acsgw_calls", "Calls in progress.", registry=registry).set_function(
        lambda: len(desk)
    )
    tokens = TokenCheck(world.ring, world.wall)
    events, callbacks, kinds = (
        Counted(registry, f"acsgw_{name}", text, "type")
        for name, text in (
            ("events", "Events from Event Grid."),
            ("callbacks", "Mid-call events."),
            ("media_unknown", "Media messages of a kind that is not known."),
        )
    )

    def claim(call_id: str) -> Any:
        call = desk.find(call_id)
        return call and call.claim_media()

    root = public_tree(
        EventGridWebhook(
            _account_check(settings), OfferedOnce(desk, clock), events.count
        ).app.resource(),
        CallbackWebhook(
            _callback_check(settings, world, tokens), desk.callback, callbacks.count
        ).app.resource(),
        media_resource(claim_with(tokens, claim), kinds.count, world.hub),
        VariablesPage(tokens, kept.fetch).app.resource(),
    )

    def not_ready() -> str | None:
        if not desk.running:
            return "draining"
        reasons = (c.not_ready() for c in world.connectors.values())
        return next((reason for reason in reasons if reason is not None), None)

    def may_go(path: Path) -> bool:
        return uploads is None or not uploads.keeps(path)

    pause = desk.pause_recording
    operations = Operations(book, not_ready, registry, pause).app.resource()
    # First added is last stopped: the ports outlive the calls that drain.
    parent = OrderedService()
    for service in (
        *world.first,
        studio.keeper(settings.recordings_keep_days, may_go, clock),
        ListeningPort(
            "gateway.operations_listen",
            settings.operations_listen,
            QuietSite(operations, clock, log_requests=False),
            clock,
        ),
        ListeningPort(
            "gateway.listen",
            settings.listen,
            QuietSite(root, clock, log_requests=True),
            clock,
        ),
        *(() if uploads is None else (uploads,)),
        kept,
        *(c for c in world.connectors.values() if IService.providedBy(c)),
        desk,
    ):
        service.setServiceParent(parent)

    def hurry() -> None:
        desk.hang_up_all()
        kept.hurry()

    if world.heeds_signals:
        StopSignals(clock, hurry).setServiceParent(parent)
    return parent


def _desk(
    settings: Settings,
    world: World,
    book: CallBook,
    kept: KeptVariables,
    studio: Studio,
) -> CallDesk:
    clock = world.reactor

    def token(purpose: Purpose, call_id: str, account: str) -> str:
        claims = Claims(call_id, account)
        return mint(world.ring, purpose, claims, world.wall())

    addresses = Addresses(settings.public_url)

    def keep(
        call_id: str, account: str, variables: Mapping[str, str], seconds: float
    ) -> str | None:
        reference = kept.keep(call_id, variables, seconds)
        if reference is None:
            return None
        return addresses.variables_url(
            reference, token(Purpose.VARIABLES, reference, account)
        )

    parts = CallParts(
        clock=clock,
        wall=world.wall,
        addresses=addresses,
        media_token=partial(token, Purpose.MEDIA),
        callback_token=partial(token, Purpose.CALLBACK),
        keep_variables=keep,
        patience=Patience(),
        max_seconds=settings.max_call_seconds,
    )
    wheel, batch = Wheel(clock), Batch(world.hub)
    world.hub.at_turn_end(batch.finish)
    accounts = {
        account.name: _account(account, settings, world, wheel, batch, studio)
        for account in settings.accounts
    }
    return CallDesk(
        accounts,
        parts,
        book,
        lambda: uuid4().hex,
        settings.drain_seconds,
        settings.max_calls,
    )


def _account(
    account: AccountSettings,
    settings: Settings,
    world: World,
    wheel: Wheel,
    batch: Batch,
    studio: Studio,
) -> AccountParts:
    connector = world.connectors[account.agent]
    media_rate = _media_rate(connector)
    pause_keys = (account.record_pause_keys, account.record_resume_keys)
    new_recorder = partial(studio.recorder, account.name, *pause_keys)

    return AccountParts(
        control=AzureCallControl(
            account.acs_endpoint,
            account.acs_access_key,
            world.http,
            world.reactor,
            world.wall,
            lambda: str(uuid4()),
            account.caller_id,
        ),
        bridge=BridgeParts(
            connector=connector,
            wheel=wheel,
            batch=batch,
            monotonic=world.monotonic,
            lead_ms=settings.lead_ms,
            new_recorder=new_recorder if account.record else None,
        ),
        media_rate=media_rate,
        handover=_handover(account),
        keep_words=account.keep_words,
        resumes=account.resume_after_failed_transfer,
        fallback_prompt=_prompt(account, media_rate),
        fallback_target=account.fallback_to,
    )


def _prompt(account: AccountSettings, media_rate: int) -> Prompt | None:
    """
    @return: at the media rate: converting takes a while, and is done once.

    @raise AcsgwError: better no gateway than callers who do not hear it.
    """
    if account.fallback_prompt is None:
        return None
    try:
        return read_prompt(account.fallback_prompt).at(media_rate)
    except AcsgwError as e:
        raise AcsgwError(f"accounts.{account.name}.fallback_prompt: {e}") from e


def _handover(account: AccountSettings) -> HandoverTerms:
    rules, variables = account.handover, account.variables
    return HandoverTerms(
        resource_id=account.resource_id,
        rules=HandoverRules(
            agent=rules.agent,
            system=rules.system,
            completed=rules.completed,
            agent_lost=rules.agent_lost,
        ),
        names=VariableNames(
            return_identity=variables.return_identity,
            conversation_id=variables.conversation_id,
            handover_kind=variables.handover_kind,
            variables_url=variables.variables_url,
        ),
        sip_headers=variables.sip_headers,
        keep_seconds=(
            variables.keep_seconds if variables.too_long == "reference" else None
        ),
    )


def _media_rate(connector: IAgentConnector) -> int:
    """
    @return: the rate that the agent speaks, if the network has it: then nothing is
        resampled.
    """
    if connector.agent_rate in _MEDIA_RATES:
        return connector.agent_rate
    return _MEDIA_RATES[0]


def _account_check(settings: Settings) -> AccountCheck:
    return AccountCheck(
        [Credentials(a.name, a.api_id, a.api_secret) for a in settings.accounts]
    )


def _callback_check(
    settings: Settings, world: World, tokens: TokenCheck
) -> CallbackCheck:
    bearer = BearerCheck(
        world.http,
        world.reactor,
        world.wall,
        settings.issuer,
        settings.openid_configuration,
    )
    audiences = {a.name: a.resource_id for a in settings.accounts}
    return CallbackCheck(tokens, bearer, audiences)
