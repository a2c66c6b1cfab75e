"""
Tests for L{acsgw.web.eventgrid}.
"""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.web.resource import Resource
from zope.interface import implementer
from zope.interface.verify import verifyObject

from acsgw.acs.events import INCOMING_CALL, VALIDATION
from acsgw.addresses import EVENTS
from acsgw.errors import Draining
from acsgw.interfaces import ICallAcceptor, IncomingCall
from acsgw.secret_hash import SecretHash
from acsgw.web.answers import MAX_BODY
from acsgw.web.eventgrid import EventGridWebhook
from acsgw.web.guard import AccountCheck, Credentials
from acsgw.web.site import public_tree

from ..acs.examples import CLOUD_EVENT, HANDSHAKE, TO_NUMBER, TO_USER
from .http import SiteTestCase

GOOD = {"asapp-api-id": "id-1", "asapp-api-secret": "secret-1"}


@implementer(ICallAcceptor)
class FakeAcceptor:
    """
    Takes all calls, fails as told, or waits.
    """

    def __init__(self) -> None:
        self.offered: list[IncomingCall] = []
        self.error: Exception | None = None
        self.answers: list[Deferred[None]] = []
        self.slow = False

    def offer(self, call: IncomingCall) -> Deferred[None]:
        if self.error is not None:
            raise self.error
        self.offered.append(call)
        self.answers.append(Deferred() if self.slow else succeed(None))
        return self.answers[-1]


class EventGridTestCase(SiteTestCase):
    """
    The webhook at both of its paths.
    """

    def make_root(self) -> Resource:
        self.acceptor = FakeAcceptor()
        self.assertTrue(verifyObject(ICallAcceptor, self.acceptor))
        self.counted: list[str] = []
        accounts = AccountCheck(
            [Credentials("main", "id-1", SecretHash.of("secret-1"))]
        )
        webhook = EventGridWebhook(accounts, self.acceptor, self.counted.append)
        resource: Any = webhook.app.resource()
        return public_tree(resource, Resource(), None)

    def post(self, body: bytes, headers: dict[str, str] | None = None) -> Any:
        sent = {**(GOOD if headers is None else headers)}
        sent["Content-Type"] = "application/json; charset=utf-8"
        return self.json(self.ask("POST", f"/{EVENTS[0]}", body, sent))


class CallsTests(EventGridTestCase):
    """
    Calls ring.
    """

    def test_ringing(self) -> None:
        """
        A call is offered in the name of the account whose credentials came along.
        """
        self.assertEqual(self.post(TO_NUMBER), (200, {"taken": 1}))
        [call] = self.acceptor.offered
        self.assertEqual((call.account, call.callee), ("main", "4:+18005550100"))
        self.assertEqual(self.counted, [INCOMING_CALL])

    def test_cloud_event(self) -> None:
        """
        The other schema rings as well.
        """
        self.assertEqual(self.post(CLOUD_EVENT), (200, {"taken": 1}))

    def test_both_paths(self) -> None:
        """
        The path of the hosted gateway leads here too, with or without a slash, and
        headers may be written in any case.
        """
        headers = {name.upper(): value for name, value in GOOD.items()}
        for path in EVENTS:
            for slash in ("", "/"):
                response = self.ask("POST", f"/{path}{slash}", TO_NUMBER, headers)
                self.assertEqual(self.json(response), (200, {"taken": 1}))
        self.assertEqual(len(self.acceptor.offered), 4)

    def test_array(self) -> None:
        """
        Every call of an array is offered; events of other kinds are counted and
        passed over.
        """
        other = {"id": "e9", "eventType": "Microsoft.Communication.Later", "data": {}}
        events = [*json.loads(TO_NUMBER), other, *json.loads(TO_USER)]
        self.assertEqual(self.post(json.dumps(events).encode()), (200, {"taken": 2}))
        self.assertEqual(
            self.counted,
            [INCOMING_CALL, "Microsoft.Communication.Later", INCOMING_CALL],
        )
        self.assertEqual(self.post(b"[]"), (200, {"taken": 0}))

    def test_all_or_none(self) -> None:
        """
        An array with one broken call is refused before any is taken.
        """
        broken = {"id": "e9", "eventType": INCOMING_CALL, "data": {}}
        events = json.dumps([*json.loads(TO_NUMBER), broken]).encode()
        self.assertEqual(self.post(events)[0], 400)
        self.assertEqual(self.acceptor.offered, [])

    def test_answer_when_taken(self) -> None:
        """
        The sender hears 200 when the call is taken, not before.
        """
        self.acceptor.slow = True
        asking = self.http.post(f"http://gw/{EVENTS[0]}", data=TO_NUMBER, headers=GOOD)
        self.assertNoResult(asking)
        self.acceptor.answers[0].callback(None)
        self.http.flush()
        self.assertEqual(self.successResultOf(asking).code, 200)

    def test_sender_goes_away(self) -> None:
        """
        A sender that does not wait for the answer is no error of ours.
        """
        self.acceptor.slow = True
        asking = self.http.post(f"http://gw/{EVENTS[0]}", data=TO_NUMBER, headers=GOOD)
        asking.cancel()
        self.failureResultOf(asking)
        self.http.flush()
        self.assertEqual(len(self.acceptor.offered), 1)


class RefusalTests(EventGridTestCase):
    """
    What is refused, and how.
    """

    def test_credentials(self) -> None:
        """
        Without the right credentials nothing is read, and it is not said which was
        wrong.
        """
        for headers in (
            {},
            {"asapp-api-id": "id-1"},
            {**GOOD, "asapp-api-secret": "wrong"},
            {**GOOD, "asapp-api-id": "wrong"},
        ):
            for body in (TO_NUMBER, HANDSHAKE, b"{"):
                self.assertEqual(
                    self.post(body, headers), (401, {"error": "not authorized"})
                )
        self.assertEqual(self.acceptor.offered, [])
        self.assertEqual(self.counted, [])

    def test_malformed(self) -> None:
        """
        A body that is not what it should be is refused with a reason in JSON.
        """
        for body, reason in (
            (b"{", "the body is not JSON"),
            (b"[7]", "event 0 is not an object"),
            (b'[{"id":"1","data":{}}]', "event 0 has no eventType or type"),
        ):
            self.assertEqual(self.post(body), (400, {"error": reason}))

    def test_too_large(self) -> None:
        """
        A body beyond the limit is refused, one at the limit is not.
        """
        self.assertEqual(self.post(b" " * (MAX_BODY - 2) + b"[]")[0], 200)
        self.assertEqual(self.post(b" " * (MAX_BODY - 1) + b"[]")[0], 413)

    def test_draining(self) -> None:
        """
        A process that stops sends the event back, for a later try.
        """
        self.acceptor.error = Draining("secret")
        self.assertEqual(self.post(TO_NUMBER), (503, {"error": "draining"}))

    def test_bug(self) -> None:
        """
        An error of ours is logged, and not told to the sender.
        """
        self.acceptor.error = ZeroDivisionError("secret")
        self.assertEqual(self.post(TO_NUMBER), (500, {"error": "internal error"}))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_methods_and_paths(self) -> None:
        """
        Other methods and paths are answered in JSON, or at least not with a page
        that says more than it should.
        """
        response = self.ask("GET", f"/{EVENTS[0]}", headers=GOOD)
        self.assertEqual(self.json(response)[0], 405)
        for path in ("/", "/v1", "/v1/other", "/v1/media/c1/t1"):
            self.assertEqual(self.ask("GET", path).code, 404)
        self.assertEqual(self.ask("POST", f"/{EVENTS[0]}/more", b"[]", GOOD).code, 404)


class HandshakeTests(EventGridTestCase):
    """
    A new subscription is proved to be wanted.
    """

    def test_event_grid(self) -> None:
        """
        The code of the validation event is given back with 200, and nothing rings.
        """
        self.assertEqual(
            self.post(HANDSHAKE),
            (200, {"validationResponse": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6"}),
        )
        self.assertEqual(self.counted, [VALIDATION])

    def test_no_code(self) -> None:
        """
        A validation event without a code is refused.
        """
        body = json.dumps([{"id": "1", "eventType": VALIDATION, "data": {}}]).encode()
        self.assertEqual(self.post(body)[0], 400)

    def test_cloud_events(self) -> None:
        """
        The origin that asks by OPTIONS is allowed, at any rate.
        """
        headers = {**GOOD, "WebHook-Request-Origin": "eventgrid.azure.net"}
        for path in EVENTS:
            response = self.ask("OPTIONS", f"/{path}", headers=headers)
            self.assertEqual(response.code, 200)
            allowed = response.headers.getRawHeaders("webhook-allowed-origin")
            self.assertEqual(allowed, ["eventgrid.azure.net"])
            rate = response.headers.getRawHeaders("webhook-allowed-rate")
            self.assertEqual(rate, ["*"])

    def test_options_refused(self) -> None:
        """
        OPTIONS without credentials is refused, without origin it is a bad request.
        """
        origin = {"WebHook-Request-Origin": "eventgrid.azure.net"}
        path = f"/{EVENTS[0]}"
        self.assertEqual(self.ask("OPTIONS", path, headers=origin).code, 401)
        self.assertEqual(self.ask("OPTIONS", path, headers=GOOD).code, 400)
