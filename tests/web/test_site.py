"""
Tests for L{acsgw.web.site}.
"""

from __future__ import annotations

from typing import Any

from klein import Klein
from twisted.internet.testing import (
    StringTransport,
    StringTransportWithDisconnection,
)
from twisted.logger import LogEvent, formatEvent, globalLogPublisher
from twisted.web.resource import Resource

from acsgw.web.answers import MAX_BODY
from acsgw.web.bounded import QuietSite
from acsgw.web.site import public_tree

from ..support import ClockTestCase


class Page(Resource):
    """
    Says where it was asked, and how much body there was.
    """

    isLeaf = True

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def render(self, request: Any) -> bytes:
        if self.name == "bug":
            raise ZeroDivisionError("secret")
        postpath = [part.decode() for part in request.postpath]
        body = request.content.read()
        args = f" {request.args}" if self.name == "form" else ""
        return f"{self.name} {postpath} {len(body)}{args}".encode()


class EventsPage:
    """
    Pages as ours are made.
    """

    app = Klein()

    @app.route("/<name>")
    def page(self, request: Any, name: str) -> bytes:
        return name.encode()


class SiteTests(ClockTestCase):
    """
    Tests for L{public_tree} and L{QuietSite}.
    """

    def setUp(self) -> None:
        super().setUp()
        self.logged: list[str] = []
        observer: Any = self.observe
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def observe(self, event: LogEvent) -> None:
        self.logged.append(formatEvent(event))

    def ask(
        self, path: str, body: bytes = b"", name: str = "media", log: bool = True
    ) -> bytes:
        """
        @return: the whole answer, as it goes over the wire.
        """
        tree = public_tree(Page("events"), Page("callbacks"), Page(name))
        site = QuietSite(tree, self.reactor, log_requests=log)
        protocol = site.buildProtocol(None)
        assert protocol is not None
        transport = StringTransport()
        protocol.makeConnection(transport)
        protocol.dataReceived(
            b"POST %s HTTP/1.1\r\nHost: gw\r\nContent-Length: %d\r\n\r\n"
            % (path.encode(), len(body))
        )
        protocol.dataReceived(body)
        answer: bytes = transport.value()
        protocol.connectionLost(None)
        return answer

    def test_tree(self) -> None:
        """
        Each path leads to its resource, with what stands below.
        """
        for path, place in (
            ("/v1/acs-events", "events ['']"),
            ("/mg-genagent-acs/v1/acs-events", "events ['']"),
            ("/v1/callbacks/c1/t1", "callbacks ['c1', 't1']"),
            ("/v1/media/c1/t1", "media ['c1', 't1']"),
        ):
            self.assertIn(place.encode(), self.ask(path))

    def test_nowhere(self) -> None:
        """
        Anything else is nowhere.
        """
        for path in ("/", "/v1", "/v1/", "/v2", "/mg-genagent-acs", "/v1/acs-eventsx"):
            self.assertIn(b" 404 ", self.ask(path).splitlines()[0])

    def test_access_log(self) -> None:
        """
        The access log says what was asked and how it went, without any token.
        """
        self.ask("/v1/media/c1/SECRET")
        self.ask("/v1/callbacks/c1?token=SECRET")
        self.ask("/prefix/v1/media/c1/SECRET")
        text = "\n".join(self.logged)
        self.assertNotIn("SECRET", text)
        self.assertIn("POST /v1/media/c1/... 200", text)
        self.assertIn("POST /prefix/v1/media/... 404", text)

    def test_silent(self) -> None:
        """
        A site of which nothing is to be logged logs nothing.
        """
        self.ask("/v1/acs-events", log=False)
        self.assertEqual([line for line in self.logged if "POST" in line], [])

    def test_bug(self) -> None:
        """
        The page of an error of ours shows no traceback.
        """
        answer = self.ask("/v1/media/c1/t1", name="bug")
        self.assertIn(b" 500 ", answer.splitlines()[0])
        self.assertNotIn(b"secret", answer)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_bounded_body(self) -> None:
        """
        Of a body no more is kept than shows that it is too large.
        """
        self.assertIn(b" 1000", self.ask("/v1/acs-events", b"x" * 1000))
        answer = self.ask("/v1/acs-events", b"x" * (3 * MAX_BODY))
        self.assertIn(str(MAX_BODY + 1).encode(), answer)

    def test_forms_are_not_parsed(self) -> None:
        """
        A body is a body: forms are not parsed before anybody has asked who speaks.
        """
        site = QuietSite(Page("form"), self.reactor, log_requests=False)
        protocol: Any = site.buildProtocol(None)
        transport = StringTransport()
        protocol.makeConnection(transport)
        protocol.dataReceived(
            b"POST / HTTP/1.1\r\nHost: gw\r\nContent-Length: 3\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\na=b"
        )
        self.assertIn(b"form [''] 3 {}", transport.value())
        protocol.connectionLost(None)

    def test_nonsense(self) -> None:
        """
        What cannot be decoded is refused before anybody reads it, and logs no
        traceback.
        """
        site = QuietSite(EventsPage().app.resource(), self.reactor, log_requests=True)
        for request in (
            b"GET /a%ff HTTP/1.1\r\nHost: gw",
            b"GET / HTTP/1.1\r\nHost: \xff",
        ):
            protocol = site.buildProtocol(None)
            assert protocol is not None
            transport = StringTransport()
            protocol.makeConnection(transport)
            protocol.dataReceived(request + b"\r\n\r\n")
            self.assertEqual(transport.value()[:12], b"HTTP/1.1 400")
            protocol.connectionLost(None)
        self.assertEqual(self.flushLoggedErrors(), [])

    def test_slow_request(self) -> None:
        """
        A request that trickles in is given up after 30 s, however busy it looks.
        """
        site = QuietSite(Page("x"), self.reactor, log_requests=False)
        protocol: Any = site.buildProtocol(None)
        transport: Any = StringTransportWithDisconnection()
        transport.abortConnection = transport.loseConnection
        transport.protocol = protocol
        protocol.makeConnection(transport)
        for byte in b"POST /v1/acs":
            self.assertTrue(transport.connected)
            protocol.dataReceived(bytes([byte]))
            self.reactor.advance(2.6)
        self.assertFalse(transport.connected)

    def test_idle(self) -> None:
        """
        A connection on which nothing comes does not stay.
        """
        site = QuietSite(Page("x"), self.reactor, log_requests=True)
        protocol = site.buildProtocol(None)
        assert protocol is not None
        transport = StringTransport()
        protocol.makeConnection(transport)
        self.reactor.advance(30)
        self.assertTrue(transport.disconnecting)
