"""
Settings and stores -> the service that uploads, and its numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from random import random

from prometheus_client import CollectorRegistry, Gauge
from twisted.internet.interfaces import IReactorTime

from ..interfaces import IObjectStore
from ..metrics import Counted
from .lane import Lane
from .options import StoreOptions
from .spool import Spool
from .threads import InThread
from .upload import Upload
from .uploads import Uploads


def build_uploads(
    options: Iterable[StoreOptions],
    stores: Mapping[str, IObjectStore],
    accounts: Iterable[str],
    folder: Path,
    clock: IReactorTime,
    wall: Callable[[], float],
    in_thread: InThread,
    registry: CollectorRegistry,
    uploaded: Callable[[str, str], None],
) -> Uploads:
    """
    @param stores: by name.
    @param accounts: all there are, by name.
    @param folder: of the recordings.
    @param wall: seconds since the epoch.
    @param uploaded: told call id and address of each recording.
    """
    spool = Spool(folder)
    done = Counted(
        registry, "acsgw_recordings_uploaded", "Recordings uploaded.", "store"
    )
    failed = Counted(
        registry, "acsgw_upload_failures", "Tries to upload that failed.", "store"
    )
    waiting = Gauge(
        "acsgw_recordings_waiting",
        "Recordings that are not uploaded.",
        ["store"],
        registry=registry,
    )

    def lane(store: StoreOptions) -> Lane:
        def counted(call_id: str, url: str) -> None:
            done.count(store.name)
            uploaded(call_id, url)

        upload = Upload(store.name, stores[store.name], store.upload, spool, wall)
        built = Lane(
            upload, clock, in_thread, random, counted, partial(failed.count, store.name)
        )
        waiting.labels(store.name).set_function(partial(len, built))
        return built

    lanes = {store.name: lane(store) for store in options}
    everybody = tuple(accounts)
    by_account = {
        account: lanes[store.name]
        for store in options
        for account in store.upload.accounts or everybody
    }
    uploads = Uploads(spool, lanes.values(), by_account, clock, in_thread)
    Gauge(
        "acsgw_recordings_unreadable",
        "Recordings that cannot be uploaded for want of a good sidecar.",
        registry=registry,
    ).set_function(lambda: uploads.unreadable)
    return uploads
