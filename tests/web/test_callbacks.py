"""
Tests for L{acsgw.web.callbacks}.
"""

from __future__ import annotations

import json
from typing import Any

from treq.testing import StubTreq
from twisted.web.resource import Resource

from acsgw.acs.bearer import BearerCheck
from acsgw.acs.events import Callback
from acsgw.keys.tokens import Claims, Purpose, mint
from acsgw.web.answers import MAX_BODY
from acsgw.web.callbacks import CallbackWebhook
from acsgw.web.guard import CallbackCheck, TokenCheck
from acsgw.web.site import public_tree

from ..acs.examples import CALL_CONNECTED, CALL_DISCONNECTED
from ..acs.issuer import AUDIENCE, ISSUER, OPENID, Issuer, bearer
from .http import RING, SiteTestCase


class CallbackWebhookTests(SiteTestCase):
    """
    Tests for L{CallbackWebhook}.
    """

    def make_root(self) -> Resource:
        self.told: list[tuple[str, str, Callback]] = []
        self.counted: list[str] = []
        self.issuer = Issuer()
        http: Any = StubTreq(self.issuer)
        check = CallbackCheck(
            TokenCheck(RING, self.reactor.seconds),
            BearerCheck(http, self.reactor, self.reactor.seconds, ISSUER, OPENID),
            {"main": AUDIENCE},
        )
        webhook = CallbackWebhook(check, self.tell, self.counted.append)
        resource: Any = webhook.app.resource()
        return public_tree(Resource(), resource, None)

    def tell(self, call_id: str, account: str, event: Callback) -> None:
        self.told.append((call_id, account, event))

    def path(self, account: str = "main", purpose: Purpose = Purpose.CALLBACK) -> str:
        token = mint(RING, purpose, Claims("c1", account), self.reactor.seconds())
        return f"/v1/callbacks/c1/{token}"

    def post(self, body: bytes, path: str = "", token: str | None = None) -> Any:
        headers = {"Authorization": bearer() if token is None else token}
        return self.json(self.ask("POST", path or self.path(), body, headers))

    def test_told(self) -> None:
        """
        An event is told to the call in the token.
        """
        self.assertEqual(self.post(CALL_CONNECTED), (200, {}))
        [(call_id, account, event)] = self.told
        self.assertEqual(
            (call_id, account, event.kind), ("c1", "main", "CallConnected")
        )
        self.assertEqual(self.counted, ["Microsoft.Communication.CallConnected"])

    def test_query(self) -> None:
        """
        The token may come as a query.
        """
        path, _, token = self.path().rpartition("/")
        self.assertEqual(self.post(CALL_CONNECTED, f"{path}?token={token}"), (200, {}))
        self.assertEqual(len(self.told), 1)

    def test_array(self) -> None:
        """
        All events of an array are told, in order; those of others are counted only.
        """
        events = [
            *json.loads(CALL_CONNECTED),
            {"id": "x", "type": "Somebody.Else", "data": {}},
            *json.loads(CALL_DISCONNECTED),
        ]
        self.post(json.dumps(events).encode())
        kinds = [event.kind for _, _, event in self.told]
        self.assertEqual(kinds, ["CallConnected", "CallDisconnected"])
        self.assertEqual(len(self.counted), 3)

    def test_refused(self) -> None:
        """
        Without both proofs nothing is told, and it is not said which was missing.
        """
        no = (401, {"error": "not authorized"})
        self.assertEqual(self.post(CALL_CONNECTED, token=""), no)
        self.assertEqual(self.post(CALL_CONNECTED, token=bearer("k9")), no)
        self.assertEqual(self.post(CALL_CONNECTED, token=bearer(aud="other")), no)
        for path in ("/v1/callbacks/c1/junk", "/v1/callbacks/c1"):
            self.assertEqual(self.post(CALL_CONNECTED, path), no)
        media = self.path(purpose=Purpose.MEDIA)
        self.assertEqual(self.post(CALL_CONNECTED, media), no)
        self.assertEqual(self.told, [])

    def test_expired(self) -> None:
        """
        Our token lives for three hours.
        """
        path = self.path()
        self.reactor.advance(3 * 3600)
        self.assertEqual(self.post(CALL_CONNECTED, path, bearer(exp=99999))[0], 401)

    def test_other_account(self) -> None:
        """
        The token of an account that is not served here is not good for it.
        """
        self.assertEqual(
            self.post(CALL_CONNECTED, self.path("gone")),
            (403, {"error": "not allowed"}),
        )

    def test_nobody_can_tell(self) -> None:
        """
        When the issuer's keys cannot be had the sender may try again.
        """
        self.issuer.broken = 500
        self.assertEqual(self.post(CALL_CONNECTED)[0], 503)

    def test_malformed(self) -> None:
        """
        A broken body is refused as a whole: none of its events is told.
        """
        no_call = {"id": "1", "type": "Microsoft.Communication.X", "data": {}}
        events = [*json.loads(CALL_CONNECTED), no_call]
        for body in (b"", b"{", b"[7]", json.dumps(events).encode()):
            self.assertEqual(self.post(body)[0], 400)
        self.assertEqual(self.post(b" " * MAX_BODY + b"[]")[0], 413)
        self.assertEqual(self.told, [])
