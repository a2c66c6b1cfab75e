"""
What lives: the desk of all calls, and what they share.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from uuid import uuid4

from ..addresses import Addresses
from ..audio.batch import Batch
from ..bridge.wheel import Wheel
from ..calls.core import Patience
from ..calls.desk import CallDesk
from ..calls.kept import KeptVariables
from ..calls.parts import CallParts
from ..calls.records import CallBook
from ..keys.tokens import Claims, Purpose, mint
from ..recording.studio import Studio
from ..settings import Settings
from ..world import World
from .accounts import account_parts


def build_desk(
    settings: Settings,
    world: World,
    book: CallBook,
    kept: KeptVariables,
    studio: Studio,
) -> CallDesk:
    """
    @raise AcsgwError: if something that an account names cannot be had.
    """
    wheel, batch = Wheel(world.reactor), Batch(world.hub)
    world.hub.at_turn_end(batch.finish)
    accounts = {
        account.name: account_parts(account, settings, world, wheel, batch, studio)
        for account in settings.accounts
    }
    return CallDesk(
        accounts,
        _call_parts(settings, world, kept),
        book,
        lambda: uuid4().hex,
        settings.drain_seconds,
        settings.max_calls,
    )


def _call_parts(settings: Settings, world: World, kept: KeptVariables) -> CallParts:
    addresses = Addresses(settings.public_url)

    def token(purpose: Purpose, call_id: str, account: str) -> str:
        claims = Claims(call_id, account)
        return mint(world.ring, purpose, claims, world.wall())

    def keep(
        call_id: str, account: str, variables: Mapping[str, str], seconds: float
    ) -> str | None:
        reference = kept.keep(call_id, variables, seconds)
        if reference is None:
            return None
        return addresses.variables_url(
            reference, token(Purpose.VARIABLES, reference, account)
        )

    return CallParts(
        clock=world.reactor,
        wall=world.wall,
        addresses=addresses,
        media_token=partial(token, Purpose.MEDIA),
        callback_token=partial(token, Purpose.CALLBACK),
        keep_variables=keep,
        patience=Patience(),
        max_seconds=settings.max_call_seconds,
    )
