"""
What is kept of calls: who makes recordings, who looks after them, who uploads them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry

from ..metrics import Counted
from ..recording.keeper import RecordingKeeper
from ..recording.studio import Studio
from ..settings import Settings
from ..storage.service import build_uploads
from ..storage.uploads import Uploads
from ..world import World


@dataclass(frozen=True)
class Recordings:
    """
    @ivar uploads: none if recordings stay where they are.
    """

    studio: Studio
    keeper: RecordingKeeper
    uploads: tuple[Uploads, ...]


def build_recordings(
    settings: Settings,
    world: World,
    uploaded: Callable[[str, str], None],
    registry: CollectorRegistry,
) -> Recordings:
    """
    @param uploaded: told call id and address of each that is uploaded.
    """
    became = Counted(registry, "acsgw_recordings", "Recordings.", "became")
    uploads = _uploads(settings, world, uploaded, registry)

    def published(path: Path) -> None:
        for each in uploads:
            each.recording_finished(path)

    def may_go(path: Path) -> bool:
        return not any(each.keeps(path) for each in uploads)

    studio = Studio(
        folder=settings.recordings_dir,
        format=settings.recordings_format,
        ring=world.recording_keys,
        wall=world.wall,
        random_bytes=os.urandom,
        in_writer_thread=world.write,
        count=became.count,
        published=published,
    )
    keep_days = settings.recordings_keep_days
    return Recordings(studio, studio.keeper(keep_days, may_go, world.reactor), uploads)


def _uploads(
    settings: Settings,
    world: World,
    uploaded: Callable[[str, str], None],
    registry: CollectorRegistry,
) -> tuple[Uploads, ...]:
    if not settings.stores or world.upload is None:
        return ()
    uploads = build_uploads(
        settings.stores,
        world.stores,
        (account.name for account in settings.accounts),
        settings.recordings_dir,
        world.reactor,
        world.wall,
        world.upload,
        registry,
        uploaded,
    )
    return (uploads,)
