"""
Tests for L{acsgw.acs.control.AzureCallControl}: Azure's SDK, our transport, and the
emulated service on a network in memory.
"""

from __future__ import annotations

import json
import time
from base64 import b64encode
from typing import Any
from uuid import uuid4

from treq.client import HTTPClient
from twisted.internet.defer import Deferred
from twisted.web.client import Agent
from twisted.web.resource import Resource
from twisted.web.server import Site

from acs_emulator.assembly import Emulator, assemble
from acs_emulator.model.caller_script import parse_script
from acs_emulator.model.subscriptions import parse_subscription
from acs_emulator.network import CallRequest
from acs_emulator.settings import parse_settings
from acsgw.acs.control import AzureCallControl
from acsgw.acs.events import Callback
from acsgw.errors import CallControlError
from acsgw.interfaces import ICallControl, IncomingCall
from acsgw.testing.memory_network import MemoryNetwork

from .. import contracts
from ..call_control_world import DEAD_PHONE
from ..emulated import emulator_world
from ..support import ClockTestCase
from .application import Application

ACCESS_KEY = b64encode(bytes(range(64))).decode()
RESOURCE = "6b5f2c1e-7a3d-4f0a-9c58-1d2e3f4a5b6c"
EMULATOR = "http://127.0.0.1:8480"


def control(endpoint: str, http: Any, clock: Any) -> AzureCallControl:
    """
    @return: what is tested.
    """
    return AzureCallControl(
        endpoint, ACCESS_KEY, http, clock, clock.seconds, lambda: str(uuid4())
    )


class Answer(Resource):
    """
    Answers everything alike, and counts.
    """

    isLeaf = True

    def __init__(self, code: int, body: object, **headers: str) -> None:
        super().__init__()
        self._code = code
        self._body = json.dumps(body).encode()
        self._headers = headers
        self.seen: list[dict[str, str]] = []

    def render(self, request: Any) -> bytes:
        self.seen.append(
            {
                name.decode().lower(): values[0].decode()
                for name, values in request.requestHeaders.getAllRawHeaders()
            }
        )
        request.setResponseCode(self._code)
        request.setHeader("content-type", "application/json")
        for name, value in self._headers.items():
            request.setHeader(name.replace("_", "-"), value)
        return self._body


class Tap:
    """
    An HTTP client that remembers what was sent, and can be turned over to another.
    """

    def __init__(self, http: Any) -> None:
        self.http = http
        self.sent: list[tuple[str, dict[str, Any]]] = []

    @property
    def request(self) -> Any:
        def request(method: str, url: str, **kw: Any) -> Deferred[Any]:
            body = kw["data"]
            text = body._body if body is not None else b"{}"
            self.sent.append((url, json.loads(text)))
            answer: Deferred[Any] = self.http.request(method, url, **kw)
            return answer

        return request


class AzureCallControlTests(contracts.CallControlContract):
    """
    L{AzureCallControl} keeps the contract.
    """

    reactor: MemoryNetwork

    def make_reactor(self) -> MemoryNetwork:
        reactor = MemoryNetwork()
        reactor.advance(time.time())  # the SDK signs with the wall clock
        return reactor

    def make(self) -> ICallControl:
        self.emulator = self._emulator()
        self.application = Application()
        self.reactor.listenTCP(8480, Site(self.emulator.root, reactor=self.reactor))
        self.reactor.listenTCP(8080, Site(self.application, reactor=self.reactor))
        self.emulator.service.startService()
        self.addCleanup(self._stop)
        subscription = {"endpoint": "http://127.0.0.1:8080/", "filters": []}
        self.result(
            Deferred.fromCoroutine(
                self.emulator.topic.subscribe(
                    parse_subscription("all", subscription, insecure=True)
                )
            )
        )
        self.tap = Tap(HTTPClient(Agent(self.reactor)))
        return control(EMULATOR, self.tap, self.reactor)

    def _emulator(self) -> Emulator:
        settings = parse_settings(
            {"resource": {"access_key": ACCESS_KEY, "immutable_id": RESOURCE}}, None
        )
        return assemble(settings, emulator_world(self.reactor))

    def _stop(self) -> None:
        self.emulator.service.stopService()
        self.reactor.run_for(6)

    def result(self, deferred: Deferred[Any]) -> Any:
        self.reactor.run_for(3)
        return self.successResultOf(deferred)

    def failure(self, deferred: Deferred[Any], kind: type[Exception]) -> str:
        self.reactor.run_for(3)
        text: str = self.failureResultOf(deferred, kind).getErrorMessage()
        return text

    def ring(self) -> str:
        self.emulator.exchange.place(
            CallRequest(
                caller="4:+14255550123",
                callee="4:+18005550100",
                script=parse_script({"steps": []}),
                clips={},
                failing=frozenset({DEAD_PHONE.removeprefix("4:")}),
            )
        )
        self.reactor.run_for(0.2)
        return self.application.announced[-1].context

    def live(self) -> set[str]:
        return {
            connection_id
            for call in self.emulator.exchange.calls
            if call.state == "connected"
            for connection_id in (leg.connection_id for leg in call.live_legs)
        }

    def transfers(self) -> list[tuple[str, str, dict[str, str]]]:
        return [
            (
                url.partition("callConnections/")[2].partition(":")[0],
                body["targetParticipant"]["rawId"],
                body["customCallingContext"]["voipHeaders"],
            )
            for url, body in self.tap.sent
            if ":transferToParticipant" in url
        ]

    def transfer_contexts(self) -> list[str]:
        return [
            body["operationContext"]
            for url, body in self.tap.sent
            if ":transferToParticipant" in url
        ]

    def announced(self) -> list[IncomingCall]:
        return self.application.announced

    def told(self) -> list[Callback]:
        return self.application.told

    def caller_hangs_up(self) -> None:
        self.emulator.exchange.calls[-1].hang_up_caller("the caller hangs up")

    def pass_time(self, seconds: float) -> None:
        self.reactor.run_for(seconds)

    def passing_state(self, connection_id: str) -> str:
        looking_up = self.control.connection_state(connection_id)
        self.reactor.run_for(0.04)
        state: str = self.successResultOf(looking_up)
        return state

    def refuse_all(self, reason: str) -> None:
        busy = Answer(503, {"error": {"code": "Busy", "message": reason}})
        self.reactor.listenTCP(8481, Site(busy, reactor=self.reactor))
        self.control = control("http://127.0.0.1:8481", self.tap, self.reactor)


class RepetitionTests(ClockTestCase):
    """
    When an operation is tried again, and how.
    """

    reactor: MemoryNetwork

    def make_reactor(self) -> MemoryNetwork:
        return MemoryNetwork()

    def asked(self, answer: Answer) -> Deferred[None]:
        """
        @return: a hang-up at a service that always answers so.
        """
        self.port += 1
        self.reactor.listenTCP(self.port, Site(answer, reactor=self.reactor))
        http = HTTPClient(Agent(self.reactor))
        endpoint = f"http://127.0.0.1:{self.port}"
        return control(endpoint, http, self.reactor).hang_up("c1")

    port = 8480

    def failed(self, hanging_up: Deferred[None]) -> str:
        """
        @return: how it failed, in time.
        """
        self.reactor.run_for(20)
        text: str = self.failureResultOf(hanging_up, CallControlError).getErrorMessage()
        return text

    def test_transient(self) -> None:
        """
        A service that is busy is asked three times, with one
        C{Repeatability-Request-ID}, signed anew.
        """
        busy = Answer(503, {"error": {"code": "Busy", "message": "later"}})
        self.assertEqual(self.failed(self.asked(busy)), "hang up: HTTP 503 Busy: later")
        self.assertEqual(len(busy.seen), 3)
        self.assertEqual(len({s["repeatability-request-id"] for s in busy.seen}), 1)

    def test_final(self) -> None:
        """
        A refusal is final.
        """
        for code in (400, 401, 403, 409):
            refusal = Answer(code, {"error": {"code": "No", "message": "never"}})
            self.assertIn(f"HTTP {code} No: never", self.failed(self.asked(refusal)))
            self.assertEqual(len(refusal.seen), 1)

    def test_redirect(self) -> None:
        """
        Nobody is followed elsewhere: what we sign is for the service alone.
        """
        elsewhere = Answer(200, {})
        self.reactor.listenTCP(8999, Site(elsewhere, reactor=self.reactor))
        sent_on = Answer(307, {}, location="http://127.0.0.1:8999/x")
        self.assertIn("HTTP 307", self.failed(self.asked(sent_on)))
        self.assertEqual(elsewhere.seen, [])

    def test_retry_after(self) -> None:
        """
        The pause that the service asks for is kept, up to 5 s.
        """
        busy = Answer(429, {"error": {}}, retry_after="4")
        hanging_up = self.asked(busy)
        for seconds, tries in ((3.5, 1), (1, 2), (4, 3)):
            self.reactor.run_for(seconds)
            self.assertEqual(len(busy.seen), tries)
        self.failureResultOf(hanging_up, CallControlError)

    def test_nonsense(self) -> None:
        """
        A success that names no call is a failure.
        """
        bodies: tuple[object, ...] = ({}, [], "x")
        for body in bodies:
            self.port += 1
            site = Site(Answer(200, body), reactor=self.reactor)
            self.reactor.listenTCP(self.port, site)
            http = HTTPClient(Agent(self.reactor))
            answering = control(
                f"http://127.0.0.1:{self.port}", http, self.reactor
            ).answer("ctx", "http://gw/c", "ws://gw/m", 16000)
            self.reactor.run_for(1)
            self.failureResultOf(answering, CallControlError)

    def test_unreachable(self) -> None:
        """
        A service that is not there is tried three times, then told as such.
        """
        tap = Tap(HTTPClient(Agent(self.reactor)))
        self.assertIn(
            "ConnectionRefused",
            self.failed(control(EMULATOR, tap, self.reactor).hang_up("c1")),
        )
        self.assertEqual(len(tap.sent), 3)

    def test_silent(self) -> None:
        """
        A service that never answers is given up in time.
        """

        class Silence:
            @property
            def request(self) -> Any:
                return lambda *args, **kw: Deferred()

        hanging_up = control(EMULATOR, Silence(), self.reactor).hang_up("c1")
        self.assertIn("no whole answer within 6 s", self.failed(hanging_up))
        self.assertNoTimers()
