"""
Who is let in, and what the others hear.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jwt
from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.web.http_headers import Headers

from acsgw.acs.http import Body
from acsgw.interfaces import SigningKey
from acsgw.keys.file_ring import FileKeyRing, load_file_ring
from acsgw.keys.tokens import Claims, Purpose, mint

from .house import API_ID, API_SECRET, GATEWAY, OPERATIONS, HouseTestCase

CREDENTIALS = {"asapp-api-id": API_ID, "asapp-api-secret": API_SECRET}
_RAW_CREDENTIALS = {name: [value] for name, value in CREDENTIALS.items()}
EVENTS = f"{GATEWAY}/v1/acs-events"


def ring_in(folder: Path) -> FileKeyRing:
    """
    @return: the gateway's own keys.
    """
    return load_file_ring(folder / "keys.json", bytes, create=False)


class Peer(WebSocketClientProtocol):
    """
    A stranger with a WebSocket.
    """

    closed: tuple[int, str] | None = None
    opened = False

    def onOpen(self) -> None:
        self.opened = True

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        self.closed = (code, reason)


class EventTests(HouseTestCase):
    """
    The webhook of Event Grid.
    """

    def test_wrong_secret(self) -> None:
        """
        Wrong credentials are answered with 401, whichever of them is wrong, and
        the subscription does not become active.
        """
        for changes in ({"asapp-api-id": "x"}, {"asapp-api-secret": "x" * 30}):
            code, body = self.request(
                "POST", EVENTS, [], headers={**CREDENTIALS, **changes}
            )
            self.assertEqual((code, body), (401, {"error": "not authorized"}))
        code, body = self.subscribe(headers={**CREDENTIALS, "asapp-api-secret": "no"})
        self.assertEqual(code, 422)
        self.assertIn("401", body["error"])

    def test_cloud_events(self) -> None:
        """
        A subscription with the CloudEvents schema shakes hands by OPTIONS, on the
        path of the hosted gateway too, and its calls are answered.
        """
        code, _ = self.subscribe(
            schema="CloudEventSchemaV1_0",
            endpoint=f"{GATEWAY}/mg-genagent-acs/v1/acs-events",
        )
        self.assertEqual(code, 201)
        self.place_call()
        self.talk()
        self.assertEqual(len(self.agents.agents), 1)

    def test_garbage(self) -> None:
        """
        A malformed body is answered with 400 and what is wrong with it.
        """
        for body, said in (
            (b"{", "not JSON"),
            (b"[1]", "event 0 is not an object"),
            (b'[{"eventType": "x", "id": "1"}]', "event 0 has no data"),
        ):
            sending = self.http.request(
                "POST", EVENTS, data=Body(body), headers=Headers(_RAW_CREDENTIALS)
            )
            self.reactor.run_for(0.1)
            response = self.successResultOf(sending)
            self.assertEqual(response.code, 400)
            text = self.successResultOf(response.json())["error"]
            self.assertIn(said, text)

    def test_handshake_with_a_call(self) -> None:
        """
        A call that comes with a handshake is taken too.
        """
        handshake = {
            "id": "v1",
            "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
            "data": {"validationCode": "code"},
        }
        call = {
            "id": "e1",
            "eventType": "Microsoft.Communication.IncomingCall",
            "data": {"incomingCallContext": "x"},
        }
        code, body = self.request(
            "POST", EVENTS, [handshake, call], headers=CREDENTIALS
        )
        self.assertEqual((code, body), (200, {"validationResponse": "code"}))
        self.assertEqual(self.record()["outcome"], "answer failed")

    def test_odd_headers(self) -> None:
        """
        Headers that are no text are wrong credentials, not an error of ours.
        """
        for name in (b"asapp-api-id", b"authorization"):
            headers = Headers({name: [b"\xff"], b"asapp-api-secret": [b"\xfe"]})
            for path in ("v1/acs-events", "v1/callbacks/a/b"):
                sending = self.http.request(
                    "POST", f"{GATEWAY}/{path}", data=Body(b"[]"), headers=headers
                )
                self.reactor.run_for(0.2)
                self.assertEqual(self.successResultOf(sending).code, 401)

    def test_told_twice(self) -> None:
        """
        An event that is delivered twice is answered once.
        """
        self.subscribe()
        event = {
            "id": "e1",
            "eventType": "Microsoft.Communication.IncomingCall",
            "data": {
                "to": {"rawId": "4:+18005550100"},
                "from": {"rawId": "4:+14255550123"},
                "correlationId": "c1",
                "incomingCallContext": "not a context of this service",
            },
        }
        for told in (event, event, {**event, "id": "e2"}):
            code, _ = self.request("POST", EVENTS, [told], headers=CREDENTIALS)
            self.assertEqual(code, 200)
        _, body = self.request("GET", f"{OPERATIONS}/v1/calls")
        self.assertEqual(len(body["calls"]), 1)
        self.assertEqual(body["calls"][0]["outcome"], "answer failed")


class MediaTests(HouseTestCase):
    """
    The media WebSocket.
    """

    def open(self, call_id: str, token: str) -> Any:
        """
        @return: a peer that has tried to open the media stream of a call.
        """
        factory = WebSocketClientFactory(
            f"ws://127.0.0.1:8080/v1/media/{call_id}/{token}", reactor=self.reactor
        )
        peers = []

        class Remembered(Peer):
            def __init__(self) -> None:
                super().__init__()
                peers.append(self)

        factory.protocol = Remembered
        self.reactor.connectTCP("127.0.0.1", 8080, factory)
        self.reactor.run_for(0.1)
        return peers[0]

    def live_call(self) -> str:
        """
        @return: the gateway's id of a call in progress.
        """
        self.subscribe()
        self.place_call()
        self.talk()
        call_id: str = self.record()["id"]
        return call_id

    def refused(self, call_id: str, token: str) -> str:
        """
        @return: why the stream was refused, before the upgrade.
        """
        peer = self.open(call_id, token)
        self.assertFalse(peer.opened)
        reason: str = peer.closed[1]
        return reason

    def test_used_twice(self) -> None:
        """
        A genuine token is good once: the second use is answered with 403.
        """
        call_id = self.live_call()
        now = self.reactor.seconds()
        token = mint(ring_in(self.folder), Purpose.MEDIA, Claims(call_id, "test"), now)
        self.assertIn("[403]", self.refused(call_id, token))

    def test_expired(self) -> None:
        """
        A token that has expired is answered with 401.
        """
        call_id = self.live_call()
        now = self.reactor.seconds() - 31
        token = mint(ring_in(self.folder), Purpose.MEDIA, Claims(call_id, "test"), now)
        self.assertIn("[401]", self.refused(call_id, token))

    def test_forged(self) -> None:
        """
        A token that somebody else signed, or nobody, is answered with 401.
        """
        call_id = self.live_call()
        key_id = ring_in(self.folder).current().key_id
        now = self.reactor.seconds()
        other = SigningKey(key_id, b"x" * 32)
        forged = mint(
            FileKeyRing(other, {}), Purpose.MEDIA, Claims(call_id, "test"), now
        )
        claims = jwt.decode(forged, options={"verify_signature": False})
        unsigned = jwt.encode(claims, "", "none", headers={"kid": key_id})
        for token in (forged, unsigned, "nonsense"):
            self.assertIn("[401]", self.refused(call_id, token))

    def test_callback_token(self) -> None:
        """
        A token for callbacks opens no media stream.
        """
        call_id = self.live_call()
        now = self.reactor.seconds()
        token = mint(
            ring_in(self.folder), Purpose.CALLBACK, Claims(call_id, "test"), now
        )
        self.assertIn("[401]", self.refused(call_id, token))

    def test_unknown_call(self) -> None:
        """
        A good token of a call that is over is answered with 403.
        """
        self.subscribe()
        now = self.reactor.seconds()
        token = mint(ring_in(self.folder), Purpose.MEDIA, Claims("gone", "test"), now)
        self.assertIn("[403]", self.refused("gone", token))


class CallbackTests(HouseTestCase):
    """
    The webhook of mid-call events.
    """

    def test_needs_both_proofs(self) -> None:
        """
        Neither our token alone nor nothing at all is enough.
        """
        now = self.reactor.seconds()
        token = mint(ring_in(self.folder), Purpose.CALLBACK, Claims("c", "test"), now)
        for path in (f"c/{token}", "c/nonsense", "c"):
            code, body = self.request("POST", f"{GATEWAY}/v1/callbacks/{path}", [])
            self.assertEqual((code, body), (401, {"error": "not authorized"}), path)
