"""
Tests for the report of what applications do wrong.
"""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.command_report import new_findings, report_lines
from acs_emulator.fronts.http_client import WholeBody
from acs_emulator.model.report import MOST_CALLS, MOST_FINDINGS, Report, advice

from .support import APP, KEY, EmulatorTestCase

ANSWER = "/callConnections:answer"


class ReportTestCase(EmulatorTestCase):
    """
    Reads the report.
    """

    def setUp(self) -> None:
        super().setUp()
        self.subscribe()

    def findings(self) -> list[dict[str, Any]]:
        status, body = self.control("GET", "/report")
        self.assertEqual(status, 200)
        return list(body["findings"])

    def told(self) -> list[tuple[str, str, str]]:
        return [(f["channel"], f["where"], f["what"]) for f in self.findings()]

    def call_id(self) -> str:
        """
        @return: of a call that rings.
        """
        call_id = self.place()
        self.context = self.app.incoming[-1]["incomingCallContext"]
        return call_id


class StrictTests(ReportTestCase):
    """
    What is refused.
    """

    def test_fields(self) -> None:
        """
        Unknown and missing fields are listed one by one, with the call, how
        often, and what to do.
        """
        call_id = self.call_id()
        body = {**self.answer_body(self.context), "color": "red"}
        del body["callbackUri"]
        for _ in range(2):
            self.assertEqual(self.rest("POST", ANSWER, body)[0], 400)
        self.assertEqual(
            self.told(),
            [
                ("rest", "answer", "callbackUri is required"),
                ("rest", "answer", "color is not a known field"),
            ],
        )
        unknown = self.findings()[1]
        self.assertEqual((unknown["count"], unknown["refused"]), (2, True))
        self.assertEqual(unknown["calls"], [call_id])
        self.assertEqual(unknown["advice"], "leave it out, or correct its spelling")

    def test_signature(self) -> None:
        """
        Why a signature was refused is in the report, and not in the answer.
        """
        other = KEY.replace(KEY[0], "x", 1)
        status, answer = self.rest("GET", "/callConnections/x", key=other)
        self.assertEqual(status, 401)
        (found,) = self.told()
        self.assertEqual(found[:2], ("rest", "get"))
        self.assertIn("with this key", found[2])
        self.assertNotIn("with this key", str(answer))

    def test_operation(self) -> None:
        """
        Paths and methods that there are not.
        """
        self.rest("POST", "/callConnections:sing")
        self.rest("PUT", "/callConnections/x")
        found = [what for _, _, what in self.told()]
        self.assertEqual(
            found, ["There is no such operation.", "PUT is not allowed here."]
        )

    def test_identity(self) -> None:
        """
        Requests about users count, too.
        """
        target = "/identities?api-version=2023-10-01"
        self.signed("POST", target, {"scope": ["voip"]})
        self.assertEqual(
            self.told(), [("identity", "create", "scope is not a known field")]
        )

    def test_not_wrong(self) -> None:
        """
        What comes at the wrong time, what is not emulated and what was ordered
        is no fault of the application.
        """
        call_id = self.call_id()
        answered = self.answer(self.context)["callConnectionId"]
        self.rest("POST", ANSWER, self.answer_body(self.context))
        self.rest("GET", "/callConnections/gone")
        storage = {
            "recordingStorageKind": "azureBlobStorage",
            "recordingDestinationContainerUrl": "https://st.example/c",
        }
        body = {"callConnectionId": answered, "externalStorage": storage}
        self.advance(0.5)
        self.assertEqual(self.rest("POST", "/recordings", body)[0], 501)
        self.control("POST", "/faults", {"on": "rest", "do": {"status": 400}})
        self.assertEqual(self.rest("GET", "/callConnections/x")[0], 400)
        self.control("POST", "/faults", {"on": "media", "do": {"refuse": True}})
        self.advance(1)
        self.control("DELETE", f"/calls/{call_id}")
        self.advance(1)
        late = self.call_id()
        self.advance(31)
        self.rest("POST", ANSWER, self.answer_body(self.context))
        self.control("DELETE", f"/calls/{late}")
        self.assertEqual(self.findings(), [])

    def test_clear(self) -> None:
        """
        It can begin anew.
        """
        self.rest("POST", "/callConnections:sing")
        status, body = self.control("DELETE", "/report")
        self.assertEqual((status, body["total"]), (200, 0))
        self.assertEqual(self.findings(), [])


class ElsewhereTests(ReportTestCase):
    """
    What is wrong besides requests.
    """

    def test_media(self) -> None:
        """
        Messages that a media stream must not carry.
        """
        call_id = self.call_id()
        self.answer(self.context)
        self.advance(0.5)
        for _ in range(3):
            self.app.media[0].sendMessage(b"hello")
        self.advance(0.1)
        (found,) = self.findings()
        self.assertEqual((found["channel"], found["count"]), ("media", 3))
        self.assertIn("not JSON", found["what"])
        self.assertEqual(found["calls"], [call_id])

    def test_no_media(self) -> None:
        """
        A media socket that does not open.
        """
        self.app.refuse_media = 403
        call_id = self.call_id()
        self.answer(self.context)
        self.advance(0.5)
        (found,) = self.findings()
        self.assertEqual((found["channel"], found["where"]), ("media", "connect"))
        self.assertEqual(found["calls"], [call_id])

    def test_callbacks(self) -> None:
        """
        Callbacks that are not taken, unless their token was spoiled.
        """
        fault = {"on": "callback", "match": {"kind": "CallConnected"}}
        self.control("POST", "/faults", {**fault, "do": {"token": "expired"}})
        self.app.statuses["/cb"] = 500
        self.call_id()
        self.answer(self.context)
        self.advance(0.5)
        found = self.told()
        self.assertIn(
            ("callback", "ParticipantsUpdated", "answered 500 to a callback"), found
        )
        self.assertNotIn("CallConnected", [where for _, where, _ in found])

    def test_lost_event(self) -> None:
        """
        An answer to an event that nobody sends again; one that asks for another
        attempt is right.
        """
        self.app.statuses["/events"] = 503
        self.place()
        self.assertEqual(self.findings(), [])
        self.app.statuses["/events"] = 401
        call_id = self.place()
        (found,) = self.findings()
        self.assertEqual((found["channel"], found["where"]), ("event", "IncomingCall"))
        self.assertEqual(found["calls"], [call_id])

    def test_handshake(self) -> None:
        """
        A handshake that is answered wrongly, each time.
        """
        self.app.statuses["/events"] = 202
        answer = self.agent.request(
            b"PUT",
            b"http://emulator.example/emulator/subscriptions/other",
            None,
            WholeBody(json.dumps({"endpoint": f"{APP}/events"}).encode()),
        )
        self.advance(6)
        self.agent.flush()
        self.assertEqual(self.successResultOf(answer).code, 422)
        (found,) = self.findings()
        self.assertEqual(found["where"], "handshake of other")
        self.assertEqual(found["count"], 2)


class LenientTests(ReportTestCase):
    """
    What is let pass.
    """

    document = {"strict": False}

    def test_unknown_fields(self) -> None:
        """
        Unknown fields are let pass, and listed as such; missing ones are refused.
        """
        self.call_id()
        body = {**self.answer_body(self.context), "color": "red"}
        self.assertEqual(self.rest("POST", ANSWER, {"color": "red"})[0], 400)
        self.assertEqual(self.rest("POST", ANSWER, body)[0], 200)
        found = {f["what"]: f["refused"] for f in self.findings()}
        self.assertEqual(
            found,
            {
                "incomingCallContext is required": True,
                "callbackUri is required": True,
                "color is not a known field": False,
            },
        )

    def test_identity(self) -> None:
        """
        Those of users, too.
        """
        target = "/identities?api-version=2023-10-01"
        status, _ = self.signed("POST", target, {"scope": ["voip"]})
        self.assertEqual(status, 201)
        (found,) = self.findings()
        self.assertFalse(found["refused"])


class BookTests(SynchronousTestCase):
    """
    Tests for L{Report} and its lines.
    """

    def setUp(self) -> None:
        self.now = 5.0
        self.book = Report(lambda: self.now)

    def add(self, what: str, call: str = "") -> None:
        self.book.add("rest", "x", [what], correlation_id=call, refused=True)

    def test_bounded(self) -> None:
        """
        It grows no further than its bounds, and says what it left out.
        """
        for n in range(MOST_FINDINGS + 3):
            self.add(f"{n} is required", f"call {n}")
        for n in range(MOST_CALLS + 3):
            self.add("0 is required", f"call {n}")
        body = self.book.body({})
        self.assertEqual(len(body["findings"]), MOST_FINDINGS)
        self.assertEqual(body["left_out"], 3)
        self.assertEqual(body["total"], MOST_FINDINGS + 3 + MOST_CALLS + 3)
        self.assertEqual(len(body["findings"][0]["calls"]), MOST_CALLS)

    def test_lines(self) -> None:
        """
        People are told what, how often, and what to do.
        """
        self.add("a is required", "c1")
        self.now = 7.0
        self.add("a is required", "c1")
        body = self.book.body({"c1": "0123456789"})
        self.assertEqual(body["findings"][0]["last_at"], 7.0)
        self.assertEqual(
            list(report_lines(body)),
            [
                "rest x: a is required (2 times)",
                "    refused; send it; calls 01234567",
            ],
        )
        empty = Report(lambda: 0.0).body({})
        self.assertEqual(list(report_lines(empty)), ["nothing wrong was seen"])

    def test_new(self) -> None:
        """
        Between two reports only what was added counts.
        """
        self.add("a is required")
        before = self.book.body({})
        self.assertEqual(new_findings(before, before), [])
        self.add("a is required")
        self.add("b is required")
        found = new_findings(before, self.book.body({}))
        self.assertEqual(
            [(f["what"], f["count"]) for f in found],
            [("a is required", 1), ("b is required", 1)],
        )

    def test_advice(self) -> None:
        """
        Whatever is found has a way out.
        """
        self.assertEqual(advice("x must be a number"), "send what it must be")
        self.assertEqual(advice("?"), "compare with the reference")
