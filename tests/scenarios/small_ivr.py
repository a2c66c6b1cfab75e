"""
An IVR that takes calls, hands them to the gateway with context, and takes them back:
as little of one as a customer could write, with Azure's SDK.
"""

from __future__ import annotations

import json
from typing import Any

from azure.communication.callautomation import CommunicationUserIdentifier
from azure.communication.callautomation.aio import CallAutomationClient
from azure.core.credentials import AzureKeyCredential
from twisted.internet.defer import Deferred
from twisted.web.resource import Resource
from twisted.web.server import Site

from acsgw.acs.http import HTTP
from acsgw.acs.treq_transport import TreqTransport

PORT = 8482
URL = f"http://127.0.0.1:{PORT}"


class SmallIvr(Resource):
    """
    Takes every call that it is told of.

    @ivar incoming: data of each C{IncomingCall}.
    @ivar told: types of the callbacks.
    """

    isLeaf = True

    def __init__(
        self, reactor: Any, http: HTTP, endpoint: str, access_key: str
    ) -> None:
        super().__init__()
        self.incoming: list[dict[str, Any]] = []
        self.told: list[str] = []
        self._legs: list[str] = []
        self._client = CallAutomationClient(
            endpoint,
            AzureKeyCredential(access_key),
            transport=TreqTransport(http, reactor, 5),
            retry_total=0,
        )
        reactor.listenTCP(PORT, Site(self, reactor=reactor))

    def render_POST(self, request: Any) -> bytes:
        for event in json.loads(request.content.read()):
            kind = event.get("eventType", event.get("type")).rpartition(".")[2]
            if kind == "SubscriptionValidationEvent":
                code = event["data"]["validationCode"]
                return json.dumps({"validationResponse": code}).encode()
            if kind == "IncomingCall":
                self.incoming.append(event["data"])
                Deferred.fromCoroutine(self._answer(event["data"]))
            else:
                self.told.append(kind)
        return b"{}"

    async def _answer(self, data: dict[str, Any]) -> None:
        leg = await self._client.answer_call(
            data["incomingCallContext"], f"{URL}/callbacks"
        )
        self._legs.append(leg.call_connection_id or "")

    def transfer(
        self,
        target: str,
        voip_headers: dict[str, str],
        sip_headers: dict[str, str] | None = None,
    ) -> Deferred[None]:
        """
        Hand the latest caller on.
        """
        return Deferred.fromCoroutine(self._transfer(target, voip_headers, sip_headers))

    async def _transfer(
        self, target: str, voip: dict[str, str], sip: dict[str, str] | None
    ) -> None:
        leg = self._client.get_call_connection(self._legs[-1])
        await leg.transfer_call_to_participant(
            CommunicationUserIdentifier(target), voip_headers=voip, sip_headers=sip
        )

    def came_along(self) -> dict[str, str]:
        """
        @return: the VoIP headers of the latest call.
        """
        headers: dict[str, str] = self.incoming[-1]["customContext"]["voipHeaders"]
        return headers
