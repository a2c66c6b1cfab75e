"""
Callbacks on their way: retries, records, and keys that change.
"""

from __future__ import annotations

from typing import Any

import jwt
from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.errors import SettingsError
from acs_emulator.model.callback_log import CallbackRetries
from acs_emulator.settings import parse_settings

from .support import EmulatorTestCase


class RetryRuleTests(SynchronousTestCase):
    """
    Tests for L{CallbackRetries}.
    """

    def test_waits(self) -> None:
        """
        Each wait is twice the one before; by default there is none.
        """
        retries = CallbackRetries(count=3, wait=2.0)
        waits = [retries.next_wait(tried) for tried in (1, 2, 3, 4)]
        self.assertEqual(waits, [2.0, 4.0, 8.0, None])
        self.assertIsNone(CallbackRetries().next_wait(1))


class SettingsTests(SynchronousTestCase):
    """
    Tests for L{acs_emulator.settings_delivery}.
    """

    def test_values(self) -> None:
        """
        All settings of sending.
        """
        found = parse_settings(
            {
                "event_grid": {
                    "speed": 60,
                    "jitter": 0.5,
                    "probation_after": 3,
                    "dead_letter_delay": 1,
                },
                "callbacks": {"retries": 2, "retry_wait": 0.5},
                "tokens": {"keep_old_key": 60},
            },
            None,
        ).delivery
        pace = found.pace
        self.assertEqual((pace.speed, pace.jitter), (60.0, 0.5))
        self.assertEqual((pace.probation_after, pace.dead_letter_delay), (3, 1.0))
        self.assertEqual((found.retries.count, found.retries.wait), (2, 0.5))
        self.assertEqual(found.keep_old_key, 60.0)

    def test_problems(self) -> None:
        """
        Each is checked, and unknown ones are named.
        """
        document = {
            "event_grid": {"speed": 0.5, "jitter": "x", "probation_after": 0},
            "callbacks": {"retries": 1.5, "retry": 1},
            "tokens": {"keep": 1},
        }
        error = self.assertRaises(SettingsError, parse_settings, document, None)
        for words in (
            "event_grid.speed: 0.5 is not between 1 and 100000",
            "event_grid.jitter: 'x' is not a number",
            "event_grid.probation_after: 0 is not between 1 and 1000",
            "callbacks.retries: 1.5 is not a whole number",
            "callbacks.retry: not known",
            "tokens.keep: not known",
        ):
            self.assertIn(words, str(error))


class _Connected(EmulatorTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.subscribe()
        self.call_id = self.place()

    def connect(self) -> str:
        answered = self.answer(self.app.incoming[0]["incomingCallContext"])
        self.advance(0.11)
        return str(answered["callConnectionId"])

    def records(self, leg: str) -> list[dict[str, Any]]:
        target = f"/emulator/callbacks?call_connection_id={leg}"
        _, body = self.http("GET", target, b"", {})
        return list(body["callbacks"])


class RecordTests(_Connected):
    """
    Each callback is on record; none is repeated by default.
    """

    def test_delivered(self) -> None:
        """
        With status and time of its attempt.
        """
        leg = self.connect()
        first = self.records(leg)[0]
        self.assertEqual(first["type"], "Microsoft.Communication.CallConnected")
        self.assertEqual(first["id"], self.app.callbacks[0]["id"])
        self.assertEqual(first["call_connection_id"], leg)
        self.assertTrue(first["delivered"])
        (attempt,) = first["attempts"]
        self.assertEqual((attempt["status"], attempt["error"]), (200, None))
        self.assertApproximates(attempt["at"], self.reactor.seconds(), 0.05)
        self.assertEqual(self.records("other"), [])
        _, everything = self.control("GET", "/callbacks")
        self.assertEqual(everything["callbacks"], self.records(leg))

    def test_not_repeated(self) -> None:
        """
        What is refused is lost, and on record.
        """
        self.app.statuses["/cb"] = 500
        leg = self.connect()
        self.advance(60)
        first = self.records(leg)[0]
        self.assertFalse(first["delivered"])
        self.assertEqual([a["status"] for a in first["attempts"]], [500])
        self.assertEqual(self.app.callback_kinds.count("CallConnected"), 1)
        self.assertIn("callback_failed", self.words(self.call_id))


class RetryTests(_Connected):
    """
    Callbacks are repeated where that is wanted.
    """

    document = {"callbacks": {"retries": 2, "retry_wait": 1}}

    def tokens(self) -> list[str]:
        return [
            r.headers["authorization"] for r in self.app.requests if r.path == "/cb"
        ]

    def test_repeated(self) -> None:
        """
        The same event, with a fresh token each time, until it is taken.
        """
        self.app.statuses["/cb"] = 503
        leg = self.connect()
        self.app.statuses.clear()
        self.advance(1.1)
        same = [e for e in self.app.callbacks if "CallConnected" in e["type"]]
        self.assertEqual(len(same), 2)
        self.assertEqual(same[0], same[1])
        self.assertEqual(len(set(self.tokens())), 2)
        first = self.records(leg)[0]
        self.assertTrue(first["delivered"])
        self.assertEqual([a["status"] for a in first["attempts"]], [503, 200])
        self.assertNotIn("callback_failed", self.words(self.call_id))
        self.advance(10)
        self.assertEqual(len(self.records(leg)[0]["attempts"]), 2)

    def test_given_up(self) -> None:
        """
        After the last attempt it is lost, and only then told.
        """
        self.app.statuses["/cb"] = 503
        leg = self.connect()
        self.advance(2.8)
        self.assertNotIn("callback_failed", self.words(self.call_id))
        self.advance(0.3)
        self.assertEqual(len(self.records(leg)[0]["attempts"]), 3)
        self.assertIn("callback_failed", self.words(self.call_id))
        self.advance(60)
        self.assertEqual(len(self.records(leg)[0]["attempts"]), 3)


class KeyTests(_Connected):
    """
    The service changes its key.
    """

    document = {"tokens": {"keep_old_key": 60}}

    def published(self) -> list[str]:
        _, keys = self.http("GET", "/calling/keys", b"", {})
        return [key["kid"] for key in keys["keys"]]

    def signed_with(self, index: int) -> str:
        token = self.app.requests[index].headers["authorization"]
        kid: str = jwt.get_unverified_header(token.removeprefix("Bearer "))["kid"]
        return kid

    def test_rotate(self) -> None:
        """
        What is sent next is signed with the new key, which is published; so is
        the old one for a while.
        """
        self.connect()
        (old,) = self.published()
        self.assertEqual(self.signed_with(-1), old)
        status, answer = self.control("POST", "/keys:rotate")
        new = answer["key_id"]
        self.assertEqual((status, answer["published"]), (200, [new, old]))
        self.assertNotEqual(new, old)
        self.assertEqual(self.published(), [new, old])
        self.control("DELETE", f"/calls/{self.call_id}")
        self.pump()
        self.assertEqual(self.signed_with(-1), new)
        token = self.app.requests[-1].headers["authorization"].removeprefix("Bearer ")
        _, keys = self.http("GET", "/calling/keys", b"", {})
        self.assertEqual(len({key["n"] for key in keys["keys"]}), 2)
        jwt.decode(
            token,
            jwt.PyJWKSet.from_dict(keys)[new].key,
            algorithms=["RS256"],
            options={
                "verify_aud": False,
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
        self.advance(60.1)
        self.assertEqual(self.published(), [new])

    def test_drop(self) -> None:
        """
        The old key can be dropped at once.
        """
        _, answer = self.control("POST", "/keys:rotate", {"drop_old": True})
        self.assertEqual(self.published(), [answer["key_id"]])

    def test_refused(self) -> None:
        """
        Other words in the request are refused.
        """
        bodies: list[Any] = [{"drop": True}, {"drop_old": 1}, []]
        for body in bodies:
            self.assertEqual(self.control("POST", "/keys:rotate", body)[0], 400)
        self.assertEqual(len(self.published()), 1)
