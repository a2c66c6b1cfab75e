"""
Tests for faults on order: the rules, and each fault on the wire.
"""

from __future__ import annotations

from typing import Any

import jwt
from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.errors import BadFault
from acs_emulator.model.call_index import Party
from acs_emulator.model.fault_checks import ACTIONS
from acs_emulator.model.faults import FaultBook, parse_fault

from .support import CALLER, LINE, EmulatorTestCase, private_key

PARTY = Party(correlation_id="c", caller="4:+1", callee="8:acs:a_b", number=2)


class BookTests(SynchronousTestCase):
    """
    Tests for L{FaultBook} and L{parse_fault}.
    """

    def strike(self, given: dict[str, Any], on: str, name: str) -> dict[str, Any]:
        book = FaultBook()
        book.order(parse_fault(given))
        return book.strike(on, PARTY, name)

    def test_match(self) -> None:
        """
        A fault strikes where all attributes meet: without case, prefixes with
        C{*}, the number of the call.
        """
        do = {"lose": True}
        for match, expected in (
            ({}, do),
            ({"kind": "callconnected"}, do),
            ({"kind": "Call*", "from": "+1", "call": 1}, do),
            ({"to": "8:acs:*"}, do),
            ({"correlation_id": "d"}, {}),
            ({"call": 2}, {}),
            ({"from": "+1", "kind": "Play*"}, {}),
        ):
            given = {"on": "callback", "match": match, "do": do}
            self.assertEqual(self.strike(given, "callback", "CallConnected"), expected)
        given = {"on": "callback", "do": do}
        self.assertEqual(self.strike(given, "event", "CallConnected"), {})

    def test_times(self) -> None:
        """
        A fault strikes as often as ordered, then the next one like it does;
        one may strike always.
        """
        book = FaultBook()
        book.order(parse_fault({"on": "rest", "do": {"status": 503}, "times": 2}))
        book.order(parse_fault({"on": "rest", "do": {"status": 429}}))
        book.order(parse_fault({"on": "rest", "do": {"delay": 1}, "times": "always"}))
        struck = [book.strike("rest", PARTY, "answer") for _ in range(4)]
        self.assertEqual([f.get("status") for f in struck], [503, 503, 429, None])
        self.assertEqual([f["delay"] for f in struck], [1, 1, 1, 1])
        self.assertEqual([f["struck"] for f in book.body()], [2, 1, 4])

    def test_nth_call(self) -> None:
        """
        C{call} counts the calls that meet all else, from the order on.
        """
        book = FaultBook()
        match = {"from": "+1", "call": 2}
        order = {"on": "rest", "do": {"status": 500}, "match": match}
        book.order(parse_fault({**order, "times": "always"}))
        struck = []
        for caller, number in (("+1", 7), ("+2", 8), ("+1", 9), ("+1", 7), ("+1", 9)):
            party = Party(correlation_id="c", caller=f"4:{caller}", number=number)
            struck.append(bool(book.strike("rest", party, "get")))
        self.assertEqual(struck, [False, False, True, False, True])

    def test_problems(self) -> None:
        """
        Everything that is wrong with an order is said at once.
        """
        with self.assertRaises(BadFault) as raised:
            parse_fault(
                {
                    "on": "media",
                    "match": {"form": "x", "call": 0},
                    "do": {"status": 400, "delay": -1},
                    "times": 0,
                    "x": 1,
                }
            )
        self.assertEqual(len(raised.exception.problems), 6)
        bad: object
        for bad in ({"on": "x", "do": {}}, {"on": "rest"}, 1, {"on": "rest", "do": 1}):
            with self.assertRaises(BadFault):
                parse_fault(bad)

    def test_every_action_is_checked(self) -> None:
        """
        No action takes a value of the wrong kind.
        """
        for on, actions in ACTIONS.items():
            for name in actions:
                with self.assertRaises(BadFault):
                    parse_fault({"on": on, "do": {name: "nonsense"}})


class FaultTestCase(EmulatorTestCase):
    """
    A call with a fault.
    """

    def order(self, on: str, do: dict[str, Any], **order: Any) -> str:
        status, body = self.control("POST", "/faults", {"on": on, "do": do, **order})
        self.assertEqual(status, 201, body)
        return str(body["id"])

    def ring(self) -> str:
        self.subscribe()
        call_id = self.place()
        self.pump()
        return call_id

    def answered(self) -> str:
        call_id = self.ring()
        self.answer(self.app.incoming[0]["incomingCallContext"])
        return call_id

    def request_later(self, method: str, path: str, body: Any = None) -> Any:
        """
        As L{EmulatorTestCase.rest}, for what is not answered at once.
        """
        found: list[Any] = []
        original = self.successResultOf

        def keep(deferred: Any) -> Any:
            deferred.addBoth(found.append)
            raise _NotYet

        self.successResultOf = keep  # type: ignore[method-assign]
        try:
            self.rest(method, path, body)
        except _NotYet:
            pass
        finally:
            self.successResultOf = original  # type: ignore[method-assign]
        return found


class _NotYet(Exception):
    """
    The answer is still to come.
    """


class ControlTests(FaultTestCase):
    """
    Tests for the control API of faults.
    """

    def test_life(self) -> None:
        """
        Faults are ordered, listed and taken back.
        """
        first = self.order("rest", {"status": 503, "retry_after": 2})
        self.order("media", {"refuse": True}, times="always", match={"call": 1})
        listed = self.control("GET", "/faults")[1]["faults"]
        self.assertEqual([f["on"] for f in listed], ["rest", "media"])
        self.assertEqual(self.control("DELETE", f"/faults/{first}")[0], 200)
        self.assertEqual(self.control("DELETE", f"/faults/{first}")[0], 404)
        self.assertEqual(self.control("DELETE", "/faults"), (200, {"faults": []}))
        self.assertEqual(self.control("POST", "/faults", {"on": "x"})[0], 400)


class RestFaultTests(FaultTestCase):
    """
    Faults of the REST API.
    """

    def test_status(self) -> None:
        """
        A request is refused as ordered, and nothing is done.
        """
        call_id = self.ring()
        self.order(
            "rest",
            {"status": 503, "retry_after": 3},
            match={"operation": "answer", "from": CALLER},
        )
        body = self.answer_body(self.app.incoming[0]["incomingCallContext"])
        status, answer = self.rest("POST", "/callConnections:answer", body)
        self.assertEqual((status, answer["error"]["code"]), (503, "ServiceUnavailable"))
        self.assertEqual(self.call(call_id)["state"], "ringing")
        self.assertEqual(self.rest("POST", "/callConnections:answer", body)[0], 200)

    def test_delay(self) -> None:
        """
        C{delay} waits before acting, C{delay_answer} after it.
        """
        call_id = self.ring()
        body = self.answer_body(self.app.incoming[0]["incomingCallContext"])
        self.order("rest", {"delay": 2, "delay_answer": 3})
        found = self.request_later("POST", "/callConnections:answer", body)
        self.assertNotIn("answered", self.words(call_id))
        self.advance(2.5)
        self.assertIn("answered", self.words(call_id))
        self.assertEqual(found, [])
        self.advance(3)
        self.agent.flush()
        self.assertEqual(found[0].code, 200)

    def test_lost_answer(self) -> None:
        """
        The request is acted upon, and the connection is cut in place of an
        answer.
        """
        call_id = self.ring()
        body = self.answer_body(self.app.incoming[0]["incomingCallContext"])
        self.order("rest", {"lose_answer": True})
        self.request_later("POST", "/callConnections:answer", body)
        self.assertIn("answered", self.words(call_id))
        journal = self.control("GET", f"/calls/{call_id}/journal")[1]["entries"]
        self.assertIn("the answer 200 is lost", [e["what"] for e in journal])

    def test_no_answer(self) -> None:
        """
        The request is neither acted upon nor answered.
        """
        call_id = self.ring()
        body = self.answer_body(self.app.incoming[0]["incomingCallContext"])
        self.order("rest", {"no_answer": True})
        found = self.request_later("POST", "/callConnections:answer", body)
        self.advance(5)
        self.assertEqual(found, [])
        self.assertNotIn("answered", self.words(call_id))

    def test_clock_skew(self) -> None:
        """
        A service whose clock is wrong refuses a signature that is right.
        """
        self.ring()
        body = self.answer_body(self.app.incoming[0]["incomingCallContext"])
        self.order("rest", {"clock_skew": -1200})
        status, answer = self.rest("POST", "/callConnections:answer", body)
        self.assertEqual((status, answer["error"]["code"]), (401, "Denied"))


class PostFaultTests(FaultTestCase):
    """
    Faults of events and callbacks.
    """

    def test_lost(self) -> None:
        """
        A lost callback does not arrive, and the service does not know it.
        """
        self.order("callback", {"lose": True}, match={"kind": "CallConnected"})
        call_id = self.answered()
        self.advance(1)
        self.assertNotIn("CallConnected", self.app.callback_kinds)
        self.assertIn("ParticipantsUpdated", self.app.callback_kinds)
        self.assertEqual(self.call(call_id)["counters"]["callbacks_failed"], 0)

    def test_duplicated(self) -> None:
        """
        A duplicated event arrives twice, with the same id.
        """
        self.order("event", {"duplicate": 1})
        self.ring()
        first, second = self.app.requests[-2:]
        self.assertEqual(first.body, second.body)
        self.assertEqual(len(self.app.incoming), 2)

    def test_delayed(self) -> None:
        """
        A delayed event arrives later.
        """
        self.order("event", {"delay": 4}, match={"subscription": "app"})
        self.ring()
        self.advance(3.5)
        self.assertEqual(self.app.incoming, [])
        self.advance(1)
        self.assertEqual(len(self.app.incoming), 1)

    def test_shuffled(self) -> None:
        """
        A callback that is held arrives after the next one of its call, or after
        a while if there is none.
        """
        self.order("callback", {"hold_for": 1}, match={"kind": "CallConnected"})
        self.order("callback", {"hold_for": 9}, match={"kind": "MediaStreamingS*"})
        self.answered()
        self.advance(1)
        self.assertEqual(
            self.app.callback_kinds, ["ParticipantsUpdated", "CallConnected"]
        )
        self.advance(10)
        self.assertEqual(self.app.callback_kinds[-1], "MediaStreamingStarted")

    def claims(self) -> dict[str, Any]:
        """
        Of the first callback's token, unchecked.
        """
        request = next(r for r in self.app.requests if r.path == "/cb")
        token = request.headers["authorization"].removeprefix("Bearer ")
        return dict(jwt.decode(token, options={"verify_signature": False}))

    def test_tokens(self) -> None:
        """
        Tokens are spoiled in exactly the way that was ordered.
        """
        self.order("callback", {"token": "expired"}, match={"call": 1})
        self.answered()
        self.advance(0.5)
        self.assertLess(self.claims()["exp"], self.reactor.seconds())

    def test_wrong_audience(self) -> None:
        """
        The token is for another resource.
        """
        self.order("callback", {"token": "wrong_audience"})
        self.answered()
        self.advance(0.5)
        self.assertTrue(self.claims()["aud"].endswith("dead"))

    def test_wrong_issuer(self) -> None:
        """
        The token is from another issuer.
        """
        self.order("callback", {"token": "wrong_issuer"})
        self.answered()
        self.advance(0.5)
        self.assertEqual(self.claims()["iss"], "https://somebody-else.invalid")

    def test_no_token(self) -> None:
        """
        The callback comes without a token.
        """
        self.order("callback", {"token": "none"})
        self.answered()
        self.advance(0.5)
        request = next(r for r in self.app.requests if r.path == "/cb")
        self.assertNotIn("authorization", request.headers)

    def test_wrong_key(self) -> None:
        """
        The signature is not of a published key.
        """
        self.order("callback", {"token": "wrong_key"})
        self.answered()
        self.advance(0.5)
        request = next(r for r in self.app.requests if r.path == "/cb")
        token = request.headers["authorization"].removeprefix("Bearer ")
        with self.assertRaises(jwt.InvalidSignatureError):
            jwt.decode(
                token,
                private_key().public_key(),
                algorithms=["RS256"],
                options={"verify_aud": False, "verify_exp": False, "verify_nbf": False},
            )

    def test_skewed(self) -> None:
        """
        The service's clock is an hour ahead.
        """
        self.order("callback", {"clock_skew": 3600})
        self.answered()
        self.advance(0.5)
        self.assertGreater(self.claims()["nbf"], self.reactor.seconds() + 3000)

    def test_rotation(self) -> None:
        """
        Keys change in mid-call: tokens and published keys go together.
        """
        before = self.http("GET", "/calling/keys", b"", {})[1]["keys"][0]["kid"]
        self.order("callback", {"rotate_keys": True})
        self.answered()
        self.advance(0.5)
        after = self.http("GET", "/calling/keys", b"", {})[1]["keys"][0]["kid"]
        self.assertNotEqual(before, after)
        request = next(r for r in self.app.requests if r.path == "/cb")
        token = request.headers["authorization"].removeprefix("Bearer ")
        self.assertEqual(jwt.get_unverified_header(token)["kid"], after)


class MediaFaultTests(FaultTestCase):
    """
    Faults of media streams.
    """

    def test_refused(self) -> None:
        """
        A refused stream fails like one that the application refuses.
        """
        self.order("media", {"refuse": True}, match={"to": LINE})
        call_id = self.answered()
        self.advance(1)
        self.assertIn("media_lost", self.words(call_id))
        self.assertIn("MediaStreamingFailed", self.app.callback_kinds)
        self.assertEqual(self.app.media, [])

    def test_delayed(self) -> None:
        """
        A delayed stream opens later.
        """
        self.order("media", {"delay": 3})
        self.answered()
        self.advance(2.5)
        self.assertEqual(self.app.media, [])
        self.advance(1)
        self.assertEqual(len(self.app.media), 1)

    def test_closed_before_delay(self) -> None:
        """
        A delayed stream of a call that has ended never opens.
        """
        self.order("media", {"delay": 3})
        call_id = self.answered()
        self.advance(1)
        self.control("DELETE", f"/calls/{call_id}")
        self.advance(5)
        self.assertEqual(self.app.media, [])
        self.assertNoTimers()

    def test_dropped(self) -> None:
        """
        A dropped or reset stream ends without a closing handshake, and the call
        goes on.
        """
        for do in ({"drop_after": 1}, {"reset_after": 1}):
            self.app.media.clear()
            self.order("media", do)
            call_id = self.answered() if not self.app.incoming else self.another()
            self.advance(0.5)
            self.assertIsNone(self.app.media[0].closed)
            self.advance(1.5)
            closed = self.app.media[0].closed
            assert closed is not None
            self.assertFalse(closed[0])
            self.assertEqual(self.call(call_id)["state"], "connected")

    def another(self) -> str:
        call_id = self.place()
        self.pump()
        self.answer(self.app.incoming[-1]["incomingCallContext"])
        return call_id

    def test_half_open(self) -> None:
        """
        A half open stream takes and gives nothing more, and nobody is told.
        """
        self.order("media", {"half_open_after": 1})
        call_id = self.answered()
        self.advance(2)
        sent = len(self.app.media[0].received)
        self.advance(2)
        self.assertEqual(len(self.app.media[0].received), sent)
        self.assertIsNone(self.app.media[0].closed)
        self.assertNotIn("media_lost", self.words(call_id))
        self.control("DELETE", f"/calls/{call_id}")
        self.advance(3)
        self.assertIsNotNone(self.app.media[0].closed)
        self.assertNoTimers()

    def test_media_token(self) -> None:
        """
        A stream may come with a token that is not right.
        """
        self.order("media", {"token": "none"})
        self.answered()
        self.advance(0.5)
        self.assertNotIn("authorization", self.app.media[0].headers)
