"""
A folder of recordings, a store in memory, and threads that do not run by themselves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry
from twisted.internet.defer import Deferred, execute
from twisted.internet.task import Clock
from twisted.logger import LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from acsgw.storage.options import S3Options, UploadOptions
from acsgw.storage.service import build_uploads
from acsgw.storage.uploads import Uploads
from acsgw.testing.memory_store import MemoryStore

T = TypeVar("T")

STARTED = 1_800_000_000.0  # 2027-01-15 08:00:00 UTC
WALL = STARTED + 600


def record(folder: Path, call_id: str, ext: str = "wav", **changes: Any) -> Path:
    """
    Finish a recording; what is L{None} is missing in its sidecar.

    @return: its path.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = f"the sound of {call_id}".encode() * 100
    sidecar = {
        "call": call_id,
        "file": f"{call_id}.{ext}",
        "account": "main",
        "started": STARTED,
        "seconds": 12.5,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "format": ext.partition(".")[0],
        "sealed": ext.endswith("sealed"),
        **changes,
    }
    present = {name: value for name, value in sidecar.items() if value is not None}
    (folder / f"{call_id}.json").write_text(json.dumps(present))
    path = folder / f"{call_id}.{ext}"
    path.write_bytes(content)
    return path


class Threads:
    """
    Work waits until it is told to run, the oldest first.
    """

    def __init__(self) -> None:
        self.works: list[tuple[Deferred[Any], Callable[[], Any]]] = []
        self.at_once = True

    def run(self, work: Callable[[], T], /) -> Deferred[T]:
        if self.at_once:
            return execute(work)
        done: Deferred[T] = Deferred()
        self.works.append((done, work))
        return done

    def step(self) -> None:
        """
        Run the oldest.
        """
        done, work = self.works.pop(0)
        execute(work).addBoth(done.callback)


class UploadsTestCase(SynchronousTestCase):
    """
    A test of the whole, but for the store and the threads.

    @ivar urls: what was told of uploads, by call.
    """

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.clock = Clock()
        self.clock.advance(1000)
        self.threads = Threads()
        self.stores = {"archive": MemoryStore()}
        self.store = self.stores["archive"]
        self.urls: dict[str, str] = {}
        self.lines: list[str] = []
        observer: Any = self._logged
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        self.uploads = self.make()

    def make(
        self,
        *,
        accounts: Sequence[str] = ("main", "other"),
        by_store: Mapping[str, tuple[str, ...]] | None = None,
        delete: bool = False,
        pattern: str = "{account}/{date}/{call_id}.{ext}",
    ) -> Uploads:
        """
        @return: another process, on the same folder.
        """
        self.registry = CollectorRegistry()
        options = [
            S3Options(
                name=name,
                endpoint="",
                region="",
                bucket="",
                upload=UploadOptions(
                    accounts=(by_store or {}).get(name, ()),
                    object_name=pattern,
                    delete_after_upload=delete,
                ),
            )
            for name in self.stores
        ]
        return build_uploads(
            options,
            self.stores,
            accounts,
            self.folder,
            self.clock,
            lambda: WALL,
            self.threads.run,
            self.registry,
            self.urls.__setitem__,
        )

    def start(self) -> None:
        self.uploads.startService()
        self.addCleanup(lambda: self.uploads.running and self.uploads.stopService())

    def record(self, call_id: str, ext: str = "wav", **changes: Any) -> Path:
        return record(self.folder, call_id, ext, **changes)

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def number(self, name: str, store: str | None = "archive") -> float | None:
        labels = {"store": store} if store else {}
        return self.registry.get_sample_value(name, labels)

    def told(self, part: str) -> list[str]:
        """
        @return: lines of the log with this in them.
        """
        return [line for line in self.lines if part in line]

    def _logged(self, event: LogEvent) -> None:
        if str(event.get("log_namespace", "")).startswith("acsgw.storage"):
            self.lines.append(formatEvent(event))
