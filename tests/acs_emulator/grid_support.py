"""
Help for tests of Event Grid: endpoints that misbehave as they are told.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from treq.testing import RequestTraversalAgent
from twisted.internet.defer import Deferred, fail
from twisted.web.iweb import IAgent, IRequest
from twisted.web.resource import Resource as Tree
from zope.interface import implementer

from acs_emulator.assembly import Emulator

from .support import APP, App, AppRequest, EmulatorTestCase


@dataclass
class Endpoints(App):
    """
    An application with a webhook on each path.

    @ivar handshake: what it does with a validation: C{echo}, C{silent} or
        C{wrong}.
    @ivar failing: an exception for requests that do not arrive; L{None} as
        value: they are never answered.
    """

    handshake: str = "echo"
    failing: dict[str, Exception | None] = field(default_factory=dict)

    def tree(self) -> Tree:
        root = Tree()
        root.getChild = lambda path, request: _Page(self)  # type: ignore[method-assign]
        return root

    def of(self, path: str, kind: str = "Notification") -> list[AppRequest]:
        """
        The requests of one kind on one path.
        """
        return [
            r
            for r in self.requests
            if r.path == path and r.headers.get("aeg-event-type", r.method) == kind
        ]

    def ids(self, path: str) -> list[list[str]]:
        """
        The ids of events, request by request.
        """
        found = []
        for request in self.of(path):
            body = json.loads(request.body)
            found.append([e["id"] for e in (body if body[0:] else [body])])
        return found


class _Page(Tree):
    isLeaf = True

    def __init__(self, app: Endpoints) -> None:
        super().__init__()
        self._app = app

    def render(self, request: IRequest) -> bytes:
        path = request.path.decode("ascii")
        headers = {
            name.decode("ascii").lower(): values[0].decode("ascii")
            for name, values in request.requestHeaders.getAllRawHeaders()
        }
        body = request.content.read()
        method = request.method.decode("ascii")
        self._app.requests.append(AppRequest(method, path, headers, body))
        if method == "OPTIONS":
            request.setHeader("WebHook-Allowed-Origin", "eventgrid.azure.net")
            return b""
        if headers.get("aeg-event-type") == "SubscriptionValidation":
            return self._validate(json.loads(body)[0]["data"]["validationCode"])
        request.setResponseCode(self._app.statuses.get(path, 200))
        return b"hello"

    def _validate(self, code: str) -> bytes:
        match self._app.handshake:
            case "echo":
                return json.dumps({"validationResponse": code}).encode("ascii")
            case "wrong":
                return b'{"validationResponse": "x"}'
        return b"thanks"


@implementer(IAgent)
class _Network:
    """
    On which some requests do not arrive.
    """

    def __init__(self, app: Endpoints) -> None:
        self._app = app
        self._agent = RequestTraversalAgent(app.tree())

    def flush(self) -> None:
        self._agent.flush()

    def request(
        self, method: bytes, uri: bytes, headers: Any = None, bodyProducer: Any = None
    ) -> Deferred[Any]:
        path = "/" + uri.decode("ascii").split("/", 3)[3]
        if path in self._app.failing:
            error = self._app.failing[path]
            return Deferred() if error is None else fail(error)
        answered: Deferred[Any] = self._agent.request(
            method, uri, headers, bodyProducer
        )
        return answered


class GridTestCase(EmulatorTestCase):
    """
    A test with an emulator and L{Endpoints}.
    """

    app: Endpoints

    def start_emulator(self) -> Emulator:
        self.app = Endpoints()
        self.app_agent = _Network(self.app)  # type: ignore[assignment]
        return super().start_emulator()

    def put(self, name: str, **given: Any) -> tuple[int, Any]:
        """
        Ask for a subscription whose endpoint has its name as path.
        """
        body = {"endpoint": f"{APP}/{name}", **given}
        return self.control("PUT", f"/subscriptions/{name}", body)

    def events(self) -> list[dict[str, Any]]:
        """
        All events, with what became of them.
        """
        _, body = self.control("GET", "/events")
        return list(body["events"])

    def delivery(self, event: int = 0, subscription: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = self.events()[event]["deliveries"][subscription]
        return found
