"""
Operations as the Azure SDK asks for them, done by an emulator in memory.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

from azure.communication.callautomation import CallAutomationClient
from azure.communication.callautomation._generated import models
from azure.core.credentials import AzureKeyCredential

from .strict_sdk import assert_model
from .support import APP, KEY, LINE, EmulatorTestCase
from .test_rest import Capture, Stopped

_URL = "http://127.0.0.1:8480"


class OperationTestCase(EmulatorTestCase):
    """
    An application that speaks through the SDK.

    @ivar sent: the last request, for C{rest}.
    """

    sent: tuple[str, str, Any, dict[str, str]]
    call_id: str

    def setUp(self) -> None:
        super().setUp()
        self.transport = Capture()
        self.client = CallAutomationClient(
            _URL, AzureKeyCredential(KEY), transport=self.transport
        )

    def ask(self, method: str, *args: Any, **kw: Any) -> tuple[int, Any]:
        """
        Do what a method of the SDK's client asks for.
        """
        with contextlib.suppress(Stopped):
            result = getattr(self.client, method)(*args, **kw)
            next(iter(result))
        return self._send()

    def ask_leg(self, leg: str, method: str, *args: Any, **kw: Any) -> tuple[int, Any]:
        """
        The same for a call connection.
        """
        connection = self.client.get_call_connection(leg)
        with contextlib.suppress(Stopped):
            result = getattr(connection, method)(*args, **kw)
            next(iter(result))
        return self._send()

    def _send(self) -> tuple[int, Any]:
        request, self.transport.request = self.transport.request, None
        path = request.url.removeprefix(f"{_URL}/calling").partition("?")[0]
        body = json.loads(request.body) if request.body else None
        names = ("Repeatability-Request-ID", "Repeatability-First-Sent")
        given = {
            name: request.headers[name] for name in names if name in request.headers
        }
        self.sent = (request.method, path, body, given)
        return self.rest(*self.sent)

    def connected(self, **media: Any) -> str:
        """
        @return: id of a connection, with a caller on the line.
        """
        self.subscribe("line", [f"4:{LINE}"])
        self.call_id = self.place()
        context = self.app.incoming[-1]["incomingCallContext"]
        leg = str(self.answer(context, **media)["callConnectionId"])
        self.advance(0.3)
        self.app.requests.clear()
        return leg

    def created(self, *, at: str = f"{APP}/cb", **about: Any) -> str:
        """
        @return: id of a connection that the application is creating.
        """
        status, body = self.ask("create_call", callback_url=at, **about)
        self.assertEqual(status, 201, body)
        return str(body["callConnectionId"])

    def told(self, leg: str | None = None) -> list[str]:
        """
        What was told of a leg, in order.
        """
        return [
            event["type"].rpartition(".")[2]
            for event in self.app.callbacks
            if leg is None or event["data"]["callConnectionId"] == leg
        ]

    def last(self, kind: str) -> dict[str, Any]:
        """
        @return: the data of the last event of a kind, which has all fields
            that the SDK's model knows, and no others.
        """
        found = [
            event["data"]
            for event in self.app.callbacks
            if event["type"].endswith(f".{kind}")
        ]
        self.assertTrue(found, f"{kind}: {self.told()}")
        data = dict(found[-1])
        # Recorded in every event, and in no model.
        plain = {
            k: v for k, v in data.items() if k not in ("version", "publicEventType")
        }
        assert_model(self, getattr(models, kind), plain)
        return data

    def codes(self, kind: str) -> tuple[int, int]:
        result = self.last(kind)["resultInformation"]
        return result["code"], result["subCode"]

    def people(self, leg: str) -> list[str]:
        """
        Raw ids of all participants.
        """
        status, body = self.ask_leg(leg, "list_participants")
        self.assertEqual((status, set(body)), (200, {"value", "nextLink"}))
        for item in body["value"]:
            assert_model(self, models.CallParticipant, item)
        return [item["identifier"]["rawId"] for item in body["value"]]
