"""
Which objects there are, and who knows whom.

The only module that builds what others define; everything else is given what it
needs.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    generate_private_key,
)
from twisted.application.service import IService, MultiService, Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock
from twisted.logger import Logger
from twisted.web.http import Request
from twisted.web.iweb import IAgent, IRequest
from twisted.web.resource import IResource, Resource as Tree
from twisted.web.server import Site

from . import __version__
from .exchange import Exchange
from .fronts.arm import add_arm
from .fronts.authority import Authority
from .fronts.control import ControlFront
from .fronts.control_tools import ToolsFront
from .fronts.control_tree import ControlTree
from .fronts.dead_letter_files import write_dead_letter
from .fronts.downloads import Downloads
from .fronts.grid_control import GridControlFront
from .fronts.identity import IdentityFront
from .fronts.notifier import Notifier
from .fronts.oidc import add_oidc
from .fronts.prompts import Prompts, Voice
from .fronts.recording_files import RecordingFront
from .fronts.rest import RestFront
from .fronts.rest_gate import RestGate
from .fronts.service_control import ServiceControlFront
from .fronts.trust import Trust, system_trust
from .fronts.validation import ValidationPage
from .leg_media import Ears, Studio
from .management import Management
from .media_switchboard import MediaSwitchboard
from .metronome import Metronome
from .model.contexts import IncomingCallContexts
from .model.identities import Identities
from .model.operations import Strictness
from .model.resource import Resource
from .model.tokens import CONFIGURATION_PATH, Issuer
from .network import Network
from .participant_desk import ParticipantDesk
from .phone_book import PhoneBook
from .ports import connection_string, ports
from .recording_desk import RecordingDesk
from .settings import Settings
from .switchboard import Perform, Switchboard
from .topic import Topic
from .watch import watch

#: Seconds, and bytes, for a file that is to be played; our limits.
_FETCH_TIMEOUT = 10.0
_FETCH_MOST = 20 * 1024 * 1024


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


def _new_private_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


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
    @ivar new_private_key: for the rotation of keys, and for forged tokens.
    @ivar in_thread: calls a function where it may block.
    @ivar new_file: an empty temporary file.
    @ivar voice: speaks what applications want to be said.
    @ivar ears: write down what callers say.
    @ivar trust: whom to believe on media sockets with TLS.
    @ivar authority: needed if the settings ask for TLS.
    @ivar clock: moved by hand, for all that is not a socket's time; L{None}:
        time is real.
    @ivar real_monotonic: seconds in which applications answer.
    """

    reactor: Any
    agent: IAgent
    monotonic: Callable[[], float]
    new_id: Callable[[], str]
    random_bytes: Callable[[int], bytes]
    private_key: RSAPrivateKey
    new_private_key: Callable[[], RSAPrivateKey] = _new_private_key
    in_thread: Callable[..., Deferred[Any]]
    new_file: Callable[[], BinaryIO]
    voice: Voice
    ears: Ears
    trust: Trust = field(default_factory=system_trust)
    authority: Authority | None = None
    clock: Clock | None = None
    real_monotonic: Callable[[], float] = time.monotonic


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
    clock = world.clock or world.reactor
    resource = _resource(settings, world)
    issuer = Issuer(
        name=settings.issuer,
        base_url=settings.base_url,
        audience=resource.immutable_id,
        key_id=world.new_id(),
        private_key=world.private_key,
    )
    watcher = watch(clock, world.agent, issuer, world.new_private_key, world.reactor)
    http = watcher.http
    topic = Topic(
        http=http,
        clock=clock,
        new_id=world.new_id,
        chance=lambda: int.from_bytes(world.random_bytes(2)) / 0x10000,
        path=resource.topic,
        base_url=resource.base_url,
        pace=settings.delivery.pace,
        write_dead_letter=write_dead_letter,
        wanted=settings.subscriptions,
    )
    notifier = Notifier(http, issuer, clock, settings.delivery.retries)
    metronome = Metronome(clock, world.monotonic)
    phones = PhoneBook(settings.phones)
    network = Network(
        clock=clock,
        new_id=world.new_id,
        metronome=metronome,
        topic=topic,
        notifier=notifier,
        connector=watcher.connector(world.reactor, world.trust),
        issuer=issuer,
        contexts=IncomingCallContexts(world.new_id, settings.timings.ring),
        timings=settings.timings,
        failing=settings.transfer_fail,
        studio=_studio(settings, world),
        phones=phones,
        broken_after_failure=settings.broken_after_failure,
        silent_after_redirect=settings.silent_after_redirect,
    )
    exchange = Exchange(resource, network)
    recordings = RecordingDesk(
        exchange,
        clock=clock,
        new_id=world.new_id,
        new_file=world.new_file,
        base_url=settings.base_url,
    )
    operations = {
        **Switchboard(exchange, resource, network).operations,
        **ParticipantDesk(exchange, resource, network).operations,
        **MediaSwitchboard(exchange, recordings).operations,
    }
    service = OrderedService()
    topic.setServiceParent(service)
    # Stopped after the calls, whose ends finish recordings.
    recordings.setServiceParent(service)
    exchange.setServiceParent(service)
    emulator = Emulator(
        resource=resource,
        issuer=issuer,
        topic=topic,
        exchange=exchange,
        root=_web(
            settings,
            world,
            resource,
            issuer,
            notifier,
            topic,
            exchange,
            operations,
            phones,
            recordings,
            watcher.gate,
            watcher.front(
                exchange, metronome, world.new_id, world.reactor, world.real_monotonic
            ),
        ),
        service=service,
    )
    management = Management(
        resource, topic, new_id=world.new_id, insecure=settings.insecure
    )
    management.setServiceParent(service)
    add_arm(emulator.root, management, resource.base_url)
    return emulator


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
    if world.authority is not None:
        Logger().info("clients are to trust {file}", file=world.authority.ca_file)
    Logger().info(
        "connection string {text}", text=connection_string(settings, emulator.resource)
    )
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
        users=[f"8:acs:{immutable_id}_{user}" for user in settings.users],
        base_url=settings.base_url,
    )


def _studio(settings: Settings, world: World) -> Studio:
    downloads = Downloads(
        world.agent, world.reactor, timeout=_FETCH_TIMEOUT, most=_FETCH_MOST
    )
    return Studio(
        prompts=Prompts(downloads, world.voice, world.in_thread),
        ears=world.ears,
        in_thread=world.in_thread,
        refuse_conflicts=settings.refuse_media_conflicts,
    )


def _web(
    settings: Settings,
    world: World,
    resource: Resource,
    issuer: Issuer,
    notifier: Notifier,
    topic: Topic,
    exchange: Exchange,
    operations: Mapping[str, Perform],
    phones: PhoneBook,
    recordings: RecordingDesk,
    gate: RestGate,
    tools: ToolsFront,
) -> Tree:
    clock = world.clock or world.reactor
    rest = RestFront(
        exchange,
        operations,
        access_key=resource.access_key,
        strictness=Strictness(settings.strict, settings.insecure),
        clock=clock,
        answer_delay=settings.answer_delay,
        gate=gate,
    )
    control = ControlFront(
        version=__version__,
        facts={
            "endpoint": resource.base_url,
            "access_key": resource.access_key,
            "connection_string": connection_string(settings, resource),
            "immutable_resource_id": resource.immutable_id,
            "phone_numbers": list(resource.phone_numbers),
            # The list itself: identities come and go.
            "users": resource.users,
            "issuer": issuer.name,
            "openid_configuration": issuer.base_url + CONFIGURATION_PATH,
        },
        phones=exchange,
        book=phones,
    )
    identities = Identities(
        resource.immutable_id, resource.users, world.new_id, issuer.sign
    )
    identity = IdentityFront(
        identities,
        access_key=resource.access_key,
        strict=settings.strict,
        clock=clock,
    )
    about = ServiceControlFront(
        issuer=issuer,
        callbacks=notifier.log,
        identities=identities,
        clock=clock,
        new_id=world.new_id,
        new_private_key=world.new_private_key,
        keep_old_key=settings.delivery.keep_old_key,
    )
    grid = GridControlFront(topic, insecure=settings.insecure)
    emulator = ControlTree(control.app.resource())
    emulator.add(grid.app.resource(), b"subscriptions", b"events")
    emulator.add(about.app.resource(), b"keys:rotate", b"callbacks", b"identities")
    for_tests = tools.app.resource()
    emulator.add(for_tests, b"faults", b"time", b"time:advance", b"clock")
    emulator.add_ending(for_tests, b"journal")
    calling = _CallingTree(rest.app.resource())
    add_oidc(calling, issuer, clock.seconds)
    event_grid = Tree()
    event_grid.putChild(b"validate", ValidationPage(topic.handshakes.fetched))
    root = Tree()
    root.putChild(b"calling", calling)
    root.putChild(b"emulator", emulator)
    root.putChild(b"eventgrid", event_grid)
    root.putChild(b"identities", identity)
    root.putChild(b"teamsUser", identity)
    root.putChild(b"recordings", RecordingFront(recordings).app.resource())
    return root
