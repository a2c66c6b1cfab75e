"""
Settings and stores -> the service that uploads, and its numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import random

from prometheus_client import CollectorRegistry, Gauge
from twisted.internet.interfaces import IReactorTime

from ..interfaces import IObjectStore
from ..metrics import Counted
from .lane import Lane
from .names import NOBODY
from .options import StoreOptions
from .spool import Spool
from .threads import InThread
from .upload import Upload
from .uploads import Uploads


def build_uploads(
    options: Sequence[StoreOptions],
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
    numbers = _Numbers(registry)
    everybody = tuple(accounts)
    only = everybody[0] if len(everybody) == 1 else NOBODY
    lanes = {}
    for store in options:
        place = stores[store.name]
        upload = Upload(store.name, place, store.upload, spool, wall, only)
        lane = Lane(
            upload,
            clock,
            in_thread,
            random,
            partial(numbers.uploaded, store.name, uploaded),
            partial(numbers.failed, store.name),
        )
        numbers.waiting(store.name, partial(len, lane))
        lanes[store.name] = lane
    by_account = {
        account: lanes[store.name]
        for store in options
        for account in store.upload.accounts or everybody
    }
    nobodys = _only_lane(by_account, everybody)
    uploads = Uploads(spool, lanes.values(), by_account, nobodys, clock, in_thread)
    numbers.unreadable(lambda: uploads.unreadable)
    return uploads


def _only_lane(by_account: Mapping[str, Lane], everybody: Sequence[str]) -> Lane | None:
    """
    @return: where recordings go, whosever they are; L{None} if that depends.
    """
    lanes = {id(lane): lane for lane in map(by_account.get, everybody)}
    return next(iter(lanes.values())) if len(lanes) == 1 else None


class _Numbers:
    """
    What Prometheus is told of uploads.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._uploaded = Counted(
            registry, "acsgw_recordings_uploaded", "Recordings uploaded.", "store"
        )
        self._failed = Counted(
            registry, "acsgw_upload_failures", "Tries to upload that failed.", "store"
        )
        self._waiting = Gauge(
            "acsgw_recordings_waiting",
            "Recordings that are not uploaded.",
            ["store"],
            registry=registry,
        )

    def uploaded(
        self, store: str, tell: Callable[[str, str], None], call_id: str, url: str
    ) -> None:
        self._uploaded.count(store)
        tell(call_id, url)

    def failed(self, store: str) -> None:
        self._failed.count(store)

    def waiting(self, store: str, count: Callable[[], int]) -> None:
        self._waiting.labels(store).set_function(count)

    def unreadable(self, count: Callable[[], int]) -> None:
        Gauge(
            "acsgw_recordings_unreadable",
            "Recordings that cannot be uploaded for want of a good sidecar.",
            registry=self._registry,
        ).set_function(count)
