"""
Conversations in which others than Azure are asked, or something is lost.
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

from twisted.internet.defer import Deferred, succeed
from twisted.logger import formatEvent, globalLogPublisher
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from acsgw.acs.http import Body
from ivr_sample.errors import IvrError
from ivr_sample.requests import Requests

from ..acs.test_http import Response
from ..scenarios.house import EMULATOR
from .house import GATEWAY_USER, HUMAN, IvrHouseTestCase
from .test_conversations import RIGHT

OTHERS = "http://127.0.0.1:8099"


class Others(Resource):
    """
    Answers as it is told, and remembers.
    """

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[tuple[int, bytes]] = []
        self.seen: list[tuple[str, str | None, Any]] = []
        self.silent = False

    def render(self, request: Any) -> Any:
        body = request.content.read()
        given = json.loads(body) if body else None
        key = request.getHeader("authorization")
        self.seen.append((request.path.decode(), key, given))
        if self.silent:
            return NOT_DONE_YET
        if isinstance(given, list) and "validationCode" in given[0]["data"]:
            code = given[0]["data"]["validationCode"]
            return json.dumps({"validationResponse": code}).encode()
        status, answer = self.answers.pop(0) if self.answers else (200, b"{}")
        request.setResponseCode(status)
        return answer


class OthersTestCase(IvrHouseTestCase):
    """
    A test with another party on the network.
    """

    def setUp(self) -> None:
        super().setUp()
        self.others = Others()
        self.reactor.listenTCP(8099, Site(self.others, reactor=self.reactor))


class FetchTests(OthersTestCase):
    """
    Variables that did not fit into the headers.
    """

    ivr_changes = {"gateway__origin": OTHERS, "ivr__keep_values": True}

    def back_with(self, url: str, seconds: float = 3.0) -> dict[str, Any]:
        """
        @return: the record of a leg that comes back with a C{variablesUrl}.
        """
        self.press(*RIGHT)
        self.reactor.run_for(7)
        self.go_back(HandoverKind="agent", brand="b", VariablesUrl=url)
        self.reactor.run_for(seconds)
        leg = self.legs()[-1]
        self.assertEqual(leg["kind"], "return")
        return leg

    def test_fetched(self) -> None:
        """
        They are fetched before the call is answered, and rules see them; what came
        in the headers goes first; the URL is not kept.
        """
        whole = {"intent": "billing", "brand": "else", "long": "x" * 5000}
        self.others.answers = [(200, json.dumps(whole).encode())]
        leg = self.back_with(f"{OTHERS}/v1/variables/token")
        self.assertEqual(leg["outcome"], "sent to a human")
        self.assertEqual(leg["returned"]["long"], "x" * 5000)
        self.assertEqual(leg["returned"]["brand"], "b")
        self.assertNotIn("/v1/variables", json.dumps(leg))
        self.assertEqual(
            [seen[0] for seen in self.others.seen], ["/v1/variables/token"]
        )

    def test_not_fetched(self) -> None:
        """
        Refused, nonsense or too much: the call goes on with what there is.
        """
        long = json.dumps({"x": "x" * (1 << 21)}).encode()
        deep = b"[" * 100_000
        for answer in ((404, b""), (200, b"nonsense"), (200, long), (200, deep)):
            self.others.answers = [answer]
            leg = self.back_with(f"{OTHERS}/v1/variables/token")
            self.assertEqual(leg["outcome"], "completed", answer[0])
            self.assertEqual(leg["timeline"][0]["what"], "variables missing")
            self.reactor.run_for(31)

    def test_connections(self) -> None:
        """
        A refusal is read to its end, or its connection would stay for ever.
        """
        response = Response()
        http: Any = SimpleNamespace(request=lambda *args, **kw: succeed(response))
        requests = Requests(http, self.reactor)
        done = Deferred.fromCoroutine(requests.fetch_variables(OTHERS))
        response.reader.dataReceived(b"they are not kept here")
        response.reader.connectionLost(Failure(ResponseDone()))
        self.assertIn("HTTP 404", str(self.failureResultOf(done, IvrError).value))

    def test_over_the_limit(self) -> None:
        """
        What came back by URL and is too long to go on as a header is named, nothing is
        sent, and the caller goes to the human.
        """
        whole = {"handoverKind": "else", "notes": "x" * 1025}
        self.others.answers = [(200, json.dumps(whole).encode())]
        self.press(*RIGHT)
        self.reactor.run_for(7)
        url = f"{OTHERS}/v1/variables/token"
        self.go_back(handoverKind="agent lost", variablesUrl=url)
        self.reactor.run_for(3)
        self.assertEqual(self.outcomes(), ["handed over", "sent to a human"])
        self.assertIn(
            "transfer failed variable 'notes': 1025 characters are more than 1024",
            self.whats(),
        )

    def test_silent(self) -> None:
        """
        Who does not answer is not waited for.
        """
        self.others.silent = True
        leg = self.back_with(f"{OTHERS}/v1/variables/token", 6)
        self.assertEqual(leg["outcome"], "completed")
        self.assertLess(leg["timeline"][0]["seconds"], 3.1)

    def test_elsewhere(self) -> None:
        """
        Others than the gateway are not asked.
        """
        leg = self.back_with("http://127.0.0.1:8099.example/x")
        self.assertIn("not of gateway.origin", leg["timeline"][0]["text"])
        self.assertEqual(self.others.seen, [])


class CallbackTests(OthersTestCase):
    """
    Who calls back is told.
    """

    ivr_changes = {
        "callback__webhook": f"{OTHERS}/callbacks",
        "menu": {"prompt": "menu.wav", "keys": {"3": {"do": "callback"}}},
    }

    def test_told(self) -> None:
        """
        The webhook gets number and conversation, again if it fails at first.
        """
        self.others.answers = [(500, b"")]
        self.press((1.0, "3"), (2.5, "1"))
        self.reactor.run_for(9)
        (leg,) = self.legs()
        self.assertEqual(
            (leg["outcome"], leg["callback"]), ("callback asked for", "told")
        )
        path, key, told = self.others.seen[1]
        self.assertEqual((path, key), ("/callbacks", "Bearer for-the-webhook"))
        self.assertEqual(told["number"], "+14255550123")
        self.assertEqual(told["conversationId"], leg["conversation_id"])

    def test_half_a_character(self) -> None:
        """
        A variable that is no well-formed Unicode does not keep the callback back.
        """
        requests = Requests(self.http, self.reactor)
        told = requests.tell_callback(
            f"{OTHERS}/c", None, {"variables": {"a": "\ud83d"}}
        )
        done = Deferred.fromCoroutine(told)
        self.reactor.run_for(1)
        self.successResultOf(done)
        self.assertEqual(self.others.seen[-1][2], {"variables": {"a": "\ud83d"}})

    def test_not_told(self) -> None:
        """
        If nobody takes it, the record and the log say so.
        """
        self.others.answers = [(500, b"")] * 3
        self.press((1.0, "3"), (2.5, "1"))
        self.reactor.run_for(20)
        (leg,) = self.legs()
        self.assertEqual(leg["outcome"], "callback asked for")
        self.assertIn(
            "not told: callback.webhook: ValueError: HTTP 500", leg["callback"]
        )


class RingingTests(OthersTestCase):
    """
    A gateway that does not answer.
    """

    def setUp(self) -> None:
        super().setUp()
        key = "data.to.rawId"
        filters = [{"key": key, "operator": "StringIn", "values": [GATEWAY_USER]}]
        subscription = {"endpoint": f"{OTHERS}/events", "filters": filters}
        url = f"{EMULATOR}/emulator/subscriptions/gateway"
        self.assertIn(self.request("PUT", url, subscription)[0], (200, 201))

    def test_hang_up(self) -> None:
        """
        The caller may leave while it rings at the gateway.
        """
        self.place_call(
            {"after": "at 1.0", "press": "12345"},
            {"after": "at 4.5", "press": "1"},
            {"after": "at 8.0", "hang_up": True},
        )
        self.reactor.run_for(14)
        self.assertEqual(self.outcomes(), ["caller hung up"], self.whats())
        self.assertIn("transfer agent", self.whats())

    def test_no_answer(self) -> None:
        """
        When the ring is over the caller hears an apology and gets a human.
        """
        call_id = self.press(*RIGHT)
        self.reactor.run_for(40)
        self.assertEqual(self.outcomes(), ["sent to a human"])
        self.assertEqual(
            self.caller_side(call_id)["outcome"], f"transferred to {HUMAN}"
        )


class StrangerTests(IvrHouseTestCase):
    """
    Strangers at the public port.
    """

    def test_large_body(self) -> None:
        """
        Who sends more than any event has is cut off.
        """
        data = Body(b"x" * (1 << 21))
        sending = self.http.request(
            "POST", "http://127.0.0.1:8090/v1/events", data=data
        )
        self.reactor.run_for(1)
        self.failureResultOf(sending)

    def test_nonsense(self) -> None:
        """
        A URL that is no text is refused, and logs no traceback.
        """
        asked = self.http.request("GET", "http://127.0.0.1:8090/v1/prompts/%ff")
        self.reactor.run_for(1)
        self.assertEqual(self.successResultOf(asked).code, 400)
        self.assertEqual(self.flushLoggedErrors(), [])


class SecretTests(IvrHouseTestCase):
    """
    What must not be kept.
    """

    ivr_changes = {
        "ivr__keep_values": True,
        "pin": {"prompt": "pin.wav", "variable": "pin", "max_digits": 4},
    }

    def test_pin(self) -> None:
        """
        A PIN with a variable reaches the agent and nothing else: neither records nor
        log.
        """
        said: list[Any] = []
        observe = cast(Any, said.append)
        globalLogPublisher.addObserver(observe)
        self.addCleanup(globalLogPublisher.removeObserver, observe)
        self.press((1.0, "12345"), (4.5, "1"), (6.5, "9753"))
        self.reactor.run_for(10)
        (leg,) = self.legs()
        self.assertEqual(leg["outcome"], "handed over")
        self.assertEqual(self.agents.agents[-1].call.variables["pin"], "9753")
        self.assertEqual(leg["sent"]["pin"], "(not kept)")
        ours = [
            formatEvent(event) or ""
            for event in said
            if "ivr_sample" in str(event.get("log_namespace"))
        ]
        self.assertTrue(ours)
        for text in (json.dumps(leg), *ours):
            self.assertNotIn("9753", text)
            self.assertNotIn("+14255550123", text)
