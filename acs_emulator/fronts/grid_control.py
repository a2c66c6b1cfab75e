"""
The part of the control API for Event Grid: subscriptions and deliveries.
"""

from __future__ import annotations

from typing import Any, Protocol

from klein import Klein
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest

from ..model.delivery_log import EventLog
from ..model.handshake import Provisioning
from ..model.subscriptions import Subscription, parse_subscription
from .json_api import json_body, local_only, reply, reply_failure

_STATES = {
    Provisioning.SUCCEEDED: "active",
    Provisioning.AWAITING_MANUAL_ACTION: "awaiting",
    Provisioning.FAILED: "failed",
}


class Entry(Protocol):
    """
    A subscription as its maker sees it.
    """

    subscription: Subscription
    state: Provisioning
    is_new: bool


class Grid(Protocol):
    """
    Who keeps subscriptions.
    """

    events: EventLog

    @property
    def entries(self) -> list[Any]: ...
    def entry(self, name: str) -> Any: ...
    async def subscribe(self, subscription: Subscription) -> Any: ...
    def unsubscribe(self, name: str) -> bool: ...


class GridControlFront:
    """
    JSON in, JSON out.
    """

    app = Klein()
    _log = Logger()

    def __init__(self, topic: Grid, *, insecure: bool) -> None:
        """
        @param insecure: allow endpoints without TLS.
        """
        self._topic = topic
        self._insecure = insecure

    @app.route("/subscriptions", methods=["GET"])
    def list_subscriptions(self, request: IRequest) -> bytes:
        local_only(request)
        found = [_body(entry) for entry in self._topic.entries]
        return reply(request, 200, {"subscriptions": found})

    @app.route("/subscriptions/<name>", methods=["GET"])
    def get_subscription(self, request: IRequest, name: str) -> bytes:
        local_only(request)
        entry = self._topic.entry(name)
        if entry is None:
            return _no_subscription(request)
        return reply(request, 200, _body(entry))

    @app.route("/subscriptions/<name>", methods=["PUT"])
    async def put_subscription(self, request: IRequest, name: str) -> bytes:
        local_only(request)
        subscription = parse_subscription(
            name, json_body(request), insecure=self._insecure
        )
        entry = await self._topic.subscribe(subscription)
        status = 201 if entry.is_new else 200
        answer = {"name": name, "state": _STATES[entry.state]}
        if entry.state is Provisioning.AWAITING_MANUAL_ACTION:
            status = 202
            answer["why"] = (
                "the endpoint answered 200 without the validationCode as "
                "validationResponse; somebody must GET its validationUrl within "
                "five minutes"
            )
        return reply(request, status, answer)

    @app.route("/subscriptions/<name>", methods=["DELETE"])
    def delete_subscription(self, request: IRequest, name: str) -> bytes:
        local_only(request)
        if self._topic.unsubscribe(name):
            return reply(request, 200, {"name": name, "state": "deleted"})
        return _no_subscription(request)

    @app.route("/events", methods=["GET"])
    def list_events(self, request: IRequest) -> bytes:
        local_only(request)
        wanted = request.args.get(b"correlation_id", [None])[0]
        found = self._topic.events.of_call(
            None if wanted is None else wanted.decode("latin-1")
        )
        return reply(request, 200, {"events": [record.body() for record in found]})

    @app.route("/events/<event_id>", methods=["GET"])
    def get_event(self, request: IRequest, event_id: str) -> bytes:
        local_only(request)
        record = self._topic.events.get(event_id)
        if record is None:
            return reply(request, 404, {"error": "there is no such event"})
        return reply(request, 200, record.body())

    @app.handle_errors(Exception)
    def _failed(self, request: IRequest, failure: Failure) -> bytes:
        return reply_failure(request, failure, self._log)


def _body(entry: Entry) -> dict[str, Any]:
    return {
        **entry.subscription.body(),
        "state": _STATES[entry.state],
        "provisioning_state": entry.state.value,
    }


def _no_subscription(request: IRequest) -> bytes:
    return reply(request, 404, {"error": "there is no such subscription"})
