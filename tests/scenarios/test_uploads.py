"""
Whole calls whose recordings are uploaded.
"""

from __future__ import annotations

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
