"""
Tests for L{acsgw.web.operations}.
"""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter
from twisted.web.resource import Resource

from acsgw.calls.actions import Ended, Outcome
from acsgw.calls.records import CallBook
from acsgw.web.operations import Operations

from ..calls.world import ringing
from .http import SiteTestCase


class OperationsTests(SiteTestCase):
    """
    Tests for L{Operations}.
    """

    def make_root(self) -> Resource:
        self.book = CallBook(
            self.reactor.seconds, 10, lambda *told: None, lambda counters: None
        )
        self.reason: str | None = None
        registry = CollectorRegistry()
        Counter("things", "Things.", registry=registry).inc()
        self.recorded: set[str] = set()
        self.pauses: list[tuple[str, bool]] = []

        def pause(call_id: str, pause: bool) -> bool:
            self.pauses.append((call_id, pause))
            return call_id in self.recorded

        operations = Operations(self.book, lambda: self.reason, registry, pause)
        root: Any = operations.app.resource()
        return root  # type: ignore[no-any-return]

    def get(self, path: str) -> Any:
        return self.json(self.ask("GET", path))

    def ids(self, query: str = "") -> list[str]:
        status, value = self.get(f"/v1/calls{query}")
        self.assertEqual(status, 200)
        return [call["id"] for call in value["calls"]]

    def test_calls(self) -> None:
        """
        All calls, or those with one outcome, or those in progress.
        """
        self.assertEqual(self.ids(), [])
        for name, outcome in (
            ("a", Outcome.COMPLETED),
            ("b", Outcome.AGENT_LOST),
            ("c", None),
        ):
            record = self.book.open(name, ringing(), True)
            if outcome is not None:
                self.book.close(record, Ended(outcome, ""))
            self.reactor.advance(1)
        self.assertEqual(self.ids(), ["a", "b", "c"])
        self.assertEqual(self.ids("?outcome=agent%20lost"), ["b"])
        self.assertEqual(self.ids("?outcome=nonsense"), [])
        self.assertEqual(self.ids("?live=1"), ["c"])

    def test_call(self) -> None:
        """
        One call has its milestones; one that is not known is 404.
        """
        self.book.open("a", ringing(), True).note(1001, "answered", "")
        status, value = self.get("/v1/calls/a")
        self.assertEqual((status, value["id"]), (200, "a"))
        self.assertEqual(value["timeline"][0]["what"], "answered")
        self.assertEqual(value["from"], "...0123")
        self.assertEqual(
            self.get("/v1/calls/zzz"), (404, {"error": "no call zzz is known here"})
        )

    def test_pause(self) -> None:
        """
        A recording is paused and resumed; the answer says so.
        """
        self.book.open("a", ringing(), True)
        self.recorded.add("a")
        for wish, paused in (("pause", True), ("resume", False)):
            self.assertEqual(
                self.post(f"/v1/calls/a/recording/{wish}"),
                (200, {"id": "a", "paused": paused}),
            )
        self.assertEqual(self.pauses, [("a", True), ("a", False)])

    def test_pause_refused(self) -> None:
        """
        What cannot be paused, and what is asked in another way, says why.
        """
        self.book.open("a", ringing(), True)
        for path, code, said in (
            ("/v1/calls/zzz/recording/pause", 404, "no call zzz"),
            ("/v1/calls/a/recording/stop", 404, "pause and resume"),
            ("/v1/calls/a/recording/pause", 409, "not being recorded"),
        ):
            status, value = self.post(path)
            self.assertEqual(status, code)
            self.assertIn(said, value["error"])
        self.pauses.clear()
        self.recorded.add("a")
        # As a page of another site could have the operator's browser ask.
        for origin in ("https://example.com", "null", "http://127.0.0.1:8081"):
            status, _ = self.post("/v1/calls/a/recording/pause", origin)
            self.assertEqual(status, 403)
        self.assertEqual(self.ask("GET", "/v1/calls/a/recording/pause").code, 405)
        self.assertEqual(self.pauses, [])

    def post(self, path: str, origin: str = "") -> Any:
        headers = {"Origin": origin} if origin else {}
        return self.json(self.ask("POST", path, headers=headers))

    def test_health(self) -> None:
        """
        The process is alive; it is ready unless there is a reason.
        """
        self.assertEqual(self.get("/health/live"), (200, {"status": "ok"}))
        self.assertEqual(self.get("/health/ready"), (200, {"status": "ok"}))
        self.reason = "draining"
        self.assertEqual(self.get("/health/live")[0], 200)
        self.assertEqual(
            self.get("/health/ready"),
            (503, {"status": "not ready", "reason": "draining"}),
        )

    def test_metrics(self) -> None:
        """
        The numbers come in the text format of Prometheus.
        """
        response = self.ask("GET", "/metrics")
        self.assertEqual(response.code, 200)
        self.assertIn(b"things_total 1.0", response.whole)
        (kind,) = response.headers.getRawHeaders("content-type")
        self.assertTrue(kind.startswith("text/plain; version=0.0.4"))

    def test_open_metrics(self) -> None:
        """
        Who asks for OpenMetrics gets it.
        """
        accept = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain"}
        response = self.ask("GET", "/metrics", headers=accept)
        self.assertTrue(response.whole.endswith(b"# EOF\n"))
        (kind,) = response.headers.getRawHeaders("content-type")
        self.assertTrue(kind.startswith("application/openmetrics-text; version=1.0.0"))

    def test_others(self) -> None:
        """
        Other paths and methods are refused in JSON; nothing can be changed.
        """
        self.assertEqual(self.get("/")[0], 404)
        self.assertEqual(self.json(self.ask("POST", "/v1/calls", b"{}"))[0], 405)
        self.assertEqual(self.json(self.ask("DELETE", "/v1/calls/a"))[0], 405)
