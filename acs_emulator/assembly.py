"""
Which objects there are, and who knows whom.

The only module that builds what others define; everything else is given what it
needs.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from twisted.application.service import IService, MultiService, Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.web.http import Request
from twisted.web.iweb import IAgent, IRequest
from twisted.web.resource import IResource, Resource as Tree
from twisted.web.server import Site

from . import __version__
from .exchange import Exchange
from .fronts.control import ControlFront
from .fronts.http_client import HttpClient
from .fronts.media_client import MediaConnector
from .fronts.notifier import Notifier
from .fronts.oidc import add_oidc
from .fronts.rest import RestFront
from .listening import ListeningPort
from .metronome import Metronome
from .model.contexts import IncomingCallContexts
from .model.operations import Strictness
from .model.resource import Resource
from .model.tokens import CONFIGURATION_PATH, Issuer
from .network import Network
from .participant_desk import ParticipantDesk
from .phone_book import PhoneBook
from .settings import Settings
from .switchboard import Perform, Switchboard
from .topic import Topic


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


class _CallingTree(Tree):
    """
    C{/calling}: the OpenID documents, and the REST API for all else.
    """

    def __init__(self, rest: IResource) -> None:
        super().__init__()
        self._rest = rest

    def getChild(self, path: bytes, request: IRequest) -> IResource:
        # Give the segment back: Klein wants to see it.
        request.postpath.insert(0, request.prepath.pop())
        return self._rest


class _WebSite(Site):
    """
    Logs requests of applications; those of the control API are mostly polls.
    """

    noisy = False

    def log(self, request: Request) -> None:
        if not request.uri.startswith(b"/emulator/"):
            super().log(request)


@dataclass(frozen=True, kw_only=True)
class World:
    """
    What the emulator is given of the outside.

    @ivar reactor: C{IReactorTime} and C{IReactorTCP}.
    @ivar agent: for Event Grid and callbacks.
    @ivar monotonic: seconds that never jump, for pacing.
    @ivar new_id: makes GUIDs.
    @ivar random_bytes: makes secrets.
    @ivar private_key: of the issuer of tokens.
    """

    reactor: Any
    agent: IAgent
    monotonic: Callable[[], float]
    new_id: Callable[[], str]
    random_bytes: Callable[[int], bytes]
    private_key: RSAPrivateKey


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
    clock = world.reactor
    resource = _resource(settings, world)
    issuer = Issuer(
        name=settings.issuer,
        base_url=settings.base_url,
        audience=resource.immutable_id,
        key_id=world.new_id(),
        private_key=world.private_key,
    )
    http = HttpClient(world.agent, clock)
    topic = Topic(
        http=http,
        clock=clock,
        new_id=world.new_id,
        path=resource.topic,
        wanted=settings.subscriptions,
    )
    phones = PhoneBook(settings.phones)
    network = Network(
        clock=clock,
        new_id=world.new_id,
        metronome=Metronome(clock, world.monotonic),
        topic=topic,
        notifier=Notifier(http, issuer, clock),
        connector=MediaConnector(world.reactor),
        issuer=issuer,
        contexts=IncomingCallContexts(world.new_id, settings.timings.ring),
        timings=settings.timings,
        failing=settings.transfer_fail,
        phones=phones,
        broken_after_failure=settings.broken_after_failure,
        silent_after_redirect=settings.silent_after_redirect,
    )
    exchange = Exchange(resource, network)
    operations = {
        **Switchboard(exchange, resource, network).operations,
        **ParticipantDesk(exchange, resource, network).operations,
    }
    service = OrderedService()
    topic.setServiceParent(service)
    exchange.setServiceParent(service)
    return Emulator(
        resource=resource,
        issuer=issuer,
        topic=topic,
        exchange=exchange,
        root=_web(
            settings, resource, issuer, topic, exchange, operations, phones, clock
        ),
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
    ListeningPort(settings.listen, site, world.reactor).setServiceParent(parent)
    emulator.service.setServiceParent(parent)
    Logger().info(
        "emulating {url}  access key {key}  numbers {numbers}  users {users}  "
        "immutable resource id {immutable_id}",
        url=settings.base_url,
        key=emulator.resource.access_key,
        numbers=", ".join(emulator.resource.phone_numbers),
        users=", ".join(emulator.resource.users),
        immutable_id=emulator.resource.immutable_id,
    )
    return parent


def _resource(settings: Settings, world: World) -> Resource:
    immutable_id = settings.immutable_id or world.new_id()
    made = b64encode(world.random_bytes(64)).decode("ascii")
    return Resource(
        access_key=settings.access_key or made,
        immutable_id=immutable_id,
        phone_numbers=settings.phone_numbers,
        users=tuple(f"8:acs:{immutable_id}_{user}" for user in settings.users),
        base_url=settings.base_url,
    )


def _web(
    settings: Settings,
    resource: Resource,
    issuer: Issuer,
    topic: Topic,
    exchange: Exchange,
    operations: Mapping[str, Perform],
    phones: PhoneBook,
    clock: Any,
) -> Tree:
    rest = RestFront(
        exchange,
        operations,
        access_key=resource.access_key,
        strictness=Strictness(settings.strict, settings.insecure),
        clock=clock,
        answer_delay=settings.answer_delay,
    )
    control = ControlFront(
        version=__version__,
        facts={
            "endpoint": resource.base_url,
            "access_key": resource.access_key,
            "immutable_resource_id": resource.immutable_id,
            "phone_numbers": list(resource.phone_numbers),
            "users": list(resource.users),
            "issuer": issuer.name,
            "openid_configuration": issuer.base_url + CONFIGURATION_PATH,
        },
        phones=exchange,
        book=phones,
        topic=topic,
        insecure=settings.insecure,
    )
    calling = _CallingTree(rest.app.resource())
    add_oidc(calling, issuer)
    root = Tree()
    root.putChild(b"calling", calling)
    root.putChild(b"emulator", control.app.resource())
    return root
