"""
Tests for what the emulator sends: events, callbacks, tokens.
"""

from __future__ import annotations

import json
from typing import Any

import jwt
from azure.communication.callautomation._generated import models
from azure.core.messaging import CloudEvent
from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.errors import BadSubscription, HandshakeFailed
from acs_emulator.model.delivery import delivery_request, next_attempt
from acs_emulator.model.filters import Filter
from acs_emulator.model.grid_events import envelope
from acs_emulator.model.handshake import (
    Provisioning,
    check_validation,
    validation_request,
)
from acs_emulator.model.incoming_call import Announcement
from acs_emulator.model.subscriptions import (
    Schema,
    Subscription,
    parse_subscription,
)
from acs_emulator.model.tokens import Issuer
from acs_emulator.model.wire_time import callback_time, event_grid_time, media_time

from .strict_sdk import assert_model
from .support import (
    APP,
    CALLER,
    LINE,
    OTHER_USER,
    RESOURCE,
    START,
    USER,
    EmulatorTestCase,
    private_key,
)

CALL = Announcement(
    event_id="e1",
    caller=f"4:{CALLER}",
    callee=f"4:{LINE}",
    context="ctx",
    correlation_id="corr",
    server_call_id="server",
)


def subscription(**given: Any) -> Subscription:
    return parse_subscription(
        "Gateway", {"endpoint": f"{APP}/events", **given}, insecure=True
    )


class TimeTests(SynchronousTestCase):
    """
    Tests for L{acs_emulator.model.wire_time}.
    """

    def test_forms(self) -> None:
        """
        Each service writes time in its own way.
        """
        when = 1750180831.925
        self.assertEqual(event_grid_time(when), "2025-06-17T17:20:31.9250000Z")
        self.assertEqual(callback_time(when), "2025-06-17T17:20:31.9250000+00:00")
        self.assertEqual(media_time(when), "2025-06-17T17:20:31.925Z")


class EnvelopeTests(SynchronousTestCase):
    """
    Tests for L{envelope} and L{delivery_request}.
    """

    def test_event_grid(self) -> None:
        """
        The Event Grid schema: an array, the C{aeg-*} headers, the
        subscription's own headers.
        """
        wanted = subscription(headers={"asapp-api-id": "me"})
        event = envelope(CALL, wanted.schema, "/topic", "now")
        request = delivery_request(wanted, [event], 1)
        (sent,) = json.loads(request.body)
        self.assertEqual(
            sent,
            {
                "id": "e1",
                "topic": "/topic",
                "subject": f"/caller/4:{CALLER}/recipient/4:{LINE}",
                "data": {
                    "to": {
                        "kind": "phoneNumber",
                        "rawId": f"4:{LINE}",
                        "phoneNumber": {"value": LINE},
                    },
                    "from": {
                        "kind": "phoneNumber",
                        "rawId": f"4:{CALLER}",
                        "phoneNumber": {"value": CALLER},
                    },
                    "serverCallId": "server",
                    "callerDisplayName": "",
                    "incomingCallContext": "ctx",
                    "correlationId": "corr",
                },
                "eventType": "Microsoft.Communication.IncomingCall",
                "dataVersion": "1.0",
                "metadataVersion": "1",
                "eventTime": "now",
            },
        )
        self.assertEqual(
            request.headers,
            {
                "asapp-api-id": "me",
                "Content-Type": "application/json; charset=utf-8",
                "aeg-event-type": "Notification",
                "aeg-subscription-name": "GATEWAY",
                "aeg-delivery-count": "1",
                "aeg-output-event-id": "e1",
                "aeg-metadata-version": "1",
                "aeg-data-version": "1.0",
            },
        )

    def test_cloud_event(self) -> None:
        """
        The CloudEvents schema: one object that the SDK's parser takes.
        """
        wanted = subscription(schema="CloudEventSchemaV1_0")
        event = envelope(CALL, wanted.schema, "/topic", event_grid_time(START))
        request = delivery_request(wanted, [event], 0)
        parsed: Any = CloudEvent.from_dict(json.loads(request.body))
        self.assertEqual(parsed.type, "Microsoft.Communication.IncomingCall")
        self.assertEqual(parsed.data["incomingCallContext"], "ctx")
        self.assertEqual(
            request.headers["Content-Type"],
            "application/cloudevents+json; charset=utf-8",
        )
        self.assertNotIn("aeg-data-version", request.headers)


class RetryTests(SynchronousTestCase):
    """
    Tests for L{next_attempt}.
    """

    def wait(self, status: int | None, attempt: int = 0, age: float = 0) -> Any:
        return next_attempt(subscription(), status=status, attempt=attempt, age=age)

    def test_lost(self) -> None:
        """
        Some answers are final.
        """
        for status in (400, 401, 403, 404, 413):
            self.assertIsNone(self.wait(status))

    def test_schedule(self) -> None:
        """
        Others are tried again, at growing distances.
        """
        for attempt, seconds in enumerate((10, 30, 60, 300, 600, 1800, 3600)):
            self.assertEqual(self.wait(500, attempt), seconds)
        self.assertEqual(self.wait(None, 20), 12 * 3600)

    def test_least_wait(self) -> None:
        """
        After 408 and 503 Event Grid waits longer.
        """
        self.assertEqual(self.wait(408), 120)
        self.assertEqual(self.wait(503), 30)

    def test_limits(self) -> None:
        """
        Attempts and age of an event are limited by the subscription.
        """
        few = subscription(max_delivery_attempts=2, event_ttl_minutes=1)
        for attempt, age, wait in ((0, 0, 10), (1, 0, None), (0, 51, None)):
            found = next_attempt(few, status=500, attempt=attempt, age=age)
            self.assertEqual(found, wait)


class FilterTests(SynchronousTestCase):
    """
    Tests for L{Filter} and L{Subscription.wants}.
    """

    def match(self, key: str, operator: str, *values: str) -> bool:
        event = envelope(CALL, Schema.EVENT_GRID, "/topic", "now")
        return Filter(key=key, operator=operator, values=values).matches(event)

    def test_operators(self) -> None:
        """
        Comparison ignores case, and values are alternatives.
        """
        for key, operator, values, matches in (
            ("data.to.kind", "StringIn", ["x", "PHONENUMBER"], True),
            ("DATA.To.Kind", "stringin", ["phoneNumber"], True),
            ("data.to.rawId", "StringIn", ["4:"], False),
            ("data.to.rawId", "StringBeginsWith", ["8:", "4:"], True),
            ("data.to.rawId", "StringContains", ["800555"], True),
            ("data.to.rawId", "StringContains", ["900555"], False),
            ("data.to.kind", "StringNotIn", ["phonenumber"], False),
            ("data.to.kind", "StringNotIn", ["communicationUser"], True),
            ("Subject", "StringBeginsWith", ["/caller/"], True),
            ("eventType", "StringIn", ["microsoft.communication.incomingcall"], True),
        ):
            self.assertEqual(self.match(key, operator, *values), matches, key)

    def test_missing_key(self) -> None:
        """
        A key that the event lacks, or that holds no plain value, matches only
        the negated operator.
        """
        for key in ("data.to.id", "data.customContext.x", "data.to"):
            self.assertFalse(self.match(key, "StringIn", ""))
            self.assertFalse(self.match(key, "StringContains", ""))
            self.assertTrue(self.match(key, "StringNotIn", "x"))

    def test_two_filters(self) -> None:
        """
        All filters of a subscription must match; so one that asks for the kind
        of a phone loses what is transferred to a user.
        """
        ivr = subscription(
            filters=[{"key": "data.to.kind", "operator": "StringIn", "values": ["x"]}]
        )
        self.assertFalse(ivr.wants(envelope(CALL, ivr.schema, "", "")))
        both = subscription(
            filters=[
                {
                    "key": "data.to.kind",
                    "operator": "StringIn",
                    "values": ["phoneNumber"],
                },
                {
                    "key": "data.to.rawId",
                    "operator": "StringIn",
                    "values": [OTHER_USER],
                },
            ]
        )
        self.assertFalse(both.wants(envelope(CALL, both.schema, "", "")))
        self.assertTrue(subscription().wants(envelope(CALL, ivr.schema, "", "")))


class SubscriptionTests(SynchronousTestCase):
    """
    Tests for L{parse_subscription}.
    """

    def assertBad(self, words: str, insecure: bool = True, **given: Any) -> None:
        given = {"endpoint": f"{APP}/events", **given}
        error = self.assertRaises(
            BadSubscription, parse_subscription, "app", given, insecure=insecure
        )
        self.assertIn(words, str(error))

    def test_limits(self) -> None:
        """
        What Event Grid would refuse is refused, by name.
        """
        one = {"key": "a", "operator": "StringIn", "values": ["v"]}
        self.assertBad("endpoint", endpoint="nowhere")
        self.assertBad("must be an absolute URL with https", insecure=False)
        self.assertBad("schema", schema="CustomSchema")
        self.assertBad("retries: not known", retries=3)
        self.assertBad("at most 10", headers={f"h{i}": "v" for i in range(11)})
        self.assertBad("at most 4096 bytes", headers={"h": "v" * 4097})
        self.assertBad("must not begin with aeg-", headers={"AEG-x": "v"})
        self.assertBad("headers.h: must be a text", headers={"h": "a\r\nb: c"})
        self.assertBad("at most 25 in", filters=[one] * 26)
        self.assertBad("at most 25 values", filters=[{**one, "values": ["v"] * 26}])
        self.assertBad("at most 512", filters=[{**one, "values": ["v" * 513]}])
        self.assertBad("filters[0].operator", filters=[{**one, "operator": "Like"}])
        self.assertBad("filters[0].key", filters=[{**one, "key": ""}])
        self.assertBad("max_delivery_attempts", max_delivery_attempts=31)
        self.assertBad("event_ttl_minutes", event_ttl_minutes=0)


class HandshakeTests(SynchronousTestCase):
    """
    Tests for L{validation_request} and L{check_validation}.
    """

    def request(self, **given: Any) -> Any:
        return validation_request(
            subscription(headers={"h": "v"}, **given),
            topic="/topic",
            event_id="e1",
            code="code",
            validation_url="http://me/validate?id=code",
            time="now",
        )

    def check(
        self, schema: Schema, status: int, body: Any = None, **h: str
    ) -> Provisioning:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {name.replace("_", "-"): value for name, value in h.items()}
        return check_validation(
            schema, code="code", status=status, headers=headers, body=content
        )

    def test_event_grid(self) -> None:
        """
        The Event Grid schema asks with a POST of one event, custom headers
        included.
        """
        request = self.request()
        (event,) = json.loads(request.body)
        self.assertEqual(
            event["eventType"], "Microsoft.EventGrid.SubscriptionValidationEvent"
        )
        self.assertEqual(event["data"]["validationCode"], "code")
        self.assertEqual(request.method, "POST")
        self.assertEqual(request.headers["aeg-event-type"], "SubscriptionValidation")
        self.assertEqual(request.headers["h"], "v")

    def test_event_grid_verdict(self) -> None:
        """
        Only 200 with the code opts in.
        """
        good = {"validationResponse": "code"}
        self.check(Schema.EVENT_GRID, 200, good)
        for status, body, words in (
            (202, good, "answered 202"),
            (401, {"error": "who are you"}, "who are you"),
            (200, {"validationResponse": "other"}, "another validationResponse"),
        ):
            error = self.assertRaises(
                HandshakeFailed, self.check, Schema.EVENT_GRID, status, body
            )
            self.assertIn(words, str(error))

    def test_event_grid_manual(self) -> None:
        """
        A 200 without any code leaves it to whoever reads the C{validationUrl}.
        """
        bodies: list[Any] = [[], {}, b"hello", b""]
        for body in bodies:
            self.assertEqual(
                self.check(Schema.EVENT_GRID, 200, body),
                Provisioning.AWAITING_MANUAL_ACTION,
            )
        (event,) = json.loads(self.request().body)
        self.assertEqual(event["data"]["validationUrl"], "http://me/validate?id=code")

    def test_cloud_event(self) -> None:
        """
        The CloudEvents schema asks with OPTIONS, and wants its origin allowed.
        """
        request = self.request(schema="CloudEventSchemaV1_0")
        self.assertEqual(request.method, "OPTIONS")
        self.assertEqual(
            request.headers,
            {"h": "v", "WebHook-Request-Origin": "eventgrid.azure.net"},
        )
        for origin in ("*", "EventGrid.azure.net"):
            self.check(Schema.CLOUD_EVENT, 200, webhook_allowed_origin=origin)
        for status, origin in ((405, "*"), (200, "elsewhere"), (200, "")):
            self.assertRaises(
                HandshakeFailed,
                self.check,
                Schema.CLOUD_EVENT,
                status,
                webhook_allowed_origin=origin,
            )


class TokenTests(SynchronousTestCase):
    """
    Tests for L{Issuer}.
    """

    def test_verified(self) -> None:
        """
        A token passes the check that Microsoft's docs show, with the keys that
        are published.
        """
        issuer = Issuer(
            name="http://me",
            base_url="http://me",
            audience=RESOURCE,
            key_id="k1",
            private_key=private_key(),
        )
        keys = jwt.PyJWKSet.from_dict(issuer.keys(START))
        token = issuer.token(START, 300)
        header = jwt.get_unverified_header(token)
        self.assertEqual((header["alg"], header["kid"]), ("RS256", "k1"))
        claims = jwt.decode(
            token,
            keys["k1"].key,
            algorithms=["RS256"],
            audience=RESOURCE,
            issuer="http://me",
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
        self.assertEqual(claims["exp"] - claims["nbf"], 300)
        self.assertEqual(issuer.configuration()["jwks_uri"], "http://me/calling/keys")
        self.assertNotIn("d", issuer.keys(START)["keys"][0])


class CallbackTests(EmulatorTestCase):
    """
    Every callback that the emulator sends, read by the SDK's own models.
    """

    document = {"transfer": {"fail": ["+15550000000"]}}

    def setUp(self) -> None:
        super().setUp()
        self.subscribe("line", [f"4:{LINE}"])

    def check_all(self) -> None:
        for event in self.app.callbacks:
            parsed: Any = CloudEvent.from_dict(event)
            kind = parsed.type.removeprefix("Microsoft.Communication.")
            data = dict(event["data"])
            self.assertEqual(data.pop("version"), "2026-03-12")
            self.assertEqual(data.pop("publicEventType"), parsed.type)
            source = f"calling/callConnections/{data['callConnectionId']}"
            self.assertEqual((parsed.source, parsed.subject), (source, source))
            assert_model(self, getattr(models, kind), data)

    def leg(self, index: int = 0) -> str:
        context = self.app.incoming[index]["incomingCallContext"]
        leg = str(self.answer(context)["callConnectionId"])
        self.advance(0.3)
        return leg

    def transfer(self, leg: str, **target: Any) -> None:
        path = f"/callConnections/{leg}:transferToParticipant"
        body = {"targetParticipant": target, "operationContext": "t1"}
        self.assertEqual(self.rest("POST", path, body)[0], 202)
        self.advance(0.5)

    def test_models(self) -> None:
        """
        Each kind of callback has the fields that the SDK knows, and no other.
        """
        call_id = self.place()
        leg = self.leg()
        self.transfer(leg, phoneNumber={"value": "+15550000000"})
        self.transfer(leg, communicationUser={"id": USER})
        self.app.media[0].sendClose(1000)
        self.advance(0.1)
        self.transfer(leg, phoneNumber={"value": "+14255550199"})
        self.place()
        self.answer(self.app.incoming[1]["incomingCallContext"])
        self.control("DELETE", f"/calls/{self.place()}")
        self.check_all()
        self.assertEqual(self.call(call_id)["state"], "ended")
        self.assertEqual(
            self.app.callback_kinds,
            [
                "CallConnected",
                "ParticipantsUpdated",
                "MediaStreamingStarted",
                "CallTransferFailed",
                "CallTransferFailed",
                "MediaStreamingFailed",
                "CallTransferAccepted",
                "CallDisconnected",
            ],
        )

    def test_models_of_ends(self) -> None:
        """
        So have those at the end of a call.
        """
        self.place()
        leg = self.leg()
        self.rest("DELETE", f"/callConnections/{leg}")
        second = self.place()
        self.answer(self.app.incoming[1]["incomingCallContext"])
        self.control("DELETE", f"/calls/{second}")
        self.check_all()
        self.assertEqual(
            self.app.callback_kinds[3:],
            ["CallDisconnected", "MediaStreamingStopped", "AnswerFailed"],
        )

    def test_request(self) -> None:
        """
        A callback is a POST with one event in an array and a fresh token of
        five minutes.
        """
        self.place()
        self.leg()
        request = self.app.requests[-1]
        self.assertEqual(request.method, "POST")
        self.assertEqual(
            request.headers["content-type"],
            "application/cloudevents-batch+json; charset=utf-8",
        )
        token = request.headers["authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, options={"verify_signature": False})
        self.assertEqual(claims["aud"], RESOURCE)
        self.assertEqual(claims["iss"], "http://127.0.0.1:8480")
        self.assertEqual(claims["exp"] - claims["iat"], 300)
        self.assertEqual(claims["iat"], int(self.reactor.seconds() - 0.2))
        self.assertEqual(len(json.loads(request.body)), 1)

    def test_published_keys(self) -> None:
        """
        The OpenID documents lead from the configuration to the keys.
        """
        path = "/calling/.well-known/acsopenidconfiguration"
        status, configuration = self.http("GET", path, b"", {})
        self.assertEqual(status, 200)
        self.assertEqual(
            configuration["jwks_uri"], "http://127.0.0.1:8480/calling/keys"
        )
        status, keys = self.http("GET", "/calling/keys", b"", {})
        self.assertEqual(keys["keys"][0]["kty"], "RSA")
