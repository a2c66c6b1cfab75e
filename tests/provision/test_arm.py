"""
Tests for L{acsgw.provision.arm}: what an emulator does not do by itself.
"""

from __future__ import annotations

import json
from collections.abc import Coroutine
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import ResponseDone
from twisted.web.http_headers import Headers

from acsgw.errors import AzureError, NoPermission
from acsgw.provision.arm import EVENT_GRID, MAX_BODY, Arm
from acsgw.provision.arm_errors import explained

END = "https://arm.example"
PATH = "/subscriptions/s/resourceGroups/g/providers/Microsoft.EventGrid/systemTopics/t"
OPERATION = f"{END}:443/operations/1?api-version=1"


class Response:
    """
    An answer of Resource Manager's.
    """

    def __init__(self, code: int, body: Any, headers: dict[str, str]) -> None:
        self.code = code
        self.headers = Headers({name: [value] for name, value in headers.items()})
        self._body = body if isinstance(body, bytes) else json.dumps(body).encode()

    def deliverBody(self, reader: Any) -> None:
        reader.makeConnection(self)
        reader.dataReceived(self._body)
        reader.connectionLost(Failure(ResponseDone()))

    def loseConnection(self) -> None:
        """There is none."""


class Scripted:
    """
    An HTTP client whose answers are given beforehand.

    @ivar asked: method and URL of each request.
    @ivar tokens: of each request.
    """

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.asked: list[tuple[str, str]] = []
        self.tokens: list[str] = []

    def say(self, code: int, body: Any = b"", **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append(Response(code, body, named))

    def request(self, method: str, url: str, **kw: Any) -> Deferred[Any]:
        self.asked.append((method, url))
        self.tokens.append(kw["headers"]["Authorization"])
        answer = self.answers.pop(0)
        if isinstance(answer, Deferred):
            return answer
        return fail(answer) if isinstance(answer, Exception) else succeed(answer)


def state(word: str) -> dict[str, Any]:
    return {"properties": {"provisioningState": word}}


class ArmTests(SynchronousTestCase):
    """
    Requests, operations that take a while, refusals.
    """

    def setUp(self) -> None:
        self.clock = Clock()
        self.http = Scripted()
        self.told: list[str] = []
        tokens = iter(f"token-{n}" for n in range(1000))
        self.arm = Arm(
            self.http, self.clock, lambda: succeed(next(tokens)), END, self.told.append
        )

    def start(self, coroutine: Coroutine[Any, Any, Any]) -> Deferred[Any]:
        return Deferred.fromCoroutine(coroutine)

    def change(self) -> Deferred[Any]:
        return self.start(self.arm.change("PUT", PATH, {}))

    def assertFails(self, done: Deferred[Any], *parts: str) -> None:
        text = str(self.failureResultOf(done, AzureError).value)
        for part in parts:
            self.assertIn(part, text)

    def test_get(self) -> None:
        """
        A request has its version and a token that is fresh.
        """
        self.http.say(200, {"a": 1})
        got = self.successResultOf(self.start(self.arm.get(PATH, EVENT_GRID)))
        self.assertEqual(got, {"a": 1})
        self.assertEqual(
            self.http.asked, [("GET", f"{END}{PATH}?api-version=2022-06-15")]
        )
        self.assertEqual(self.http.tokens, ["Bearer token-0"])

    def test_pages(self) -> None:
        """
        A list is read to its last page; a page elsewhere would get our token, and is
        not read.
        """
        self.http.say(200, {"value": [{"n": 1}], "nextLink": f"{END}/next"})
        self.http.say(200, {"value": [{"n": 2}], "nextLink": "https://evil/next"})
        found = self.successResultOf(self.start(self.arm.all(PATH, EVENT_GRID)))
        self.assertEqual(found, [{"n": 1}, {"n": 2}])
        self.assertEqual(self.http.asked[1], ("GET", f"{END}/next"))

    def test_operation(self) -> None:
        """
        An operation is asked as often as it says, until it is over; then the
        resource is read.
        """
        self.http.say(
            201, state("Creating"), Azure_AsyncOperation=OPERATION, Retry_After="7"
        )
        done = self.change()
        self.http.say(200, {"status": "InProgress"})
        self.clock.advance(6.9)
        self.assertEqual(len(self.http.asked), 1)
        self.clock.advance(0.1)
        self.assertEqual(self.http.asked[-1], ("GET", OPERATION))
        self.http.say(200, {"status": "Succeeded"})
        self.http.say(200, state("Succeeded"))
        self.clock.advance(2)
        self.assertEqual(self.successResultOf(done), state("Succeeded"))
        self.assertEqual(len(self.http.asked), 4)

    def test_no_operation(self) -> None:
        """
        Without an operation, or with one elsewhere, the resource's own state is
        followed.
        """
        for headers in ({}, {"Azure_AsyncOperation": "https://evil/1"}):
            self.http.say(201, state("Creating"), **headers)
            self.http.say(200, state("Creating"))
            self.http.say(200, state("Succeeded"))
            done = self.change()
            self.clock.advance(2)
            self.assertEqual(self.successResultOf(done), state("Succeeded"))
        self.assertNotIn("evil", str(self.http.asked))

    def test_at_once(self) -> None:
        """
        What is done at once, or has no state at all, is not waited for.
        """
        stateless: dict[str, Any] = {"properties": {}}
        for body in (state("Succeeded"), stateless):
            self.http.say(200, body)
            self.assertEqual(self.successResultOf(self.change()), body)

    def test_operation_failed(self) -> None:
        """
        An operation that failed says why; an endpoint that could not be validated
        has its own way out.
        """
        error = {"code": "Endpoint validation", "message": "no answer"}
        self.http.say(201, state("Creating"), Azure_AsyncOperation=OPERATION)
        self.http.say(200, {"status": "Failed", "error": error})
        done = self.change()
        self.clock.advance(2)
        self.assertFails(done, "no answer", "must run", "check --online")

    def test_ends_badly(self) -> None:
        """
        A resource that ends in another state than Succeeded is a failure.
        """
        for word, part in (
            ("Failed", "provisioningState Failed"),
            ("AwaitingManualAction", "validationUrl"),
        ):
            self.http.say(200, state(word))
            self.assertFails(self.change(), "systemTopics/t: failed", part)

    def test_never_done(self) -> None:
        """
        After ten minutes an operation is given up.
        """
        self.http.say(201, state("Creating"))
        self.http.answers += [Response(200, state("Creating"), {})] * 400
        done = self.change()
        self.clock.pump([2] * 310)
        self.assertFails(done, "not done after 10 minutes")

    def test_throttled(self) -> None:
        """
        When Azure is busy we wait as long as it says, and say so; five times.
        """
        self.http.say(429, Retry_After="30")
        self.http.say(503)
        self.http.say(200, {"a": 1})
        done = self.start(self.arm.get(PATH, EVENT_GRID))
        self.clock.advance(29)
        self.assertEqual(len(self.http.asked), 1)
        self.clock.advance(1)
        self.clock.advance(5)
        self.assertEqual(self.successResultOf(done), {"a": 1})
        self.assertEqual(
            self.told,
            ["Azure says 429: waiting 30 s", "Azure says 503: waiting 5 s"],
        )
        for _ in range(5):
            self.http.say(429, {"error": {"code": "TooMany", "message": "busy"}})
        done = self.start(self.arm.get(PATH, EVENT_GRID))
        self.clock.pump([5] * 5)
        self.assertFails(done, "429 TooMany: busy")

    def test_retry_after_makes_no_sense(self) -> None:
        """
        A pause that is no number, or too long, is replaced.
        """
        for given, seconds in (("soon", 5), ("1000", 120), ("-1", 5), ("nan", 5)):
            self.http.say(503, Retry_After=given)
            self.http.say(200, {})
            done = self.start(self.arm.get(PATH, EVENT_GRID))
            self.clock.advance(seconds - 0.1)
            self.assertNoResult(done)
            self.clock.advance(0.1)
            self.successResultOf(done)

    def test_unreachable(self) -> None:
        """
        A Resource Manager that cannot be reached, or never answers, is named.
        """
        for error in (ConnectError(), DNSLookupError("arm.example")):
            self.http.answers.append(error)
            self.assertFails(self.start(self.arm.get(PATH, EVENT_GRID)), END)
        self.http.answers.append(Deferred())
        done = self.start(self.arm.get(PATH, EVENT_GRID))
        self.clock.advance(60)
        self.assertFails(done, "cannot be reached", "TimeoutError")

    def test_no_json(self) -> None:
        """
        An answer that is not JSON, no object or far too long is not taken for one.
        """
        for body in (b"<html>", b"[1]", b'{"a":' * 100_000):
            self.http.say(200, body)
            self.assertFails(self.start(self.arm.get(PATH, EVENT_GRID)), "not JSON")
        self.http.say(200, b" " * (MAX_BODY + 1))
        self.assertFails(self.start(self.arm.get(PATH, EVENT_GRID)), "TooMuch")

    def test_refusals(self) -> None:
        """
        Each refusal says the way out; a missing role is named.
        """
        acs = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Communication/x/y"
        events = f"{PATH}/eventSubscriptions/e"
        for method, path, status, code, part in (
            ("GET", acs, 401, "ExpiredAuthenticationToken", "az login"),
            ("GET", acs, 403, "AuthorizationFailed", "'Reader' on /subscriptions/s/r"),
            ("GET", PATH, 403, "x", "'EventGrid EventSubscription Reader'"),
            ("PUT", events, 403, "x", "'EventGrid EventSubscription Contributor'"),
            ("PUT", PATH, 403, "x", "'EventGrid Contributor'"),
            ("GET", acs, 404, "SubscriptionNotFound", "azure.subscription_id"),
            ("GET", acs, 404, "ResourceGroupNotFound", "azure.resource_group"),
            ("GET", acs, 404, "ResourceNotFound", "azure.communication_service"),
            ("PUT", PATH, 409, "MissingSubscriptionRegistration", "az provider"),
            ("PUT", PATH, 400, "InvalidRequest", "400 InvalidRequest: why"),
        ):
            body = json.dumps({"error": {"code": code, "message": "why"}}).encode()
            error = explained(method, path, status, body)
            self.assertIn(part, str(error))
            self.assertEqual(isinstance(error, NoPermission), status in (401, 403))
        self.assertIn("502 <html>", str(explained("GET", PATH, 502, b"<html>")))
