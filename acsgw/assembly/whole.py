"""
The gateway: its services, in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from secrets import token_urlsafe

from prometheus_client import CollectorRegistry, Gauge
from twisted.application.service import IService
from twisted.web.resource import IResource

from ..calls.desk import CallDesk
from ..calls.kept import KeptVariables
from ..calls.records import CallBook
from ..listening import ListeningPort
from ..metrics import AudioCounts, Counted
from ..ordered_service import OrderedService
from ..settings import Settings
from ..stop_signals import StopSignals
from ..web.bounded import QuietSite
from ..world import World
from .calls import build_desk
from .doors import operators_door, public_door
from .recordings import build_recordings


def build(settings: Settings, world: World) -> IService:
    """
    @return: all of it, not started.

    @raise AcsgwError: if something that the settings name cannot be had.
    """
    registry = CollectorRegistry()
    outcomes = Counted(registry, "acsgw_calls_ended", "Calls that ended.", "outcome")
    audio = AudioCounts(registry)
    book = CallBook(world.wall, settings.keep_ended_calls, outcomes.count, audio.count)
    kept = KeptVariables(world.reactor, partial(token_urlsafe, 16))
    recordings = build_recordings(settings, world, book.recording_uploaded, registry)
    desk = build_desk(settings, world, book, kept, recordings.studio)
    Gauge("acsgw_calls", "Calls in progress.", registry=registry).set_function(
        lambda: len(desk)
    )
    public = public_door(settings, world, desk, kept, registry)
    operators = operators_door(world, desk, book, registry)
    # First added is last stopped: the ports outlive the calls that drain.
    parent = OrderedService()
    for service in (
        *world.first,
        recordings.keeper,
        *_ports(settings, world, public, operators),
        *recordings.uploads,
        kept,
        *(c for c in world.connectors.values() if IService.providedBy(c)),
        desk,
    ):
        service.setServiceParent(parent)
    if world.heeds_signals:
        StopSignals(world.reactor, _hurry(desk, kept)).setServiceParent(parent)
    return parent


def _ports(
    settings: Settings, world: World, public: IResource, operators: IResource
) -> Iterator[ListeningPort]:
    clock = world.reactor
    yield ListeningPort(
        "gateway.operations_listen",
        settings.operations_listen,
        QuietSite(operators, clock, log_requests=False),
        clock,
    )
    yield ListeningPort(
        "gateway.listen",
        settings.listen,
        QuietSite(public, clock, log_requests=True),
        clock,
    )


def _hurry(desk: CallDesk, kept: KeptVariables) -> Callable[[], None]:
    def hurry() -> None:
        desk.hang_up_all()
        kept.hurry()

    return hurry
