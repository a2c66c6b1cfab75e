"""
ASAPP's side of GenerativeAgent's public audio door: the HTTP API, and the streams
whose addresses it gives out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from twisted.internet.interfaces import IReactorTime
from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import Site

from .twilio_agent import FakeStream, FakeTwilioAgent

_STREAM_URL = "/mg-genagent/v1/twilio-media-stream-url"
_CALL_TRANSFERS = "/generativeagent/v1/call-transfers/"
_STREAMS = "/mg-twilio-genagent/twilio-media/"

#: How long an address is good for, in seconds.
URL_LIFE = 300


@dataclass
class FakeTransfer:
    """
    What came of one conversation.

    @ivar completed: when it was over; L{None}: it goes on.
    @ivar output: the C{outputContext}.
    """

    external_id: str
    input_variables: dict[str, str]
    completed: float | None = None
    output: dict[str, Any] = field(default_factory=dict)


class FakeAsapp(Resource):
    """
    A script says what comes of conversations: L{hand_over}, or nothing, which is a
    plain end.

    @ivar agent: takes the streams.
    @ivar transfers: by id; made when a stream starts.
    @ivar asked: path and query of all requests with good credentials.
    @ivar broken: what was asked against the rules.
    @ivar failing: statuses for the next requests, one each.
    @ivar result_delay: seconds from the end of a stream to its result.
    @ivar output_delay: seconds more until the result has its output.
    """

    isLeaf = True

    def __init__(
        self, clock: IReactorTime, agent: FakeTwilioAgent, streams: str, key: str
    ) -> None:
        """
        @param streams: where C{agent} listens: C{ws://127.0.0.1:9001}.
        @param key: id and secret of the API key, with a colon between.
        """
        super().__init__()
        self._clock = clock
        self._streams = streams
        self._key = key
        self._urls: dict[str, float] = {}
        self.agent = agent
        self.transfers: dict[str, FakeTransfer] = {}
        self.asked: list[str] = []
        self.broken: list[str] = []
        self.failing: list[int] = []
        self.result_delay = 0.0
        self.output_delay = 0.0
        agent.allow = self._is_good
        agent.started = self._started
        agent.closed = self._closed

    def site(self) -> Site:
        """
        @return: to listen with.
        """
        return Site(self, reactor=self._clock)

    def hand_over(
        self,
        stream: FakeStream,
        transfer_type: str,
        reference: dict[str, Any] | None = None,
        transfer: dict[str, Any] | None = None,
        task: str = "billing",
    ) -> None:
        """
        The conversation ends like this.
        """
        self.transfer_of(stream).output = {
            "transferType": transfer_type,
            "currentTaskName": task,
            "referenceVariables": reference or {},
            "transferVariables": transfer or {},
        }
        stream.leave()

    def transfer_of(self, stream: FakeStream) -> FakeTransfer:
        """
        @return: what comes of the conversation of a stream.
        """
        return self.transfers[stream.rules.parameters["asapp_callTransferId"]]

    # The streams.

    def forget_urls(self) -> None:
        """
        No address that was given out is good any more.
        """
        self._urls.clear()

    def _is_good(self, path: str) -> bool:
        return self._urls.get(path, 0.0) > self._clock.seconds()

    def _started(self, stream: FakeStream) -> None:
        given = dict(stream.rules.parameters)
        transfer_id = given.pop("asapp_callTransferId", "")
        external_id = given.pop("asapp_externalConversationId", "")
        if not transfer_id or not external_id or transfer_id in self.transfers:
            self.broken.append(f"ids {transfer_id!r}, {external_id!r}")
        for reserved in ("customerId", "taskName"):
            given.pop(reserved, None)
        self.transfers[transfer_id] = FakeTransfer(external_id, given)

    def _closed(self, stream: FakeStream) -> None:
        if stream.rules.parameters:
            self.transfer_of(stream).completed = self._clock.seconds()

    # The API.

    def render(self, request: Request) -> bytes:
        request.setHeader("content-type", "application/json")
        status, body = self._answer(request)
        request.setResponseCode(status)
        return json.dumps(body).encode()

    def _answer(self, request: Request) -> tuple[int, dict[str, Any]]:
        path, _, query = request.uri.decode().partition("?")
        names = ("asapp-api-id", "asapp-api-secret")
        if ":".join(request.getHeader(n) or "" for n in names) != self._key:
            return _error(401, "Unauthorized")
        self.asked.append(request.uri.decode())
        if self.failing and (status := self.failing.pop(0)):
            return _error(status, "on order")
        if request.method != b"GET":
            return _error(404, "Not Found")
        if path == _STREAM_URL:
            if query not in {"", "voiceAgentMode=cascade", "voiceAgentMode=s2s"}:
                self.broken.append(query)
                return _error(400, "Bad request")
            return 200, {"streamingUrl": self._new_url()}
        if path == "/v1/health":
            return 200, {"healthCheck": "SUCCESS"}
        if path.startswith(_CALL_TRANSFERS):
            return self._told(unquote(path.removeprefix(_CALL_TRANSFERS)))
        return _error(404, "Not Found")

    def _new_url(self) -> str:
        path = f"{_STREAMS}token-{len(self._urls) + len(self.asked)}"
        self._urls[path] = self._clock.seconds() + URL_LIFE
        return self._streams + path

    def _told(self, transfer_id: str) -> tuple[int, dict[str, Any]]:
        transfer = self.transfers.get(transfer_id)
        if transfer is None:
            return _error(404, "Not Found")
        now, done = self._clock.seconds(), transfer.completed
        told: dict[str, Any] = {
            "id": transfer_id,
            "externalConversationId": transfer.external_id,
            "status": "ONGOING",
            "inputContext": {"inputVariables": transfer.input_variables},
        }
        if done is not None and now >= done + self.result_delay:
            told["status"] = "COMPLETED"
            if now >= done + self.result_delay + self.output_delay:
                told["outputContext"] = transfer.output
        return 200, told


def _error(status: int, message: str) -> tuple[int, dict[str, Any]]:
    error = {"requestId": "request-1", "code": f"{status}-01", "message": message}
    return status, {"error": error}
