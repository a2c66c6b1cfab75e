"""
A gateway in a process of its own, which uploads recordings until it is killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

from twisted.trial.unittest import SynchronousTestCase

from acsgw.secret_hash import SecretHash
from acsgw.storage.lane import STOP_SECONDS

from ..node_packages import ROOT
from ..storage.faulty import FaultyServer
from ..storage.servers import REGION, Moto, shared
from ..storage.world import record
from .test_daemons import TWISTD, free_ports

SETTINGS = """
[gateway]
public_url = "https://gw.example.com"
listen = "tcp:{port}:interface=127.0.0.1"
operations_listen = "tcp:{operations}:interface=127.0.0.1"
[agent.bot]
kind = "twilio-stream"
url = "ws://127.0.0.1:9"
[storage.archive]
kind = "s3"
endpoint = "{endpoint}"
region = "{region}"
bucket = "recordings"
access_key_id = "{key_id}"
[accounts.main]
api_id = "main"
api_secret_hash = "{secret_hash}"
acs_endpoint = "https://x.communication.azure.com"
resource_id = "6b5f2c1e-7a3d-4f0a-9c58-1d2e3f4a5b6c"
agent = "bot"
"""


class UploadTests(SynchronousTestCase):
    """
    The spool survives whatever ends the process.
    """

    def setUp(self) -> None:
        self.moto = shared(Moto)
        self.folder = Path(self.mktemp()).resolve()
        self.folder.mkdir()
        self.log = self.folder / "log"

    def start(self, endpoint: str) -> subprocess.Popen[bytes]:
        """
        @return: a gateway whose store is there.
        """
        port = free_ports()
        key = self.moto.least
        settings = SETTINGS.format(
            port=port,
            operations=port + 1,
            endpoint=endpoint,
            region=REGION,
            key_id=key.key_id,
            secret_hash=SecretHash.of("a-secret-that-nobody-uses"),
        )
        (self.folder / "acsgw.toml").write_text(settings)
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [TWISTD, "-n", "--pidfile=", "acsgw"],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                env={
                    **os.environ,
                    "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}",
                    "ACSGW_STORAGE_ARCHIVE_SECRET_KEY": key.secret,
                    "ACSGW_ACCOUNTS_MAIN_ACS_ACCESS_KEY": "c2VjcmV0",
                },
            )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def until(self, there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not there():
            self.assertLess(time.monotonic(), deadline, self.log.read_text())
            time.sleep(0.05)

    def test_killed(self) -> None:
        """
        An upload that hangs keeps no process from ending; after that, and after a
        kill, the next process uploads; and the one after it not again.
        """
        path = record(self.folder / "recordings", "killed")
        asked: SimpleQueue[None] = SimpleQueue()
        with FaultyServer(None, asked=lambda: asked.put(None)) as endpoint:
            for number in (signal.SIGTERM, signal.SIGKILL):
                process = self.start(endpoint)
                asked.get(timeout=30)
                began = time.monotonic()
                process.send_signal(number)
                process.wait(30)
                self.assertLess(time.monotonic() - began, STOP_SECONDS + 5)
                self.assertNotIn("Traceback", self.log.read_text())
        marker = path.with_suffix(".uploaded")
        self.assertFalse(marker.exists())
        for _ in range(2):
            process = self.start(self.moto.url)
            self.until(lambda: "acsgw" in self.log.read_text() and marker.exists())
            self.until(lambda: "starting on" in self.log.read_text().lower())
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        self.assertNotIn("uploaded to", self.log.read_text())
        content, _, _ = self.moto.blob("main/2027-01-15/killed.wav")
        self.assertEqual(content, path.read_bytes())
