"""
Tests for L{acsgw.acs.treq_transport} and L{acsgw.acs.sdk_response}.
"""

from __future__ import annotations

from typing import Any

from azure.core.exceptions import (
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.rest import HttpRequest
from treq.client import HTTPClient
from treq.testing import RequestTraversalAgent
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import (
    ConnectionDone,
    ConnectionLost,
    ConnectionRefusedError as Refused,
    DNSLookupError,
    TimeoutError as ConnectTimeout,
)
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed, ResponseNeverReceived
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from acsgw.acs.treq_transport import TreqTransport

from ..support import ClockTestCase

URL = "https://acs.example.com/calling/callConnections:answer?api-version=1"


class Service(Resource):
    """
    Remembers requests; answers as told.
    """

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[bytes, bytes, Any, bytes]] = []
        self.silent = False
        self.half = False
        self.code = 200
        self.body = b'{"callConnectionId":"cc"}'

    def render(self, request: Any) -> bytes | int:
        self.seen.append(
            (
                request.method,
                request.uri,
                request.requestHeaders,
                request.content.read(),
            )
        )
        if self.half:
            request.write(b"{")
        if self.silent or self.half:
            return NOT_DONE_YET
        request.setResponseCode(self.code)
        request.setHeader("Content-Type", "application/json")
        request.setHeader("Retry-After", "3")
        request.setHeader("Location", "https://elsewhere.example.com/")
        return self.body


class Failing:
    """
    An HTTP client that fails as told.
    """

    def __init__(self, error: Exception) -> None:
        self.error = error

    def request(self, *args: Any, **kwargs: Any) -> Deferred[Any]:
        return fail(self.error)


class TreqTransportTests(ClockTestCase):
    """
    Tests for L{TreqTransport}.
    """

    def setUp(self) -> None:
        super().setUp()
        self.service = Service()
        # StubTreq takes no body producers.
        http: Any = HTTPClient(
            RequestTraversalAgent(self.service),
            data_to_body_producer=lambda data: data,
        )
        self.transport = TreqTransport(http, self.reactor, 6.0)

    def send(self, request: HttpRequest | None = None) -> Deferred[Any]:
        request = request or HttpRequest("POST", URL, json={"a": 1})
        return Deferred.fromCoroutine(self.transport.send(request))

    def test_request(self) -> None:
        """
        Method, address, headers and body arrive as the SDK made them; headers that
        Twisted adds itself arrive once.
        """
        request = HttpRequest("POST", URL, json={"a": 1}, headers={"x-ms-date": "now"})
        request.headers["Host"] = "other.example.com"
        self.successResultOf(self.send(request))
        [(method, uri, headers, body)] = self.service.seen
        self.assertEqual(method, b"POST")
        self.assertEqual(uri, b"/calling/callConnections:answer?api-version=1")
        self.assertEqual(body, b'{"a": 1}')
        self.assertEqual(headers.getRawHeaders("x-ms-date"), ["now"])
        self.assertEqual(headers.getRawHeaders("content-length"), ["8"])
        self.assertEqual(headers.getRawHeaders("host"), ["acs.example.com"])

    def test_no_body(self) -> None:
        """
        A request without a body has none.
        """
        self.successResultOf(self.send(HttpRequest("DELETE", URL)))
        self.assertEqual(self.service.seen[0][3], b"")

    def test_response(self) -> None:
        """
        The SDK sees the whole answer.
        """
        response = self.successResultOf(self.send())
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json(), {"callConnectionId": "cc"})
        self.assertEqual(response.headers["retry-after"], "3")
        self.assertEqual(response.content_type, "application/json")
        self.assertEqual(response.reason, "OK")
        self.assertEqual(response.url, URL)
        self.assertEqual(response.content, self.service.body)
        response.raise_for_status()

    def test_error_response(self) -> None:
        """
        An error's status is the SDK's affair, also a redirect's: it is not
        followed.
        """
        for code in (302, 404, 503):
            self.service.code = code
            response = self.successResultOf(self.send())
            self.assertEqual(response.status_code, code)
        self.assertEqual(len(self.service.seen), 3)
        self.assertRaises(HttpResponseError, response.raise_for_status)

    def test_silent(self) -> None:
        """
        A service that does not answer, or not to the end, is given up in time; what
        became of the request is not known.
        """
        for name in ("silent", "half"):
            setattr(self.service, name, True)
            sending = self.send()
            self.reactor.advance(5.9)
            self.assertNoResult(sending)
            self.reactor.advance(0.2)
            failure = self.failureResultOf(sending, ServiceResponseError)
            self.assertIn("within 6 s", failure.getErrorMessage())
            self.assertNoTimers()

    def test_failures(self) -> None:
        """
        The SDK is told apart what did not arrive from what may have.
        """
        lost = [Failure(ConnectionLost("reset"))]
        for error, kind in (
            (Refused(), ServiceRequestError),
            (DNSLookupError("no such host"), ServiceRequestError),
            (ConnectTimeout(), ServiceRequestError),
            (ConnectionDone(), ServiceResponseError),
            (ResponseFailed(lost), ServiceResponseError),
            (ResponseNeverReceived(lost), ServiceResponseError),
        ):
            http: Any = Failing(error)
            self.transport = TreqTransport(http, self.reactor, 6.0)
            failure = self.failureResultOf(self.send(), kind)
            self.assertTrue(failure.getErrorMessage())
            self.assertIs(failure.value.inner_exception, error)
            self.assertNoTimers()

    def test_sleep(self) -> None:
        """
        The SDK's pauses pass by our clock.
        """
        sleeping = Deferred.fromCoroutine(self.transport.sleep(2.0))
        self.reactor.advance(1.9)
        self.assertNoResult(sleeping)
        self.reactor.advance(0.2)
        self.successResultOf(sleeping)

    def test_life(self) -> None:
        """
        It can be opened, closed and used as a context, which all do nothing.
        """

        async def live() -> None:
            async with self.transport as transport:
                await transport.open()
            await self.transport.close()

        self.successResultOf(Deferred.fromCoroutine(live()))
