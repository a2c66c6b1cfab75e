"""
Tests for what journal and faults see besides calls: identities, files of
recordings, OpenID documents, batches of events.
"""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import readBody

from acs_emulator.errors import BadFault
from acs_emulator.model.call_index import Party
from acs_emulator.model.faults import FaultBook, parse_fault

from .grid_support import GridTestCase
from .support import LINE, EmulatorTestCase

USERS = "/identities?api-version=2023-10-01"
KEYS = "/calling/keys"


class GateTestCase(EmulatorTestCase):
    """
    Orders faults, and reads journals.
    """

    def order(self, on: str, do: dict[str, Any], **more: Any) -> str:
        body = {"on": on, "do": do, **more}
        status, answer = self.control("POST", "/faults", body)
        self.assertEqual(status, 201, answer)
        return str(answer["id"])

    def journal(self, call: str = "") -> list[tuple[str, str, str]]:
        """
        Channel, direction and what of each entry; without a call, of what
        belongs to none.
        """
        path = f"/calls/{call}/journal" if call else "/journal"
        _, body = self.control("GET", path)
        return [(e["channel"], e["direction"], e["what"]) for e in body["entries"]]


class IdentityTests(GateTestCase):
    """
    Requests about identities.
    """

    def test_journal(self) -> None:
        """
        Request and answer are in the journal of what belongs to no call, without
        the token.
        """
        body = {"createTokenWithScopes": ["voip"]}
        status, made = self.signed("POST", USERS, body)
        self.assertEqual(status, 201)
        self.assertEqual(
            self.journal(),
            [("identity", "in", "POST /identities"), ("identity", "out", "201")],
        )
        text = str(self.control("GET", "/journal"))
        self.assertIn("createTokenWithScopes", text)
        self.assertNotIn(made["accessToken"]["token"], text)

    def test_fault(self) -> None:
        """
        One operation can be refused, once, with the status that was ordered.
        """
        do = {"status": 429, "retry_after": 3}
        self.order("identity", do, match={"operation": "create"})
        status, answer = self.signed("POST", USERS)
        self.assertEqual((status, answer["error"]["code"]), (429, "TooManyRequests"))
        self.assertIn(("identity", "fault", "create"), self.journal())
        self.assertEqual(self.signed("POST", USERS)[0], 201)

    def test_skew(self) -> None:
        """
        A clock that is an hour ahead refuses the signature.
        """
        self.order("identity", {"clock_skew": 3600})
        self.assertEqual(self.signed("POST", USERS)[0], 401)
        self.assertEqual(self.signed("POST", USERS)[0], 201)

    def test_no_answer(self) -> None:
        """
        A request that is not answered is not acted upon, and nothing is left
        behind when the client goes away.
        """
        self.order("identity", {"no_answer": True})
        before = list(self.emulator.resource.users)
        waiting = self.agent.request(
            b"POST", b"http://emulator.example" + USERS.encode()
        )
        self.assertNoResult(waiting)
        self.assertEqual(self.emulator.resource.users, before)
        waiting.cancel()
        self.failureResultOf(waiting)

    def test_late(self) -> None:
        """
        An answer can be late: the user is there before it is told.
        """
        self.order("identity", {"delay_answer": 2, "status": 503}, times="always")
        waiting = self.agent.request(
            b"POST", b"http://emulator.example" + USERS.encode()
        )
        self.reactor.advance(1.9)
        self.assertNoResult(waiting)
        self.reactor.advance(0.2)
        self.agent.flush()
        response = self.successResultOf(waiting)
        self.assertEqual(response.code, 503)
        self.assertIn(b"ServiceUnavailable", self.successResultOf(readBody(response)))


class OpenIdTests(GateTestCase):
    """
    Requests for the documents with which tokens are checked.
    """

    def test_fault(self) -> None:
        """
        The key set can be out of order, and is seen to be asked for.
        """
        self.order("openid", {"status": 503}, match={"operation": "keys"})
        self.assertEqual(self.http("GET", KEYS, b"", {})[0], 503)
        status, keys = self.http("GET", KEYS, b"", {})
        self.assertEqual((status, list(keys)), (200, ["keys"]))
        path = "/calling/.well-known/acsopenidconfiguration"
        self.assertEqual(self.http("GET", path, b"", {})[0], 200)
        self.assertEqual(
            [entry for entry in self.journal() if entry[1] != "out"],
            [
                ("openid", "in", "GET /calling/keys"),
                ("openid", "fault", "keys"),
                ("openid", "in", "GET /calling/keys"),
                ("openid", "in", f"GET {path}"),
            ],
        )

    def test_refused(self) -> None:
        """
        What is not there is 404, and what is not to be changed 405.
        """
        self.assertEqual(self.http("GET", "/calling/keys/x", b"", {})[0], 404)
        self.assertEqual(self.http("POST", KEYS, b"", {})[0], 405)


class RecordingTests(GateTestCase):
    """
    Requests about recordings.
    """

    def recorded(self) -> tuple[str, str]:
        """
        @return: ids of a call, and of its recording that was stopped.
        """
        self.subscribe()
        call_id = self.place()
        up = self.answer(self.app.incoming[-1]["incomingCallContext"])
        self.advance(0.5)
        locator = {"kind": "serverCallLocator", "serverCallId": up["serverCallId"]}
        body = {"callLocator": locator, "recordingFormatType": "wav"}
        body |= {"recordingContentType": "audio"}
        _, made = self.rest("POST", "/recordings", body)
        self.rest("DELETE", f"/recordings/{made['recordingId']}")
        return call_id, made["recordingId"]

    def test_journal(self) -> None:
        """
        Start, stop and download are in the journal of the call, told by the
        ids that they name.
        """
        call_id, recording_id = self.recorded()
        path = f"/recordings/{recording_id}/content"
        self.assertEqual(self.download(path), 200)
        found = [what for channel, way, what in self.journal(call_id) if way == "in"]
        self.assertIn("POST /calling/recordings", found)
        self.assertEqual(len([w for w in found if w.startswith("DELETE")]), 1)
        self.assertEqual(len([w for w in found if w.endswith("/content")]), 1)
        kinds = {channel for channel, _, _ in self.journal(call_id)}
        self.assertIn("recording", kinds)

    def download(self, path: str, method: bytes = b"GET") -> int:
        url = f"http://emulator.example{path}".encode()
        response = self.successResultOf(self.agent.request(method, url))
        self.size = len(self.successResultOf(readBody(response)))
        self.length = response.headers.getRawHeaders(b"content-length")
        return int(response.code)

    def test_fault(self) -> None:
        """
        A download of this call can fail.
        """
        _, recording_id = self.recorded()
        path = f"/recordings/{recording_id}/content"
        self.order("recording", {"status": 500}, match={"to": LINE})
        self.assertEqual(self.download(path), 500)
        self.assertEqual(self.download(path), 200)

    def test_head(self) -> None:
        """
        A HEAD tells the size, and nothing else.
        """
        _, recording_id = self.recorded()
        path = f"/recordings/{recording_id}/content"
        self.assertEqual(self.download(path), 200)
        size = self.size
        self.assertEqual(self.download(path, b"HEAD"), 200)
        self.assertEqual((self.size, self.length), (0, [str(size).encode()]))


class BatchTests(GridTestCase):
    """
    Several events in one delivery.
    """

    document = {"event_grid": {"jitter": 0}}

    def test_all_count(self) -> None:
        """
        Each event of a batch is in the journal of its own call, and a fault that
        meets any of them strikes the batch, once.
        """
        self.put("app", max_events_per_batch=5)
        self.app.failing["/app"] = None
        self.ring("+14255550100")
        self.advance(0.1)
        calls = [self.ring(f"+1425555010{n}") for n in (1, 2, 3)]
        fault = {
            "on": "event",
            "match": {"from": "+14255550103"},
            "do": {"delay": 1},
            "times": "always",
        }
        self.control("POST", "/faults", fault)
        self.app.failing.clear()
        self.advance(30)
        # The three go together, and are late for the sake of the last.
        self.assertEqual(self.app.ids("/app"), [])
        self.advance(1.5)
        self.assertEqual([len(ids) for ids in self.app.ids("/app")], [3])
        _, faults = self.control("GET", "/faults")
        self.assertEqual(faults["faults"][0]["struck"], 1)
        for call_id in calls:
            _, body = self.control("GET", f"/calls/{call_id}/journal")
            own = self.call(call_id)["from"]
            text = str(body["entries"])
            self.assertIn(own, text)
            self.assertIn("fault", [entry["direction"] for entry in body["entries"]])

    def ring(self, caller: str) -> str:
        body = {"from": caller, "to": LINE}
        return str(self.control("POST", "/calls", body)[1]["id"])


class StrikeBatchTests(SynchronousTestCase):
    """
    Tests for L{FaultBook.strike_batch}.
    """

    def test_calls_count(self) -> None:
        """
        "The third call" is counted over all events of a batch, also behind one
        that is met already.
        """
        book = FaultBook()
        match = {"kind": "IncomingCall"}
        book.order(parse_fault({"on": "event", "match": match, "do": {"delay": 1}}))
        third = {**match, "call": 3}
        book.order(parse_fault({"on": "event", "match": third, "do": {"lose": True}}))
        batch = [
            (Party(correlation_id=f"c{n}", number=n), "IncomingCall") for n in (1, 2)
        ]
        self.assertEqual(book.strike_batch("event", batch), {"delay": 1})
        last = Party(correlation_id="c3", number=3)
        self.assertEqual(book.strike("event", last, "IncomingCall"), {"lose": True})


class CloseCodeTests(GateTestCase):
    """
    Media streams that end with a code.
    """

    def streaming(self) -> str:
        self.subscribe()
        call_id = self.place()
        self.answer(self.app.incoming[-1]["incomingCallContext"])
        return call_id

    def test_code(self) -> None:
        """
        The stream closes with the code that was ordered, also one that only
        servers send; the application is told as of any lost stream.
        """
        self.order("media", {"drop_after": 1, "close_code": 1011})
        call_id = self.streaming()
        self.advance(0.9)
        self.assertIsNone(self.app.media[0].closed)
        self.advance(0.5)
        self.assertEqual(self.app.media[0].closed, (True, 1011))
        self.assertIn("MediaStreamingFailed", self.app.callback_kinds)
        self.assertEqual(self.call(call_id)["state"], "connected")

    def test_refused(self) -> None:
        """
        Codes that never cross the wire, and a code without a time, are refused.
        """
        for code in (1005, 1006, 1015, 999, 2000, 5000, True, "1011"):
            do = {"drop_after": 1, "close_code": code}
            with self.assertRaises(BadFault, msg=str(code)):
                parse_fault({"on": "media", "do": do})
        error = self.assertRaises(
            BadFault, parse_fault, {"on": "media", "do": {"close_code": 1011}}
        )
        self.assertIn("only with drop_after", str(error))
