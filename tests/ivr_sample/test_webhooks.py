"""
Tests for what the network may ask of the sample IVR.
"""

from __future__ import annotations

import json
import wave
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from prometheus_client import CollectorRegistry
from treq.testing import StubTreq
from twisted.web.resource import Resource

from acsgw.acs.bearer import BearerCheck
from acsgw.acs.events import Callback, IncomingCall
from ivr_sample.errors import NotTaken
from ivr_sample.recorded import Recorded
from ivr_sample.records import CallBook
from ivr_sample.web import CallbackTokens, Operations, Webhooks, counter

from ..acs.issuer import ISSUER, OPENID, Issuer, bearer
from ..web.http import SiteTestCase
from .house import EVENT_KEY, IVR_USER, settings_in, wav
from .test_recording_files import told

RINGING = {
    "id": "e1",
    "eventType": "Microsoft.Communication.IncomingCall",
    "data": {
        "to": {"rawId": IVR_USER},
        "from": {"rawId": "4:+14255550123"},
        "incomingCallContext": "ctx",
        "correlationId": "c1",
    },
}
VALIDATION = {
    "id": "v1",
    "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
    "data": {"validationCode": "code"},
}
KEYED = {
    "id": "k1",
    "type": "Microsoft.Communication.RecognizeCompleted",
    "data": {
        "callConnectionId": "cc1",
        "operationContext": "ask-1",
        "dtmfResult": {"tones": ["one", "zero", "pound", "asterisk", "D"]},
    },
}


class Desk:
    """
    Takes everything, and remembers it.
    """

    running = 1

    def __init__(self) -> None:
        self.offered: list[IncomingCall] = []
        self.told: list[tuple[str, str, str]] = []
        self.full = False

    def offer(self, ringing: IncomingCall) -> bool:
        if self.full:
            raise NotTaken("full")
        self.offered.append(ringing)
        return True

    def callback(self, call_id: str, event: Callback, keys: str) -> None:
        self.told.append((call_id, event.kind, keys))


class WebhookTestCase(SiteTestCase):
    """
    A test with the public site.
    """

    def make_root(self) -> Resource:
        settings = settings_in(Path(self.mktemp()), events__header="x-our-key")
        self.desk = cast(Any, Desk())
        self.recorded: list[Recorded] = []
        self.tokens = CallbackTokens(b"k" * 32)
        self.prompt = wav(0.1)
        self.registry = CollectorRegistry()
        self.issuer = Issuer()
        check = BearerCheck(
            *(cast(Any, StubTreq(self.issuer)), self.reactor, self.reactor.seconds),
            *(ISSUER, OPENID),
        )
        root: Resource = Webhooks(
            settings,
            self.desk,
            self.tokens,
            check,
            {"greeting.wav": self.prompt, "long.wav": wav(180)},
            counter(self.registry, "ivr_events", "x", "type"),
            self.take,
        ).app.resource()
        return root

    def take(self, told: Recorded) -> bool:
        self.recorded.append(told)
        return True

    def post(self, path: str, body: object, **headers: str) -> tuple[int, Any]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.json(self.ask("POST", path, content, named))


class EventsTests(WebhookTestCase):
    """
    Event Grid.
    """

    def test_key(self) -> None:
        """
        Nobody without the key is listened to, whatever he sends.
        """
        for headers in ({}, {"x_our_key": "wrong"}, {"x_ivr_key": EVENT_KEY}):
            code, _ = self.post("/v1/events", b"no JSON", **headers)
            self.assertEqual(code, 401)
            response = self.ask("OPTIONS", "/v1/events")
            self.assertEqual(response.code, 401)
        self.assertEqual(self.desk.offered, [])

    def test_schemas(self) -> None:
        """
        Events of both schemas are taken, one or many, and unknown ones passed over.
        """
        cloud = {**RINGING, "type": RINGING["eventType"]}
        del cloud["eventType"]
        other = {**RINGING, "eventType": "Microsoft.Communication.Other"}
        for body, taken in (([RINGING, other, RINGING], 2), (cloud, 1)):
            got = self.post("/v1/events", body, x_our_key=EVENT_KEY)
            self.assertEqual(got, (200, {"taken": taken}))
        self.assertEqual(self.desk.offered[0].callee, IVR_USER)

    def test_recorded(self) -> None:
        """
        A finished recording is passed on; one that makes no sense is 400.
        """
        got = self.post("/v1/events", told(), x_our_key=EVENT_KEY)
        self.assertEqual(got, (200, {"taken": 1}))
        self.assertEqual(self.recorded[0].recording_id, "r 1")
        got = self.post("/v1/events", told(subject="/x"), x_our_key=EVENT_KEY)
        self.assertEqual(got[0], 400)
        self.assertEqual(self.post("/v1/events", told())[0], 401)
        self.assertEqual(len(self.recorded), 1)

    def test_handshakes(self) -> None:
        """
        Both handshakes are answered.
        """
        got = self.post("/v1/events", [VALIDATION], x_our_key=EVENT_KEY)
        self.assertEqual(got, (200, {"validationResponse": "code"}))
        headers = {"x-our-key": EVENT_KEY, "webhook-request-origin": "eventgrid"}
        response = self.ask("OPTIONS", "/v1/events", headers=headers)
        self.assertEqual(response.code, 200)
        (allowed,) = response.headers.getRawHeaders("webhook-allowed-origin")
        self.assertEqual(allowed, "eventgrid")
        response = self.ask("OPTIONS", "/v1/events", headers={"x-our-key": EVENT_KEY})
        self.assertEqual(response.code, 400)

    def test_bad(self) -> None:
        """
        What makes no sense is 400; what cannot be taken now is 503, so that it is
        tried again.
        """
        for body in (b"no JSON", b"[5]", [{**RINGING, "data": {}}]):
            self.assertEqual(self.post("/v1/events", body, x_our_key=EVENT_KEY)[0], 400)
        self.desk.full = True
        got = self.post("/v1/events", [RINGING], x_our_key=EVENT_KEY)
        self.assertEqual(got, (503, {"error": "full"}))


class CallbacksTests(WebhookTestCase):
    """
    Mid-call events.
    """

    def test_proofs(self) -> None:
        """
        Both proofs are needed: the call's own token in the URL, and Azure's bearer.
        """
        good = self.tokens.token("call1")
        for call_id, token, authorization, wanted in (
            ("call1", good, bearer(), 200),
            ("call1", good, "", 401),
            ("call1", good, bearer(aud="other"), 401),
            ("call2", good, bearer(), 401),
            ("call1", "x" * 64, bearer(), 401),
        ):
            path = f"/v1/callbacks/{call_id}/{token}"
            code, _ = self.post(path, [KEYED], authorization=authorization)
            self.assertEqual(code, wanted, (call_id, token))
        self.assertEqual(self.desk.told, [("call1", "RecognizeCompleted", "10#*D")])

    def test_no_keys_of_the_issuer(self) -> None:
        """
        If nobody can tell whether it is Azure, it may try again.
        """
        self.issuer.broken = 500
        path = f"/v1/callbacks/c/{self.tokens.token('c')}"
        self.assertEqual(self.post(path, [KEYED], authorization=bearer())[0], 503)

    def test_unknown_names(self) -> None:
        """
        Strangers' event types do not fill the metrics.
        """
        path = f"/v1/callbacks/c/{self.tokens.token('c')}"
        for number in range(150):
            event = {**KEYED, "type": f"Microsoft.Communication.{number}"}
            self.post(path, [event], authorization=bearer())
        (metric,) = self.registry.collect()
        totals = [s for s in metric.samples if s.name.endswith("_total")]
        self.assertEqual(len(totals), 101)


class PromptsTests(WebhookTestCase):
    """
    Files for Azure.
    """

    def test_joined(self) -> None:
        """
        Several files come as one with the sound of all, but not without bounds.
        """
        names = ",".join(["greeting.wav"] * 25)
        response = self.ask("GET", f"/v1/prompts/{names}")
        with wave.open(BytesIO(response.whole)) as whole:
            form = whole.getframerate(), whole.getnchannels(), whole.getsampwidth()
            self.assertEqual(form, (16000, 1, 2))
            self.assertEqual(whole.getnframes(), 25 * 1600)
        response = self.ask("GET", "/v1/prompts/long.wav,long.wav")
        self.assertEqual(response.code, 404)

    def test_files(self) -> None:
        """
        Files of the flow are served; nothing else is.
        """
        response = self.ask("GET", "/v1/prompts/greeting.wav")
        self.assertEqual(response.whole, self.prompt)
        self.assertEqual(response.whole[-100:], self.prompt[-100:])
        for name in (
            "other.wav",
            "greeting.wav,other.wav",
            "greeting.wav,",
            "..%2Fgreeting.wav",
            "%2e%2e/ivr.toml",
        ):
            self.assertEqual(self.ask("GET", f"/v1/prompts/{name}").code, 404)
        self.assertEqual(self.ask("GET", "/").code, 404)


class OperationsTests(SiteTestCase):
    """
    For probes.
    """

    def make_root(self) -> Resource:
        self.desk = cast(Any, Desk())
        self.recorded: list[Recorded] = []
        registry = CollectorRegistry()
        root: Resource = Operations(CallBook(1), self.desk, registry).app.resource()
        return root

    def test_probes(self) -> None:
        """
        Live is always; ready is not while draining.
        """
        self.assertEqual(self.ask("GET", "/health/live").code, 200)
        self.assertEqual(self.ask("GET", "/health/ready").code, 200)
        self.desk.running = 0
        self.assertEqual(self.ask("GET", "/health/ready").code, 503)
        self.assertEqual(self.ask("GET", "/health/live").code, 200)
        self.assertEqual(self.ask("GET", "/v1/calls/none").code, 404)
        self.assertEqual(self.ask("GET", "/metrics").code, 200)
