"""
Whole calls whose recordings are uploaded.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from acsgw.errors import StoreFailed
from acsgw.storage.uploads import SCAN_SECONDS

from .house import OPERATIONS, HouseTestCase


class UploadTests(HouseTestCase):
    """
    A gateway with a store.
    """

    storage_settings = {
        "archive": {"kind": "s3", "region": "us-east-1", "bucket": "recordings"}
    }

    def call(self) -> Path:
        """
        @return: the recording of a call that has ended, with its sidecar.
        """
        self.subscribe()
        self.place_call()
        self.talk().events.ended("done", {})
        self.reactor.run_for(2)
        path = Path(self.record()["recording"]["path"])
        return path

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / 10)):
            self.reactor.run_for(10, 1)

    def numbers(self) -> dict[str, str]:
        """
        @return: what the metrics say of recordings.
        """
        _, text = self.request("GET", f"{OPERATIONS}/metrics")
        lines = (line.rpartition(" ") for line in text.splitlines())
        return {
            name.removesuffix('{store="archive"}'): value
            for name, _, value in lines
            if '{store="archive"}' in name and "_created" not in name
        }

    def test_uploaded(self) -> None:
        """
        The call's record says where its recording is, as soon as it is finished.
        """
        path = self.call()
        self.wait(1)
        url = self.record()["recording"]["uploaded_to"]
        [name, _] = self.stores["archive"].puts
        self.assertEqual(url, f"memory:recordings/{name}")
        self.assertRegex(name, rf"^test/[0-9-]{{10}}/{path.stem}\.wav$")
        self.assertTrue(path.with_suffix(".uploaded").exists())
        self.assertEqual(
            self.numbers(),
            {
                "acsgw_recordings_uploaded_total": "1.0",
                "acsgw_recordings_waiting": "0.0",
            },
        )

    def test_store_is_down(self) -> None:
        """
        A store that is down harms no call; the recording waits.
        """
        self.stores["archive"].problem = StoreFailed("503", lasting=False)
        self.call()
        self.wait(SCAN_SECONDS)
        self.assertEqual(self.outcome(), ("completed by agent", ""))
        numbers = self.numbers()
        self.assertEqual(numbers["acsgw_recordings_waiting"], "1.0")
        self.assertGreater(float(numbers["acsgw_upload_failures_total"]), 0)
        self.stores["archive"].problem = None
        self.wait(600)
        self.assertIsNotNone(self.record()["recording"]["uploaded_to"])


class KeptTests(UploadTests):
    """
    The same, if recordings are deleted after a day.
    """

    gateway_settings = {"recordings_keep_days": 1}

    def grow_old(self, path: Path) -> None:
        os.utime(path, (self.reactor.seconds() - 90_000,) * 2)

    def test_not_before_it_is_uploaded(self) -> None:
        """
        However old it is, a recording stays until it is in the store, as its writer
        left it; then it goes.
        """
        self.stores["archive"].problem = StoreFailed("503", lasting=False)
        path = self.call()
        content = path.read_bytes()
        sidecar = path.with_suffix(".json").read_bytes()
        self.grow_old(path)
        self.reactor.advance(3600)
        self.assertTrue(path.exists())
        self.stores["archive"].problem = None
        self.wait(700)
        self.assertEqual(
            [parcel.content for parcel in self.stores["archive"].objects.values()],
            [content, sidecar],
        )
        self.grow_old(path)
        self.reactor.advance(3600)
        self.assertEqual(list(path.parent.iterdir()), [])

    def test_repaired(self) -> None:
        """
        What a process that died has left is finished, and then uploaded at once, with
        the sidecar that the repair wrote.
        """
        path = self.call()
        self.wait(1)
        for part in (path, path.with_suffix(".json")):
            part.rename(part.with_name(part.name.replace(path.stem, "c1") + ".part"))
        path.with_suffix(".uploaded").unlink()
        self.stores["archive"].objects.clear()
        self.reactor.advance(3600)
        (recording, sidecar) = self.stores["archive"].objects.values()
        told = json.loads(sidecar.content)
        self.assertEqual((told["account"], told["repaired"]), ("test", True))
        self.assertEqual(recording.metadata["sha256"], told["sha256"])
