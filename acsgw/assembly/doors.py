"""
What is seen of the gateway over HTTP, and who may come in.
"""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry
from twisted.web.resource import IResource

from ..acs.bearer import BearerCheck
from ..acs.media_protocol import media_resource
from ..calls.desk import CallDesk
from ..calls.kept import KeptVariables
from ..calls.records import CallBook
from ..metrics import Counted
from ..routing.once import OfferedOnce
from ..settings import Settings
from ..web.callbacks import CallbackWebhook
from ..web.eventgrid import EventGridWebhook
from ..web.guard import (
    AccountCheck,
    CallbackCheck,
    Credentials,
    TokenCheck,
    claim_with,
)
from ..web.operations import Operations
from ..web.site import public_tree
from ..web.variables import VariablesPage
from ..world import World


def public_door(
    settings: Settings,
    world: World,
    desk: CallDesk,
    kept: KeptVariables,
    registry: CollectorRegistry,
) -> IResource:
    """
    @return: what Azure and the agents of an IVR see.
    """
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

    offered = OfferedOnce(desk, world.reactor)
    event_grid = EventGridWebhook(_account_check(settings), offered, events.count)
    may_call_back = _callback_check(settings, world, tokens)
    mid_call = CallbackWebhook(may_call_back, desk.callback, callbacks.count)
    return public_tree(
        event_grid.app.resource(),
        mid_call.app.resource(),
        media_resource(claim_with(tokens, claim), kinds.count, world.hub),
        VariablesPage(tokens, kept.fetch).app.resource(),
    )


def operators_door(
    world: World, desk: CallDesk, book: CallBook, registry: CollectorRegistry
) -> IResource:
    """
    @return: what people and their monitoring see.
    """

    def not_ready() -> str | None:
        if not desk.running:
            return "draining"
        reasons = (c.not_ready() for c in world.connectors.values())
        return next((reason for reason in reasons if reason is not None), None)

    pause = desk.pause_recording
    tree: IResource = Operations(book, not_ready, registry, pause).app.resource()
    return tree


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
