"""
Tests for the rules of Event Grid: values in, values out.
"""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.errors import BadSubscription
from acs_emulator.model.batches import batch_length
from acs_emulator.model.dead_letters import dead_letter, dead_letter_path
from acs_emulator.model.delivery import (
    dead_letter_reason,
    deletion_event,
    delivery_request,
    next_attempt,
    outcome_of,
)
from acs_emulator.model.filters import Filter
from acs_emulator.model.grid_events import envelope
from acs_emulator.model.incoming_call import Announcement
from acs_emulator.model.probation import Probation
from acs_emulator.model.subscriptions import (
    Schema,
    Subscription,
    parse_subscription,
)

from .support import APP, CALLER, LINE, START

CALL = Announcement(
    event_id="e1",
    caller=f"4:{CALLER}",
    callee=f"4:{LINE}",
    context="ctx",
    correlation_id="corr",
    server_call_id="server",
)
ONE = {"key": "data.to.kind", "operator": "StringIn", "values": ["phoneNumber"]}


def subscription(**given: Any) -> Subscription:
    return parse_subscription(
        "Gateway", {"endpoint": f"{APP}/events", **given}, insecure=True
    )


def event(schema: Schema = Schema.EVENT_GRID) -> Any:
    return envelope(CALL, schema, "/topic", "now")


class RefusedSubscriptionTests(SynchronousTestCase):
    """
    Tests for what L{parse_subscription} refuses.
    """

    def problems(self, name: str = "app", **given: Any) -> str:
        given = {"endpoint": f"{APP}/events", **given}
        error = self.assertRaises(
            BadSubscription, parse_subscription, name, given, insecure=True
        )
        return "\n".join(error.problems)

    def test_names(self) -> None:
        """
        Azure's names have 3 to 64 letters, digits and dashes.
        """
        for name in ("ab", "a" * 65, "a_b_c", "a b c"):
            self.assertIn("3 to 64 letters", self.problems(name))
        self.assertEqual(subscription().name, "Gateway")

    def test_headers(self) -> None:
        """
        Each header is checked by name and value; dynamic ones are not emulated.
        """
        for headers, words in (
            ({"a b": "v"}, "headers.a b: not a name"),
            ({"a": "v", "A": "w"}, "a name stands twice"),
            ({"a": "\u00e4"}, "headers.a: must be a text of one line, in ASCII"),
            ({"a": {"secret": True}}, "headers.a: must be a text"),
            ({"a": {"value": "v", "secret": "x"}}, "headers.a.secret: must be true"),
            ({"a": {"source_field": "data.x"}}, "only static headers are emulated"),
            ({f"h{i}": "v" for i in range(11)}, "at most 10"),
            ({"a": "v" * 4097}, "at most 4096 bytes"),
            ({"Aeg-Mine": "v"}, "must not begin with aeg-"),
            (["a"], "headers: must be names with values"),
        ):
            self.assertIn(words, self.problems(headers=headers))

    def test_filters(self) -> None:
        """
        Keys that no event has, operators and values that cannot be: refused
        with a way out.
        """
        for change, words in (
            ({"key": "to.kind"}, "use dataversion, eventtype, id, subject, topic, or"),
            ({"key": "to.kind"}, "data.to.kind if meant"),
            ({"key": "data"}, "data holds fields"),
            ({"key": "data..kind"}, "must be a text such as"),
            ({"key": "source"}, "is no field of the event"),
            ({"key": 3}, "must be a text such as"),
            ({"operator": "Like"}, "is not one of StringIn, "),
            ({"operator": "NumberIn"}, "not emulated"),
            ({"operator": "BoolEquals"}, "not emulated"),
            ({"operator": "IsNotNull"}, "IsNotNull takes none"),
            ({"values": []}, "must be a list of one or more texts"),
            ({"values": [3]}, "must be a list of one or more texts"),
            ({"values": ["v" * 513]}, "at most 512 characters"),
            ({"value": "x"}, "filters[0].value: not known"),
        ):
            self.assertIn(words, self.problems(filters=[{**ONE, **change}]))
        self.assertIn("at most 25 in one", self.problems(filters=[ONE] * 26))
        thirteen = [{**ONE, "values": ["v"] * 13}] * 2
        self.assertIn("at most 25 values", self.problems(filters=thirteen))
        self.assertIn("must be a list of {key", self.problems(filters="x"))
        self.assertIn("filters[0]: must be", self.problems(filters=["x"]))

    def test_cloud_event_keys(self) -> None:
        """
        Keys of the envelope are those of the subscription's schema.
        """
        schema = "CloudEventSchemaV1_0"
        for key in ("source", "type", "EventType", "specversion", "data.to.kind"):
            subscription(schema=schema, filters=[{**ONE, "key": key}])
        found = self.problems(schema=schema, filters=[{**ONE, "key": "topic"}])
        self.assertIn("is no field of the event", found)

    def test_others(self) -> None:
        """
        All other fields have their limits too.
        """
        for given, words in (
            ({"included_event_types": ["Microsoft.Storage.BlobCreated"]}, "this topic"),
            ({"included_event_types": []}, "included_event_types: must be"),
            ({"max_events_per_batch": 5001}, "from 1 to 5000"),
            ({"max_events_per_batch": True}, "from 1 to 5000"),
            ({"preferred_batch_size_in_kilobytes": 1025}, "from 1 to 1024"),
            ({"max_delivery_attempts": 31}, "from 1 to 30"),
            ({"event_ttl_minutes": 1441}, "from 1 to 1440"),
            ({"dead_letter": 3}, "dead_letter: must be a text"),
            ({"subject_begins_with": 3}, "subject_begins_with: must be a text"),
            ({"labels": []}, "labels: not known; use dead_letter, endpoint"),
        ):
            self.assertIn(words, self.problems(**given))


class WantedTests(SynchronousTestCase):
    """
    Tests for L{Subscription.wants}.
    """

    def match(self, key: str, operator: str, *values: str) -> bool:
        return Filter(key=key, operator=operator, values=values).matches(event())

    def test_more_operators(self) -> None:
        """
        The ends of texts, negations and absence; a key that is missing matches
        all negated operators.
        """
        self.assertTrue(self.match("data.to.rawId", "StringEndsWith", "0100"))
        self.assertFalse(self.match("data.to.rawId", "StringNotEndsWith", "0100"))
        self.assertFalse(self.match("data.to.rawId", "StringNotBeginsWith", "4:"))
        self.assertTrue(self.match("data.to.rawId", "StringNotContains", "x", "y"))
        self.assertFalse(self.match("data.to.rawId", "StringNotContains", "x", "80"))
        self.assertTrue(self.match("data.none", "IsNullOrUndefined"))
        self.assertFalse(self.match("data.none", "IsNotNull"))
        self.assertTrue(self.match("data.to.kind", "isnotnull"))
        for operator in ("In", "BeginsWith", "EndsWith", "Contains"):
            self.assertTrue(self.match("data.none", f"StringNot{operator}", "x"))
            self.assertFalse(self.match("data.none", f"String{operator}", "x"))

    def test_event_types(self) -> None:
        """
        Other types than those that are listed are not delivered.
        """
        kinds = ["microsoft.communication.incomingcall"]
        for schema in Schema:
            wanted = subscription(schema=schema.value, included_event_types=kinds)
            self.assertTrue(wanted.wants(event(schema)))
        kinds = ["Microsoft.Communication.CallStarted"]
        self.assertFalse(subscription(included_event_types=kinds).wants(event()))
        self.assertTrue(subscription(included_event_types=["All"]).wants(event()))

    def test_subject(self) -> None:
        """
        The subject can be filtered by its ends, in any case.
        """
        self.assertTrue(subscription(subject_begins_with="/CALLER").wants(event()))
        self.assertFalse(subscription(subject_begins_with="/recipient").wants(event()))
        self.assertTrue(subscription(subject_ends_with=LINE).wants(event()))
        self.assertFalse(subscription(subject_ends_with="/").wants(event()))

    def test_cloud_event_aliases(self) -> None:
        """
        The docs' names for attributes of CloudEvents find them.
        """
        one = {"operator": "StringIn", "values": ["e1"], "key": "EventId"}
        wanted = subscription(schema="CloudEventSchemaV1_0", filters=[one])
        self.assertTrue(wanted.wants(event(Schema.CLOUD_EVENT)))


class ShownTests(SynchronousTestCase):
    """
    Tests for L{Subscription.body}.
    """

    def test_secrets(self) -> None:
        """
        Values of headers are secret unless said otherwise; so is the query.
        """
        wanted = subscription(
            endpoint=f"{APP}/events?code=hunter2",
            headers={
                "one": "hunter2",
                "two": {"value": "shown", "secret": False},
                "three": {"value": "hunter2", "secret": True},
            },
        )
        body = wanted.body()
        self.assertEqual(
            body["headers"], {"one": "Hidden", "two": "shown", "three": "Hidden"}
        )
        self.assertEqual(wanted.headers["three"], "hunter2")
        self.assertNotIn("hunter2", json.dumps(body) + repr(wanted))


class VerdictTests(SynchronousTestCase):
    """
    Tests for L{outcome_of}, L{next_attempt} and L{dead_letter_reason}.
    """

    def test_table(self) -> None:
        """
        The whole table: delivered, never again, or again after at least so
        many seconds.
        """
        for status, outcome, wait in (
            (200, "Delivered", 10),
            (204, "Delivered", 10),
            (205, "GenericError", 10),
            (301, "GenericError", 10),
            (400, "BadRequest", None),
            (401, "Unauthorized", None),
            (403, "Forbidden", None),
            (404, "NotFound", None),
            (408, "TimedOut", 120),
            (409, "GenericError", 10),
            (413, "PayloadTooLarge", None),
            (429, "Busy", 10),
            (500, "GenericError", 10),
            (502, "GenericError", 10),
            (503, "Busy", 30),
            (504, "TimedOut", 10),
        ):
            self.assertEqual(outcome_of(status), outcome)
            found = next_attempt(subscription(), status=status, attempt=0, age=0)
            self.assertEqual(found, wait, status)

    def test_jitter(self) -> None:
        """
        Waits are longer by a share, never shorter.
        """
        found = next_attempt(subscription(), status=503, attempt=0, age=0, jitter=0.1)
        assert found is not None
        self.assertAlmostEqual(found, 33.0)

    def test_reasons(self) -> None:
        """
        Why there is no next attempt: too many, not worth it, or too late.
        """
        few = subscription(max_delivery_attempts=2)
        for status, attempts, reason in (
            (500, 2, "MaxDeliveryAttemptsExceeded"),
            (401, 1, "Undeliverable due to client error"),
            (500, 1, "TimeToLiveExceeded"),
        ):
            self.assertEqual(
                dead_letter_reason(few, status=status, attempts=attempts), reason
            )


class RequestTests(SynchronousTestCase):
    """
    Tests for L{delivery_request} and L{deletion_event}.
    """

    def test_batches(self) -> None:
        """
        More than one event: an array in both schemas; a subscription that asks
        for batches of CloudEvents gets arrays even of one.
        """
        wanted = subscription(max_events_per_batch=5)
        request = delivery_request(wanted, [event(), event()], 0)
        self.assertEqual(len(json.loads(request.body)), 2)
        self.assertNotIn("aeg-output-event-id", request.headers)
        schema = Schema.CLOUD_EVENT
        wanted = subscription(schema=schema.value, max_events_per_batch=5)
        request = delivery_request(wanted, [event(schema)], 0)
        self.assertEqual(len(json.loads(request.body)), 1)
        self.assertEqual(
            request.headers["Content-Type"],
            "application/cloudevents-batch+json; charset=utf-8",
        )

    def test_deletion(self) -> None:
        """
        The last event names the subscription, in its own schema.
        """
        for schema, name in (
            (Schema.EVENT_GRID, "eventType"),
            (Schema.CLOUD_EVENT, "type"),
        ):
            found = deletion_event(
                subscription(schema=schema.value), topic="/t", event_id="e", time="now"
            )
            self.assertEqual(
                found[name], "Microsoft.EventGrid.SubscriptionDeletedEvent"
            )
            self.assertTrue(
                found["data"]["eventSubscriptionId"].endswith(
                    "/eventSubscriptions/Gateway"
                )
            )


class ProbationTests(SynchronousTestCase):
    """
    Tests for L{Probation}.
    """

    def test_delays(self) -> None:
        """
        Each kind of failure has its delay; some have none.
        """
        for outcome, seconds in (
            ("Busy", 10),
            ("TimedOut", 10),
            ("SocketError", 30),
            ("NotFound", 300),
            ("ResolutionError", 300),
            ("Unauthorized", 300),
            ("Forbidden", 300),
            ("GenericError", 0),
            ("BadRequest", 0),
        ):
            probation = Probation(1)
            probation.note("e", outcome, START)
            self.assertEqual(probation.wait("e", START), seconds, outcome)
            self.assertEqual(probation.wait("other", START), 0)

    def test_after(self) -> None:
        """
        So many failures in a row; a success in between starts the count again.
        """
        probation = Probation(3)
        for outcome in ("Busy", "Busy", "Delivered", "Busy", "Busy"):
            probation.note("e", outcome, START)
            self.assertEqual(probation.wait("e", START), 0)
        probation.note("e", "Unauthorized", START)
        self.assertEqual(probation.wait("e", START + 100), 200)
        self.assertEqual(probation.reason("e"), "Unauthorized")
        probation.note("e", "Busy", START + 100)
        self.assertEqual(probation.wait("e", START + 100), 200)
        self.assertEqual(probation.wait("e", START + 301), 0)
        probation.forgive("e")
        self.assertEqual(probation.wait("e", START), 0)

    def test_speed(self) -> None:
        """
        Delays pass as much faster as is wanted.
        """
        probation = Probation(1, speed=60.0)
        probation.note("e", "Unauthorized", START)
        self.assertEqual(probation.wait("e", START), 5)


class BatchTests(SynchronousTestCase):
    """
    Tests for L{batch_length}.
    """

    def test_lengths(self) -> None:
        """
        The number is never exceeded, the size only by a single event.
        """
        for sizes, most, kilobytes, length in (
            ([], 5, 1, 0),
            ([10, 10, 10], 2, 1, 2),
            ([10, 10], 5, 1, 2),
            ([1000, 24, 1], 5, 1, 2),
            ([600] * 4, 2, 2, 2),
            ([5000, 10], 5, 4, 1),
            ([10, 5000], 5, 4, 1),
        ):
            found = batch_length(sizes, most=most, kilobytes=kilobytes)
            self.assertEqual(found, length, sizes)


class DeadLetterTests(SynchronousTestCase):
    """
    Tests for L{dead_letter} and L{dead_letter_path}.
    """

    def file(self, schema: Schema, last_attempt: float | None) -> Any:
        (found,) = json.loads(
            dead_letter(
                subscription(schema=schema.value),
                event(schema),
                reason="MaxDeliveryAttemptsExceeded",
                attempts=2,
                outcome="Busy",
                published=START,
                last_attempt=last_attempt,
            )
        )
        return found

    def test_event_grid(self) -> None:
        """
        The event, and why it is here.
        """
        found = self.file(Schema.EVENT_GRID, START + 10)
        self.assertEqual(found.pop("deadLetterReason"), "MaxDeliveryAttemptsExceeded")
        self.assertEqual(found.pop("deliveryAttempts"), 2)
        self.assertEqual(found.pop("lastDeliveryOutcome"), "Busy")
        self.assertEqual(found.pop("publishTime"), "2025-06-15T15:06:40.0000000Z")
        self.assertEqual(
            found.pop("lastDeliveryAttemptTime"), "2025-06-15T15:06:50.0000000Z"
        )
        self.assertEqual(found, event())

    def test_cloud_event(self) -> None:
        """
        Attributes of CloudEvents are in lower case.
        """
        found = self.file(Schema.CLOUD_EVENT, None)
        self.assertEqual(found["deadletterreason"], "MaxDeliveryAttemptsExceeded")
        self.assertNotIn("lastdeliveryattempttime", found)

    def test_path(self) -> None:
        """
        The subscription in upper case, then the hour.
        """
        self.assertEqual(
            dead_letter_path(subscription(), START, "id"),
            "GATEWAY/2025/6/15/15/id.json",
        )
