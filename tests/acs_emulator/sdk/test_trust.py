"""
Tests for an application that speaks TLS, which the emulator must believe.
"""

from __future__ import annotations

import json
import ssl
import time
from pathlib import Path
from urllib.error import HTTPError

from azure.communication.callautomation import (
    CallAutomationClient,
    MediaStreamingOptions,
)
from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.fronts.authority import open_authority

from .running import LINE, RunningEmulator
from .server import Application
from .steps import CALLER, control


class TrustTests(SynchronousTestCase):
    """
    Webhook, callbacks and media with a certificate that no system knows.
    """

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).resolve()
        files = self.folder / "application"
        self.ca_file = open_authority(files, [], time.time()).ca_file
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files / "server.pem", files / "server-key.pem")
        self.app = Application(context)
        self.addCleanup(self.app.server_close)
        self.addCleanup(self.app.shutdown)

    def emulator(self, trust: str) -> RunningEmulator:
        emulator = RunningEmulator(self.folder / "emulator", trust)
        self.addCleanup(emulator.stop)
        return emulator

    def subscribe(self, emulator: RunningEmulator) -> None:
        endpoint = {"endpoint": f"https://{self.app.place}/events"}
        control(emulator.base, "PUT", "/subscriptions/mine", endpoint)

    def test_own_authority(self) -> None:
        """
        With the authority's file in the settings all of a call goes over TLS.
        """
        emulator = self.emulator(str(self.ca_file))
        self.subscribe(emulator)
        call = {"from": CALLER, "to": LINE}
        control(emulator.base, "POST", "/calls", call)
        text = control(emulator.base, "GET", "/resource")["connection_string"]
        client = CallAutomationClient.from_connection_string(
            text, connection_verify=str(emulator.ca_file), read_timeout=10
        )
        media = MediaStreamingOptions(
            transport_url=f"wss://{self.app.place}/media",
            transport_type="websocket",
            content_type="audio",
            audio_channel_type="mixed",
            start_media_streaming=True,
        )
        client.answer_call(
            self.app.incoming.get(timeout=5)["incomingCallContext"],
            f"https://{self.app.place}/callbacks",
            media_streaming=media,
        )
        self.assertTrue(self.app.wait(lambda: len(self.app.frames) > 10))
        self.assertTrue(self.app.wait(lambda: len(self.app.events) >= 3))

    def test_not_trusted(self) -> None:
        """
        The trust of the machine is not enough, and the handshake's failure
        says so.
        """
        emulator = self.emulator("system")
        error = self.assertRaises(HTTPError, self.subscribe, emulator)
        self.assertEqual(error.code, 422)
        self.assertIn("certificate", json.load(error)["error"])
