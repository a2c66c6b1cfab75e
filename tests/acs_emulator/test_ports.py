"""
Tests for where the emulator listens, and what it tells clients of that.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from treq.testing import RequestTraversalAgent
from twisted.internet.defer import maybeDeferred
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.assembly import World, build
from acs_emulator.fronts.authority import open_authority
from acs_emulator.fronts.espeak import EspeakVoice
from acs_emulator.fronts.moonshine import MoonshineEars
from acs_emulator.ports import connection_string
from acs_emulator.settings import parse_settings

from .support import KEY, RESOURCE, App, EmulatorTestCase, private_key

NOW = 1_800_000_000.0


class PortTests(SynchronousTestCase):
    """
    Tests for plain and encrypted ports.
    """

    def ports(self, tls: Any) -> list[tuple[int, str]]:
        """
        @return: where an emulator listens, and with what.
        """
        reactor = MemoryReactorClock()
        document = {"listen": "tcp:9000:interface=127.0.0.1", "tls": tls}
        world = World(
            reactor=reactor,
            agent=RequestTraversalAgent(App().tree()),
            monotonic=reactor.seconds,
            new_id=lambda: RESOURCE,
            random_bytes=lambda size: b"r" * size,
            private_key=private_key(),
            in_thread=maybeDeferred,
            new_file=BytesIO,
            voice=EspeakVoice(),
            ears=MoonshineEars(),
            authority=open_authority(Path(self.mktemp()).resolve(), [], NOW),
        )
        service = build(parse_settings(document, None), world)
        service.privilegedStartService()
        service.startService()
        self.successResultOf(service.stopService())
        return [(port, type(site).__name__) for port, site, *_ in reactor.tcpServers]

    def test_ports(self) -> None:
        """
        TLS takes the place of http, or has a port beside it.
        """
        self.assertEqual(self.ports(False), [(9000, "_WebSite")])
        self.assertEqual(self.ports(True), [(9000, "TLSMemoryBIOFactory")])
        beside = {"listen": "tcp:9001:interface=127.0.0.1"}
        self.assertEqual(
            self.ports(beside), [(9000, "_WebSite"), (9001, "TLSMemoryBIOFactory")]
        )


class ConnectionStringTests(EmulatorTestCase):
    """
    Tests for the connection string.
    """

    document = {"tls": {"listen": "tcp:9001:interface=127.0.0.1"}}

    def test_told(self) -> None:
        """
        It names the port with TLS, because the SDKs insist on that, and the
        control API tells it.
        """
        settings = parse_settings(self.document, None)
        text = connection_string(settings, self.emulator.resource)
        self.assertEqual(text, f"endpoint=https://localhost:9001/;accesskey={KEY}")
        _, resource = self.control("GET", "/resource")
        self.assertEqual(resource["connection_string"], text)
        self.assertEqual(resource["endpoint"], "http://127.0.0.1:8480")
