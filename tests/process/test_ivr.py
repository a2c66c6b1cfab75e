"""
The sample IVR as a daemon.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from ..ivr_sample.house import EVENT_KEY, SECRETS, wav
from .test_daemons import TWISTD, free_ports

SETTINGS = """
[ivr]
public_url = "http://127.0.0.1:{port}"
listen = "tcp:{port}:interface=127.0.0.1"
operations_listen = "tcp:{operations}:interface=127.0.0.1"
[acs]
endpoint = "http://127.0.0.1:1"
resource_id = "6b5f2c1e-7a3d-4f0a-9c58-1d2e3f4a5b6c"
identity = "8:acs:6b5f2c1e-7a3d-4f0a-9c58-1d2e3f4a5b6c_ivr"
cognitive_services_endpoint = "http://127.0.0.1:1"
[events]
[flow]
greeting = "greeting.wav"
[prompts]
folder = "."
[human]
target = "+14255550199"
caller_id = "+18005550100"
[gateway]
identity = "8:acs:6b5f2c1e-7a3d-4f0a-9c58-1d2e3f4a5b6c_gateway"
"""

VALIDATION = [{"id": "1", "eventType": "x", "data": {"validationCode": "5"}}]
VALIDATION[0]["eventType"] = "Microsoft.EventGrid.SubscriptionValidationEvent"


class IvrTests(SynchronousTestCase):
    """
    One daemon, and a second one in its way.
    """

    def setUp(self) -> None:
        folder = Path(self.mktemp()).resolve()
        folder.mkdir()
        self.port = free_ports()
        self.config = folder / "ivr.toml"
        (folder / "greeting.wav").write_bytes(wav(0.2))
        self.write(self.port + 1)

    def write(self, operations: int) -> None:
        text = SETTINGS.format(port=self.port, operations=operations)
        self.config.write_text(text)

    def start(self) -> subprocess.Popen[str]:
        command = [TWISTD, "-n", "--pidfile=", "ivr-sample", "-c", str(self.config)]
        daemon = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **SECRETS},
        )
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.kill)
        return daemon

    def ask(self, port: int, path: str, body: Any = None) -> bytes:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}",
            None if body is None else json.dumps(body).encode(),
            {"x-ivr-key": EVENT_KEY},
        )
        # A proxy has no business between programs on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + 30
        while True:
            try:
                with opener.open(request, timeout=10) as answer:
                    whole: bytes = answer.read()
                    return whole
            except urllib.error.URLError:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)

    def test_daemon(self) -> None:
        """
        It gets ready, answers the handshake, serves its prompts, and stops when it
        is told to; another one in its place says which port is taken.
        """
        daemon = self.start()
        self.assertEqual(
            json.loads(self.ask(self.port + 1, "/health/ready")), {"status": "ok"}
        )
        answer = json.loads(self.ask(self.port, "/v1/events", VALIDATION))
        self.assertEqual(answer, {"validationResponse": "5"})
        self.assertEqual(self.ask(self.port, "/v1/prompts/greeting.wav"), wav(0.2))
        self.write(self.port + 2)
        other = self.start()
        told, _ = other.communicate(timeout=30)
        self.assertIn(f"cannot listen on tcp:{self.port}", told)
        self.assertIn("change ivr.listen", told)
        self.assertNotIn("Traceback", told)
        daemon.send_signal(signal.SIGTERM)
        told, _ = daemon.communicate(timeout=30)
        self.assertIn(daemon.returncode, (0, 143, -signal.SIGTERM))
        self.assertNotIn("Traceback", told)
