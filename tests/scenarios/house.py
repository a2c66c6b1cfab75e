"""
The gateway and the emulated service on a network in memory: everything but the
sockets, the voice agent and the writer thread is the real thing.
"""

from __future__ import annotations

import time
import wave
from base64 import b64encode
from json import dumps, loads
from pathlib import Path
from typing import Any

import numpy as np
import treq
from treq.client import HTTPClient
from twisted.application.service import IService
from twisted.internet.defer import Deferred, execute
from twisted.web.client import Agent

from acs_emulator.assembly import build as build_emulator
from acs_emulator.settings import parse_settings as parse_emulator
from acsgw.acs.http import Body
from acsgw.agent.kinds import build_agent
from acsgw.assembly import build
from acsgw.keys.file_ring import load_file_ring
from acsgw.settings import parse_settings
from acsgw.testing.memory_network import MemoryNetwork
from acsgw.testing.memory_store import MemoryStore
from acsgw.testing.scripted_agent import ScriptedAgent, ScriptedAgentConnector
from acsgw.wire.media_hub import MediaHub
from acsgw.world import World

from ..emulated import emulator_world
from ..support import ClockTestCase

ACCESS_KEY = b64encode(bytes(range(64))).decode()
RESOURCE = "6b5f2c1e-7a3d-4f0a-9c58-1d2e3f4a5b6c"
CALLER, LINE = "+14255550123", "+18005550100"
API_ID, API_SECRET = "test-id", "a-secret-that-a-machine-made"
EMULATOR = "http://127.0.0.1:8480"
GATEWAY = "http://127.0.0.1:8080"
OPERATIONS = "http://127.0.0.1:8081"


def tone(rate: int, hz: float, seconds: float) -> bytes:
    """
    @return: a loud sine, 16 bit mono.
    """
    t = np.arange(round(rate * seconds)) / rate
    pcm: bytes = (np.sin(2 * np.pi * hz * t) * 12000).astype("<i2").tobytes()
    return pcm


class HouseTestCase(ClockTestCase):
    """
    A test of whole calls.
    """

    reactor: MemoryNetwork
    agent_rate = 16000
    account: dict[str, Any] = {}
    more_accounts: dict[str, dict[str, Any]] = {}
    more_secrets: dict[str, str] = {}
    gateway_settings: dict[str, Any] = {}
    emulator_settings: dict[str, Any] = {}
    agent_settings: dict[str, Any] = {}
    environment: dict[str, str] = {}
    storage_settings: dict[str, Any] = {}

    def make_reactor(self) -> MemoryNetwork:
        return MemoryNetwork()

    def setUp(self) -> None:
        super().setUp()
        # Azure's SDK signs with the wall clock, and the service compares.
        self.reactor.advance(time.time())
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.http = HTTPClient(Agent(self.reactor))
        self.agents = ScriptedAgentConnector(self.reactor, agent_rate=self.agent_rate)
        self.stores = {name: MemoryStore() for name in self.storage_settings}
        self.emulator = self._emulator()
        self.gateway = self._gateway()
        self.emulator.startService()
        self.gateway.startService()
        self.addCleanup(self._stop)

    def _emulator(self) -> IService:
        settings = parse_emulator(
            {
                "resource": {"access_key": ACCESS_KEY, "immutable_id": RESOURCE},
                **self.emulator_settings,
            },
            None,
        )
        return build_emulator(settings, emulator_world(self.reactor))

    def _gateway(self) -> IService:
        account = {
            "api_id": API_ID,
            "acs_endpoint": EMULATOR,
            "resource_id": RESOURCE,
            "record": True,
            "keep_words": True,
            **self.account,
        }
        settings = parse_settings(
            {
                "gateway": {
                    "public_url": GATEWAY,
                    "drain_seconds": 5,
                    **self.gateway_settings,
                },
                "azure": {
                    "issuer": EMULATOR,
                    "openid_configuration": EMULATOR
                    + "/calling/.well-known/acsopenidconfiguration",
                },
                "agent": self.agent_settings,
                "storage": self.storage_settings,
                "accounts": {"test": account, **self.more_accounts},
            },
            {
                **self.environment,
                "ACSGW_ACCOUNTS_TEST_API_SECRET": API_SECRET,
                "ACSGW_ACCOUNTS_TEST_ACS_ACCESS_KEY": ACCESS_KEY,
                **self.more_secrets,
            },
            self.folder,
            Path.read_text,
        )
        hub = MediaHub(self.reactor)
        world = World(
            reactor=self.reactor,
            monotonic=self.reactor.seconds,
            wall=self.reactor.seconds,
            http=self.http,
            ring=load_file_ring(self.folder / "keys.json", lambda n: b"k" * n, True),
            hub=hub,
            connectors={
                "local": self.agents,
                **{
                    options.name: build_agent(options, hub, self.http)
                    for options in settings.agents
                },
            },
            write=execute,
            stores=self.stores,
            upload=execute,
        )
        return build(settings, world)

    def _stop(self) -> None:
        stopping = [self.gateway.stopService(), self.emulator.stopService()]
        self.reactor.run_for(8)
        for stopped in stopping:
            if stopped is not None:
                self.successResultOf(stopped)

    # What a test does.

    def request(self, method: str, url: str, json: object = None, **kw: Any) -> Any:
        """
        @return: status and parsed body.
        """
        data = None if json is None else Body(dumps(json).encode())
        done = Deferred.fromCoroutine(self._request(method, url, data, kw))
        self.reactor.run_for(0.2)
        if not done.called:
            self.reactor.run_for(10)  # a handshake is tried twice
        return self.successResultOf(done)

    async def _request(self, method: str, url: str, data: Any, kw: Any) -> Any:
        response = await self.http.request(method, url, data=data, **kw)
        text = await treq.text_content(response)
        try:
            return response.code, loads(text) if text else None
        except ValueError:
            return response.code, text

    def subscribe(self, **changes: Any) -> Any:
        """
        Have the emulated Event Grid tell the gateway of calls.
        """
        subscription = {
            "endpoint": f"{GATEWAY}/v1/acs-events",
            "schema": "EventGridSchema",
            "headers": {"asapp-api-id": API_ID, "asapp-api-secret": API_SECRET},
            "filters": [],
            **changes,
        }
        return self.request(
            "PUT", f"{EMULATOR}/emulator/subscriptions/gateway", subscription
        )

    def place_call(self, *steps: dict[str, Any], **more: Any) -> str:
        """
        @return: the emulator's id of a call that is ringing.
        """
        call = {"from": CALLER, "to": LINE, "steps": list(steps), **more}
        code, body = self.request("POST", f"{EMULATOR}/emulator/calls", call)
        self.assertEqual(code, 201, body)
        call_id: str = body["id"]
        return call_id

    def write_wav(self, name: str, pcm: bytes, rate: int = 16000) -> str:
        """
        @return: absolute path of a mono file.
        """
        path = self.folder.resolve() / name
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(pcm)
        return str(path)

    def talk(self) -> ScriptedAgent:
        """
        Let the call that was placed get to where caller and agent talk.
        """
        self.reactor.run_for(1)
        return self.agents.agents[-1]

    def record(self) -> dict[str, Any]:
        """
        @return: the gateway's record of the latest call.
        """
        code, body = self.request("GET", f"{OPERATIONS}/v1/calls")
        self.assertEqual(code, 200)
        record: dict[str, Any] = body["calls"][-1]
        return record

    def outcome(self) -> tuple[str | None, str]:
        """
        @return: of the latest call.
        """
        record = self.record()
        return record["outcome"], record["reason"]

    def caller_side(self, call_id: str) -> dict[str, Any]:
        """
        @return: what the emulator says of a call.
        """
        _, body = self.request("GET", f"{EMULATOR}/emulator/calls/{call_id}")
        side: dict[str, Any] = body
        return side
