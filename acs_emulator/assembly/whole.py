"""
All of an emulator: put together without a port, or with its ports.
"""

from __future__ import annotations

from dataclasses import dataclass

from twisted.application.service import IService, MultiService, Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.web.http import Request
from twisted.web.resource import Resource as Tree
from twisted.web.server import Site

from ..exchange import Exchange
from ..model.resource import Resource
from ..model.tokens import Issuer
from ..ports import connection_string, ports
from ..settings import Settings
from ..topic import Topic
from .calls import furnish
from .trees import web
from .world import World


class OrderedService(MultiService):
    """
    Children stop one after the other, last one first: the port stays open
    until the last callbacks, whose receivers may want to fetch our keys.
    """

    async def _stop_in_order(self) -> None:
        child: IService
        for child in reversed(list(self)):
            await maybeDeferred(child.stopService)

    def stopService(self) -> Deferred[None]:
        Service.stopService(self)
        return Deferred.fromCoroutine(self._stop_in_order())


class _WebSite(Site):
    """
    Logs requests of applications; those of the control API are mostly polls.
    """

    noisy = False

    def log(self, request: Request) -> None:
        if not request.uri.startswith(b"/emulator/"):
            super().log(request)


@dataclass(frozen=True, kw_only=True)
class Emulator:
    """
    All of an emulator, not started.

    @ivar root: its web.
    @ivar service: without the listening port.
    """

    resource: Resource
    issuer: Issuer
    topic: Topic
    exchange: Exchange
    root: Tree
    service: MultiService


def assemble(settings: Settings, world: World) -> Emulator:
    """
    Put an emulator together that listens nowhere.
    """
    house = furnish(settings, world)
    service = OrderedService()
    house.topic.setServiceParent(service)
    # Stopped after the calls, whose ends finish recordings.
    house.recordings.setServiceParent(service)
    house.exchange.setServiceParent(service)
    house.management.setServiceParent(service)
    return Emulator(
        resource=house.resource,
        issuer=house.issuer,
        topic=house.topic,
        exchange=house.exchange,
        root=web(house),
        service=service,
    )


def build(settings: Settings, world: World) -> IService:
    """
    @return: an emulator that listens, not started.
    """
    emulator = assemble(settings, world)
    parent = OrderedService()
    # First added is last stopped.
    site = _WebSite(emulator.root, reactor=world.reactor)
    for port in ports(settings, site, world.authority, world.reactor):
        port.setServiceParent(parent)
    emulator.service.setServiceParent(parent)
    _announce(settings, world, emulator.resource)
    return parent


def _announce(settings: Settings, world: World, resource: Resource) -> None:
    log = Logger()
    if world.authority is not None:
        log.info("clients are to trust {file}", file=world.authority.ca_file)
    log.info("connection string {text}", text=connection_string(settings, resource))
    log.info(
        "emulating {url}  access key {key}  numbers {numbers}  users {users}  "
        "immutable resource id {immutable_id}",
        url=settings.base_url,
        key=resource.access_key,
        numbers=", ".join(resource.phone_numbers),
        users=", ".join(resource.users),
        immutable_id=resource.immutable_id,
    )
