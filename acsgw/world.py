"""
What the gateway is built upon: reactor, clocks, network, keys, agents, disk.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import Any

from treq.client import HTTPClient
from twisted.application.service import IService
from twisted.web.client import Agent, HTTPConnectionPool

from .acs.http import HTTP
from .agent.kinds import build_agent
from .errors import AcsgwError
from .interfaces import IAgentConnector, IKeyRing, IObjectStore
from .keys.file_ring import load_file_ring
from .keys.recording_keys import open_recording_keys
from .recording.flac import can_write_flac
from .recording.recorder import InThread
from .recording.writer_thread import WriterThread
from .settings import Settings
from .storage.kinds import open_store
from .storage.threads import InThread as UploadThread, UploadThreads
from .wire.media_hub import MediaHub

#: Kept open to each of Azure's hosts, so that a call that rings need not wait for a
#: TLS handshake.
CONNECTIONS = 20


@dataclass(frozen=True, kw_only=True)
class World:
    """
    What a gateway is built upon; tests give another one.

    @ivar reactor: the reactor.
    @ivar monotonic: seconds of a clock that never jumps.
    @ivar wall: seconds since the epoch, as tokens and records need them.
    @ivar http: for requests to Azure.
    @ivar ring: signing keys.
    @ivar hub: reads audio sockets.
    @ivar connectors: the voice agents, by name.
    @ivar write: runs the writing of recordings, off the reactor's thread.
    @ivar recording_keys: seal recordings; L{None}: they are not sealed.
    @ivar stores: where recordings are uploaded to, by name.
    @ivar upload: runs uploads; L{None} if there are no stores.
    @ivar heeds_signals: is a second SIGTERM ours to hear?
    @ivar first: services that are started before all others and stopped last.
    """

    reactor: Any
    monotonic: Callable[[], float]
    wall: Callable[[], float]
    http: HTTP
    ring: IKeyRing
    hub: MediaHub
    connectors: dict[str, IAgentConnector]
    write: InThread
    recording_keys: IKeyRing | None = None
    first: tuple[IService, ...] = ()
    stores: Mapping[str, IObjectStore] = field(default_factory=dict)
    upload: UploadThread | None = None
    heeds_signals: bool = False


def open_world(
    settings: Settings,
    reactor: Any,
    monotonic: Callable[[], float],
    wall: Callable[[], float],
) -> World:
    """
    The real one.  The reactor's timers are made to follow C{monotonic}: Twisted's
    would stop, or fire, when somebody sets the wall clock.

    @raise AcsgwError: if something that the settings name cannot be had.
    """
    reactor.seconds = monotonic
    hub = open_hub(settings, reactor)
    if any(account.record for account in settings.accounts) or settings.stores:
        check_recordings(settings)
    writer = WriterThread(reactor)
    recording_keys = None
    if settings.recordings_sealed:
        recording_keys = open_recording_keys(settings.state_dir, create=True)
    pool = HTTPConnectionPool(reactor)
    pool.maxPersistentPerHost = CONNECTIONS
    return World(
        reactor=reactor,
        monotonic=monotonic,
        wall=wall,
        http=HTTPClient(Agent(reactor, pool=pool)),
        ring=load_file_ring(settings.state_dir / "keys.json", os.urandom, create=True),
        hub=hub,
        connectors=open_connectors(settings, hub),
        write=writer.run,
        recording_keys=recording_keys,
        first=(writer,),
        stores={options.name: open_store(options) for options in settings.stores},
        upload=UploadThreads(reactor).run,
        heeds_signals=True,
    )


def check_recordings(settings: Settings) -> None:
    """
    Better no gateway than calls that nobody knows are not recorded.

    @raise AcsgwError: if files cannot be written there, or not in that format.
    """
    folder = settings.recordings_dir
    if settings.recordings_format == "flac" and not can_write_flac():
        raise AcsgwError(
            "gateway.recordings_format: 'flac' needs soundfile, which is not installed;"
            " install acsgw with the extra 'flac': pip install '.[flac]'"
        )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as e:
        raise AcsgwError(
            f"recordings cannot be written to {folder}: {e.strerror or e}; the"
            " setting is gateway.recordings_dir"
        ) from e


def open_hub(settings: Settings, reactor: Any) -> MediaHub:
    """
    @return: what reads audio sockets.
    """
    return MediaHub(reactor, settings.frame_shortcut, settings.media_tick)


def open_connectors(settings: Settings, hub: MediaHub) -> dict[str, IAgentConnector]:
    """
    @return: the voice agents that accounts name, not started.

    @raise AcsgwError: if what one needs is missing.
    """
    connectors: dict[str, IAgentConnector] = {}
    reactor = hub.reactor
    if any(account.agent == "local" for account in settings.accounts):
        # An extra: its libraries need not be there for other agents.
        from .agent.local.connector import build_local_agent

        connectors["local"] = build_local_agent(
            reactor, settings.local_dialogue, settings.local_threads
        )
    wanted = {account.agent for account in settings.accounts}
    http = HTTPClient(Agent(reactor, pool=HTTPConnectionPool(reactor)))
    for options in settings.agents:
        if options.name in wanted:
            connectors[options.name] = build_agent(options, hub, http)
    return connectors
