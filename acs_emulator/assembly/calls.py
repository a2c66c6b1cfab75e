"""
What lives in an emulator: the resource, the calls, their recordings, and Event
Grid's topic.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from ..exchange import Exchange
from ..fronts.call_requests import called_phone
from ..fronts.dead_letter_files import write_dead_letter
from ..fronts.downloads import Downloads
from ..fronts.notifier import Notifier
from ..fronts.prompts import Prompts
from ..leg_media import Studio
from ..management import Management
from ..media_switchboard import MediaSwitchboard
from ..metronome import Metronome
from ..model.contexts import IncomingCallContexts
from ..model.resource import Resource
from ..model.tokens import Issuer
from ..network import Network
from ..participant_desk import ParticipantDesk
from ..phone_book import PhoneBook
from ..recording_desk import RecordingDesk
from ..settings import Settings
from ..switchboard import Perform, Switchboard
from ..topic import Topic
from ..watch import Watch, watch
from .world import World

#: Seconds, and bytes, for a file that is to be played; our limits.
_FETCH_TIMEOUT = 10.0
_FETCH_MOST = 20 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class House:
    """
    Everybody who lives in an emulator; what is seen over HTTP is built on it.

    @ivar operations: of the REST API, those that C{exchange} does not do.
    """

    settings: Settings
    world: World
    resource: Resource
    issuer: Issuer
    watch: Watch
    topic: Topic
    notifier: Notifier
    metronome: Metronome
    phones: PhoneBook
    exchange: Exchange
    recordings: RecordingDesk
    management: Management
    operations: Mapping[str, Perform]


def furnish(settings: Settings, world: World) -> House:
    """
    @return: everybody, and nothing started.
    @raise EmulatorError: if a recording that a phone plays cannot be read.
    """
    resource = _resource(settings, world)
    issuer = _issuer(settings, world, resource)
    watcher = watch(
        world.time, world.agent, issuer, world.new_private_key, world.reactor
    )
    topic = _topic(settings, world, watcher, resource)
    notifier = Notifier(watcher.http, issuer, world.time, settings.delivery.retries)
    metronome = Metronome(world.time, world.monotonic)
    phones = _phones(settings)
    network = _network(
        settings,
        world,
        watcher,
        issuer,
        metronome=metronome,
        topic=topic,
        notifier=notifier,
        phones=phones,
    )
    exchange = Exchange(resource, network)
    recordings = _recordings(world, exchange, topic, resource)
    return House(
        settings=settings,
        world=world,
        resource=resource,
        issuer=issuer,
        watch=watcher,
        topic=topic,
        notifier=notifier,
        metronome=metronome,
        phones=phones,
        exchange=exchange,
        recordings=recordings,
        management=Management(
            resource, topic, new_id=world.new_id, insecure=settings.insecure
        ),
        operations=_operations(exchange, resource, network, recordings),
    )


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


def _issuer(settings: Settings, world: World, resource: Resource) -> Issuer:
    return Issuer(
        name=settings.issuer,
        base_url=settings.base_url,
        audience=resource.immutable_id,
        key_id=world.new_id(),
        private_key=world.private_key,
    )


def _topic(
    settings: Settings, world: World, watcher: Watch, resource: Resource
) -> Topic:
    return Topic(
        http=watcher.http,
        clock=world.time,
        new_id=world.new_id,
        chance=lambda: int.from_bytes(world.random_bytes(2)) / 0x10000,
        path=resource.topic,
        base_url=resource.base_url,
        pace=settings.delivery.pace,
        write_dead_letter=write_dead_letter,
        wanted=settings.subscriptions,
        report=watcher.report,
    )


def _phones(settings: Settings) -> PhoneBook:
    given = settings.phones.items()
    return PhoneBook({number: called_phone(number, about) for number, about in given})


def _operations(
    exchange: Exchange, resource: Resource, network: Network, recordings: RecordingDesk
) -> Mapping[str, Perform]:
    return {
        **Switchboard(exchange, resource, network).operations,
        **ParticipantDesk(exchange, resource, network).operations,
        **MediaSwitchboard(exchange, recordings).operations,
    }


def _network(
    settings: Settings,
    world: World,
    watcher: Watch,
    issuer: Issuer,
    *,
    metronome: Metronome,
    topic: Topic,
    notifier: Notifier,
    phones: PhoneBook,
) -> Network:
    return Network(
        clock=world.time,
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
        report=watcher.report,
        broken_after_failure=settings.broken_after_failure,
        silent_after_redirect=settings.silent_after_redirect,
        page_size=settings.page_size,
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


def _recordings(
    world: World, exchange: Exchange, topic: Topic, resource: Resource
) -> RecordingDesk:
    return RecordingDesk(
        exchange,
        clock=world.time,
        new_id=world.new_id,
        new_file=world.new_file,
        publish=topic.publish,
        resource=resource,
    )
