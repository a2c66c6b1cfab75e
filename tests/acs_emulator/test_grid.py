"""
Event Grid from end to end, in memory: handshakes, deliveries, failures.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.error import ConnectionRefusedError as Refused, DNSLookupError

from .grid_support import GridTestCase
from .support import LINE


class HandshakeTests(GridTestCase):
    """
    Subscriptions are made, changed and deleted.
    """

    def validation_url(self, index: int = -1) -> str:
        request = self.app.of("/app", "SubscriptionValidation")[index]
        url = urlsplit(json.loads(request.body)[0]["data"]["validationUrl"])
        self.assertEqual(url.netloc, "127.0.0.1:8480")
        return f"{url.path}?{url.query}"

    def fetch(self, target: str) -> int:
        # The answer is a text, not JSON.
        with_status = self.successResultOf(
            self.agent.request(b"GET", f"http://emulator.example{target}".encode())
        )
        code: int = with_status.code
        return code

    def test_created_and_updated(self) -> None:
        """
        201 for a new one, 200 for a change; a handshake each time.
        """
        active = {"name": "app", "state": "active"}
        self.assertEqual(self.put("app"), (201, active))
        self.assertEqual(self.put("app", max_delivery_attempts=2), (200, active))
        self.assertEqual(len(self.app.of("/app", "SubscriptionValidation")), 2)
        _, shown = self.control("GET", "/subscriptions/APP")
        self.assertEqual(shown["max_delivery_attempts"], 2)
        self.assertEqual(shown["provisioning_state"], "Succeeded")
        self.assertEqual(self.control("GET", "/subscriptions/other")[0], 404)

    def test_refused(self) -> None:
        """
        A subscription that Azure would refuse is refused with all reasons.
        """
        one = {"key": "to.kind", "operator": "StringIn", "values": ["phoneNumber"]}
        status, body = self.put("app", filters=[one], event_ttl_minutes=0)
        self.assertEqual(status, 400)
        self.assertIn("data.to.kind if meant", body["error"])
        self.assertIn("event_ttl_minutes", body["error"])
        self.assertEqual(self.app.requests, [])

    def test_manual(self) -> None:
        """
        An endpoint that answers 200 without the code gets nothing until its
        C{validationUrl} is fetched; that works once.
        """
        self.app.handshake = "silent"
        status, body = self.put("app")
        self.assertEqual((status, body["state"]), (202, "awaiting"))
        self.assertIn("validationUrl", body["why"])
        _, shown = self.control("GET", "/subscriptions/app")
        self.assertEqual(shown["provisioning_state"], "AwaitingManualAction")
        self.assertEqual(self.control("POST", "/calls", self.a_call())[0], 409)
        self.advance(299)
        self.assertEqual(self.fetch(self.validation_url()), 200)
        _, shown = self.control("GET", "/subscriptions/app")
        self.assertEqual(shown["provisioning_state"], "Succeeded")
        self.assertEqual(self.control("POST", "/calls", self.a_call())[0], 201)
        self.assertEqual(self.fetch(self.validation_url()), 404)

    def a_call(self) -> dict[str, Any]:
        return {"from": "+14255550123", "to": LINE}

    def test_manual_too_late(self) -> None:
        """
        After five minutes nobody waits any more.
        """
        self.app.handshake = "silent"
        self.put("app")
        self.advance(301)
        self.assertEqual(self.fetch(self.validation_url()), 404)
        _, shown = self.control("GET", "/subscriptions/app")
        self.assertEqual(shown["provisioning_state"], "Failed")
        self.assertNoTimers()

    def test_update_awaits(self) -> None:
        """
        While a change waits for its handshake, events go where they went.
        """
        self.put("app")
        self.app.handshake = "silent"
        body = {"endpoint": "http://app.example/elsewhere"}
        self.assertEqual(self.control("PUT", "/subscriptions/app", body)[0], 202)
        self.place()
        self.assertEqual(len(self.app.of("/app")), 1)
        self.assertEqual(self.app.of("/elsewhere"), [])

    def test_update_moves(self) -> None:
        """
        After a change all goes to the new endpoint, what is tried again too.
        """
        self.put("app")
        self.app.statuses["/app"] = 500
        self.place()
        self.put("app", endpoint="http://app.example/elsewhere")
        self.place()
        self.advance(11)
        self.assertEqual(len(self.app.of("/app")), 1)
        first, second = (event["id"] for event in self.events())
        self.assertEqual(self.app.ids("/elsewhere"), [[second], [first]])

    def test_deleted(self) -> None:
        """
        The endpoint is told that its subscription is deleted, and gets no
        event that was on its way.
        """
        self.put("app", headers={"secret": "s"})
        self.app.statuses["/app"] = 500
        self.place()
        self.control("DELETE", "/subscriptions/app")
        (told,) = self.app.of("/app", "SubscriptionDeletion")
        (event,) = json.loads(told.body)
        self.assertEqual(
            event["eventType"], "Microsoft.EventGrid.SubscriptionDeletedEvent"
        )
        self.assertEqual(told.headers["secret"], "s")
        self.advance(20)
        self.assertEqual(len(self.app.of("/app")), 1)
        self.assertEqual(self.delivery()["state"], "dropped")

    def test_deleted_while_awaiting(self) -> None:
        """
        One that never was active goes without a word.
        """
        self.app.handshake = "silent"
        self.put("app")
        self.assertEqual(self.control("DELETE", "/subscriptions/app")[0], 200)
        self.assertEqual(self.fetch(self.validation_url()), 200)
        self.assertEqual(self.control("POST", "/calls", self.a_call())[0], 409)
        self.assertEqual(self.app.of("/app", "SubscriptionDeletion"), [])


class DeliveryTests(GridTestCase):
    """
    Events that arrive, at once or later.
    """

    def test_headers(self) -> None:
        """
        All headers of a delivery, in both schemas.
        """
        self.put("grid", headers={"asapp-api-id": "me"})
        self.put("cloud", schema="CloudEventSchemaV1_0")
        self.place()
        grid, cloud = self.app.of("/grid")[0], self.app.of("/cloud")[0]
        (event,) = json.loads(grid.body)
        common = {"aeg-event-type": "Notification", "aeg-delivery-count": "0"}
        for name, value in {
            **common,
            "aeg-subscription-name": "GRID",
            "aeg-output-event-id": event["id"],
            "aeg-metadata-version": "1",
            "aeg-data-version": "1.0",
            "asapp-api-id": "me",
            "content-type": "application/json; charset=utf-8",
        }.items():
            self.assertEqual(grid.headers[name], value)
        for name, value in {
            **common,
            "aeg-subscription-name": "CLOUD",
            "aeg-output-event-id": event["id"],
            "aeg-metadata-version": "1.0",
            "origin": "eventgrid.azure.net",
            "content-type": "application/cloudevents+json; charset=utf-8",
        }.items():
            self.assertEqual(cloud.headers[name], value)
        self.assertEqual(json.loads(cloud.body)["id"], event["id"])
        self.assertEqual(len(self.app.of("/cloud", "OPTIONS")), 1)

    def test_parsed_by_the_sdk(self) -> None:
        """
        Azure's own classes read what is delivered.
        """
        try:
            from azure.eventgrid import EventGridEvent
        except ImportError:
            self.skipTest("azure-eventgrid is not installed")
        self.put("app")
        self.place()
        (event,) = json.loads(self.app.of("/app")[0].body)
        parsed: Any = EventGridEvent.from_dict(event)
        self.assertEqual(parsed.event_type, "Microsoft.Communication.IncomingCall")
        self.assertEqual(parsed.data["to"]["rawId"], f"4:{LINE}")
        self.control("DELETE", "/subscriptions/app")
        for kind in ("SubscriptionValidation", "SubscriptionDeletion"):
            (event,) = json.loads(self.app.of("/app", kind)[0].body)
            EventGridEvent.from_dict(event)

    def test_several(self) -> None:
        """
        Each subscription that matches gets the event, under the same id.
        """
        for name in ("one", "two"):
            self.put(name, endpoint="http://app.example/both")
        self.place()
        (first,), (second,) = self.app.ids("/both")
        self.assertEqual(first, second)
        names = [d["subscription"] for d in self.events()[0]["deliveries"]]
        self.assertEqual(names, ["one", "two"])

    def test_record(self) -> None:
        """
        Each attempt can be read, with its answer and when the next is due.
        """
        self.put("app")
        self.app.statuses["/app"] = 503
        call_id = self.place()
        found = self.delivery()
        self.assertEqual(found["state"], "pending")
        (attempt,) = found["attempts"]
        self.assertEqual((attempt["status"], attempt["outcome"]), (503, "Busy"))
        self.assertEqual((attempt["answer"], attempt["seconds"]), ("hello", 0))
        wait = found["next_attempt_at"] - self.reactor.seconds()
        self.assertTrue(30 < wait < 33, wait)
        self.app.statuses.clear()
        self.advance(33)
        found = self.delivery()
        self.assertEqual(found["state"], "delivered")
        self.assertEqual([a["status"] for a in found["attempts"]], [503, 200])
        self.assertIsNone(found["next_attempt_at"])
        (event,) = self.events()
        self.assertEqual(self.control("GET", f"/events/{event['id']}"), (200, event))
        self.assertEqual(self.control("GET", "/events/none")[0], 404)
        self.assertEqual(self.call(call_id)["correlation_id"], event["correlation_id"])
        target = f"/emulator/events?correlation_id={event['correlation_id']}"
        self.assertEqual(len(self.http("GET", target, b"", {})[1]["events"]), 1)
        target = "/emulator/events?correlation_id=other"
        self.assertEqual(self.http("GET", target, b"", {})[1]["events"], [])

    def test_no_answer(self) -> None:
        """
        No connection, no name, no answer in 30 seconds: each has its word, and
        all are tried again.
        """
        self.put("app")
        for error, outcome, seconds in (
            (Refused(), "SocketError", 0.0),
            (DNSLookupError(), "ResolutionError", 0.0),
            (None, "TimedOut", 30.0),
        ):
            self.app.failing["/app"] = error
            self.place()
            self.advance(seconds + 0.1)
            (attempt,) = self.delivery(-1)["attempts"]
            self.assertEqual(attempt["outcome"], outcome)
            self.assertIsNone(attempt["status"])
            self.assertApproximates(attempt["seconds"], seconds, 0.02)
            self.app.failing.clear()
            self.advance(11)
            self.assertEqual(self.delivery(-1)["state"], "delivered")

    def test_unwritten_dead_letter(self) -> None:
        """
        A directory that cannot be written is told in the story.
        """
        folder = Path(self.mktemp())
        folder.write_text("a file")
        self.put("app", dead_letter=str(folder))
        self.app.statuses["/app"] = 400
        call_id = self.place()
        self.advance(301)
        self.assertEqual(self.delivery()["state"], "given_up")
        self.assertIn("not dead-lettered", self.call(call_id)["story"][-1]["text"])


class CompressedTests(GridTestCase):
    """
    Event Grid a hundred times as fast, without chance.
    """

    document = {"event_grid": {"speed": 100, "jitter": 0, "probation_after": 30}}

    def test_schedule(self) -> None:
        """
        Attempts come after 10 s, 30 s, 1 min, 5 min, ... until there were as
        many as wanted.
        """
        self.put("app", max_delivery_attempts=6)
        self.app.statuses["/app"] = 500
        self.place()
        self.advance(20)
        attempts = self.delivery()["attempts"]
        moments = [attempt["at"] for attempt in attempts]
        self.assertEqual(len(moments), 6)
        planned = (10, 30, 60, 300, 600)
        for (a, b), seconds in zip(pairwise(moments), planned, strict=True):
            # Time moves in steps of a hundredth: a second, here.
            self.assertApproximates((b - a) * 100, seconds, 1.5)
        self.assertEqual(self.delivery()["state"], "given_up")
        self.assertEqual(self.delivery()["reason"], "MaxDeliveryAttemptsExceeded")
        counts = [r.headers["aeg-delivery-count"] for r in self.app.of("/app")]
        self.assertEqual(counts, ["0", "1", "2", "3", "4", "5"])

    def test_time_to_live(self) -> None:
        """
        An event that would be tried after its time is given up.
        """
        self.put("app", event_ttl_minutes=1)
        self.app.statuses["/app"] = 500
        self.place()
        self.advance(10)
        self.assertEqual(len(self.delivery()["attempts"]), 3)
        self.assertEqual(self.delivery()["reason"], "TimeToLiveExceeded")

    def test_dead_letter(self) -> None:
        """
        What was given up is written as a file, five minutes later.
        """
        folder = Path(self.mktemp())
        self.put("app", dead_letter=str(folder))
        self.app.statuses["/app"] = 401
        call_id = self.place()
        self.advance(2.9)
        self.assertEqual(self.delivery()["state"], "given_up")
        self.assertFalse(folder.exists())
        self.advance(0.2)
        found = self.delivery()
        self.assertEqual(found["state"], "dead_lettered")
        (event,) = json.loads(Path(found["dead_letter"]).read_bytes())
        self.assertEqual(event["id"], self.events()[0]["id"])
        self.assertEqual(event["deadLetterReason"], "Undeliverable due to client error")
        self.assertEqual(event["lastDeliveryOutcome"], "Unauthorized")
        self.assertEqual(event["deliveryAttempts"], 1)
        self.assertTrue(found["dead_letter"].startswith(f"{folder}/APP/2025/6/15/15/"))
        self.assertIn("dead_lettered", self.words(call_id))


class ProbationTests(GridTestCase):
    """
    An endpoint that fails twice in a row is on probation.
    """

    document = {"event_grid": {"probation_after": 2, "jitter": 0}}

    def test_unauthorized(self) -> None:
        """
        Two 401 keep all later calls waiting for five minutes, those of another
        subscription with the same endpoint among them.
        """
        self.put("app")
        self.put("same", endpoint="http://app.example/app")
        self.app.statuses["/app"] = 401
        self.place()
        self.app.statuses.clear()
        call_id = self.place()
        self.assertEqual(len(self.app.of("/app")), 2)
        self.assertEqual(self.words(call_id), ["rang", "delayed", "delayed"])
        self.assertIn("(Unauthorized)", self.call(call_id)["story"][1]["text"])
        until = self.delivery(1)["next_attempt_at"]
        self.assertEqual(until, self.reactor.seconds() + 300)
        self.advance(299.9)
        self.assertEqual(len(self.app.of("/app")), 2)
        self.advance(0.2)
        self.assertEqual(len(self.app.of("/app")), 4)
        self.assertEqual(self.delivery(1)["state"], "delivered")
        self.assertEqual(self.delivery(0)["state"], "given_up")

    def test_gives_up_meanwhile(self) -> None:
        """
        What lives shorter than the probation is not even tried.
        """
        self.put("app", event_ttl_minutes=4)
        self.app.statuses["/app"] = 401
        self.place()
        self.place()
        call_id = self.place()
        found = self.delivery(2)
        self.assertEqual((found["state"], found["attempts"]), ("given_up", []))
        self.assertEqual(found["reason"], "TimeToLiveExceeded")
        self.assertEqual(self.words(call_id), ["rang", "refused"])

    def test_new_handshake(self) -> None:
        """
        Who passes a handshake is off probation, and gets what has waited.
        """
        for most in (1, 2):
            self.put("app", max_events_per_batch=most)
            self.app.statuses["/app"] = 401
            for _ in range(3):
                self.place()
                self.advance(0.1)
            self.assertEqual(self.delivery(-1)["state"], "pending")
            self.app.statuses.clear()
            self.put("app", max_events_per_batch=most)
            self.advance(0.1)
            self.assertEqual(self.delivery(-1)["state"], "delivered")

    def test_stops(self) -> None:
        """
        An emulator that stops waits for nothing.
        """
        self.put("app")
        self.app.statuses["/app"] = 401
        for _ in range(3):
            self.place()
        self.successResultOf(self.emulator.service.stopService())
        self.assertNoTimers()


class BatchTests(GridTestCase):
    """
    Output batching.
    """

    document = {"event_grid": {"jitter": 0}}

    def test_batches(self) -> None:
        """
        What comes while a request is on its way goes together in the next one,
        up to the number that is wanted, and fails together.
        """
        self.put("app", max_events_per_batch=2, preferred_batch_size_in_kilobytes=64)
        self.app.failing["/app"] = None
        self.place()
        self.advance(0.1)
        for _ in range(3):
            self.place()
        self.app.failing.clear()
        self.app.statuses["/app"] = 500
        self.advance(30)
        ids = [event["id"] for event in self.events()]
        self.assertEqual(self.app.ids("/app"), [ids[1:3], ids[3:]])
        self.app.statuses.clear()
        self.advance(11)
        self.assertEqual(self.app.ids("/app")[2:], [ids[:2], ids[2:]])
        states = [event["deliveries"][0]["state"] for event in self.events()]
        self.assertEqual(states, ["delivered"] * 4)

    def test_size(self) -> None:
        """
        A batch stays below the size that is wanted.
        """
        self.put("app", max_events_per_batch=9, preferred_batch_size_in_kilobytes=17)
        for _ in range(3):
            self.place()
        self.advance(0.1)
        self.assertEqual([len(batch) for batch in self.app.ids("/app")], [2, 1])
