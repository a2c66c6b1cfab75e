"""
The part of the assembly that uploads recordings.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry

from .settings import Settings
from .storage.service import build_uploads
from .storage.uploads import Uploads
from .world import World


def open_uploads(
    settings: Settings,
    world: World,
    uploaded: Callable[[str, str], None],
    registry: CollectorRegistry,
) -> Uploads | None:
    """
    @param uploaded: told call id and address of each recording.

    @return: L{None} if recordings stay where they are.
    """
    if not settings.stores or world.upload is None:
        return None
    return build_uploads(
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
