"""
The control API: for people, demos and tests, not for applications.

No authentication: it is for this machine only, and not for web pages either.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from klein import Klein
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest

from ..errors import (
    BadCall,
    BadScript,
    BadSubscription,
    BadWav,
    HandshakeFailed,
    NobodyListens,
    NoSuchCall,
)
from ..model.subscriptions import Subscription, parse_subscription
from ..network import CallRequest
from ..phone_book import CalledPhone
from ..phone_call import PhoneCall
from .call_requests import call_request, called_phone, phone_body

_STATUS = {
    BadCall: 400,
    BadScript: 400,
    BadSubscription: 400,
    BadWav: 400,
    HandshakeFailed: 422,
    NobodyListens: 409,
    NoSuchCall: 404,
}
_LOOPBACK = ("127.", "::1", "::ffff:127.")


class Phones(Protocol):
    """
    Who places calls.
    """

    @property
    def calls(self) -> list[PhoneCall]: ...
    def call(self, call_id: str) -> PhoneCall: ...
    def place(self, request: CallRequest) -> PhoneCall: ...


class Book(Protocol):
    """
    Who knows the phones that applications call.
    """

    @property
    def phones(self) -> dict[str, CalledPhone]: ...
    def put(self, number: str, phone: CalledPhone) -> None: ...
    def remove(self, number: str) -> bool: ...


class Subscriptions(Protocol):
    """
    Who keeps subscriptions.
    """

    @property
    def subscriptions(self) -> list[Subscription]: ...
    async def subscribe(self, subscription: Subscription) -> None: ...
    def unsubscribe(self, name: str) -> bool: ...


class Forbidden(Exception):
    """
    The request does not come from a program on this machine.
    """


class ControlFront:
    """
    JSON in, JSON out.
    """

    app = Klein()
    _log = Logger()

    def __init__(
        self,
        *,
        version: str,
        facts: Mapping[str, Any],
        phones: Phones,
        book: Book,
        topic: Subscriptions,
        insecure: bool,
    ) -> None:
        """
        @param facts: what C{/emulator/resource} answers.
        """
        self._version = version
        self._facts = facts
        self._phones = phones
        self._book = book
        self._topic = topic
        self._insecure = insecure

    @app.route("/health", methods=["GET"])
    def health(self, request: IRequest) -> bytes:
        return _reply(request, 200, {"status": "ok", "version": self._version})

    @app.route("/resource", methods=["GET"])
    def resource(self, request: IRequest) -> bytes:
        _local_only(request)
        return _reply(request, 200, dict(self._facts))

    @app.route("/subscriptions", methods=["GET"])
    def list_subscriptions(self, request: IRequest) -> bytes:
        _local_only(request)
        found = [_subscription_body(s) for s in self._topic.subscriptions]
        return _reply(request, 200, {"subscriptions": found})

    @app.route("/subscriptions/<name>", methods=["PUT"])
    async def put_subscription(self, request: IRequest, name: str) -> bytes:
        _local_only(request)
        given = _body(request)
        subscription = parse_subscription(name, given, insecure=self._insecure)
        await self._topic.subscribe(subscription)
        return _reply(request, 200, {"name": name, "state": "active"})

    @app.route("/subscriptions/<name>", methods=["DELETE"])
    def delete_subscription(self, request: IRequest, name: str) -> bytes:
        _local_only(request)
        if self._topic.unsubscribe(name):
            return _reply(request, 200, {"name": name, "state": "deleted"})
        return _reply(request, 404, {"error": "there is no such subscription"})

    @app.route("/calls", methods=["GET"])
    def list_calls(self, request: IRequest) -> bytes:
        _local_only(request)
        found = [_summary(call) for call in self._phones.calls]
        return _reply(request, 200, {"calls": found})

    @app.route("/calls", methods=["POST"])
    def place_call(self, request: IRequest) -> bytes:
        _local_only(request)
        call = self._phones.place(call_request(_body(request)))
        return _reply(request, 201, {"id": call.call_id})

    @app.route("/calls/<call_id>", methods=["GET"])
    def get_call(self, request: IRequest, call_id: str) -> bytes:
        _local_only(request)
        return _reply(request, 200, _call_body(self._phones.call(call_id)))

    @app.route("/calls/<call_id>", methods=["DELETE"])
    def end_call(self, request: IRequest, call_id: str) -> bytes:
        _local_only(request)
        call = self._phones.call(call_id)
        call.hang_up_caller("the caller hangs up")
        return _reply(request, 200, _summary(call))

    @app.route("/phones", methods=["GET"])
    def list_phones(self, request: IRequest) -> bytes:
        _local_only(request)
        found = [phone_body(*item) for item in self._book.phones.items()]
        return _reply(request, 200, {"phones": found})

    @app.route("/phones/<number>", methods=["PUT"])
    def put_phone(self, request: IRequest, number: str) -> bytes:
        _local_only(request)
        phone = called_phone(number, _body(request))
        self._book.put(number, phone)
        return _reply(request, 200, phone_body(number, phone))

    @app.route("/phones/<number>", methods=["DELETE"])
    def delete_phone(self, request: IRequest, number: str) -> bytes:
        _local_only(request)
        if self._book.remove(number):
            return _reply(request, 200, {"number": number})
        return _reply(request, 404, {"error": "this phone was not described"})

    @app.handle_errors(Exception)
    def _failed(self, request: IRequest, failure: Failure) -> bytes:
        error = failure.value
        status = _STATUS.get(type(error))
        if status is not None:
            return _reply(request, status, {"error": str(error)})
        if isinstance(error, Forbidden):
            return _reply(request, 403, {"error": str(error)})
        code = getattr(error, "code", None)  # Klein's own: 404, 405
        if isinstance(code, int):
            return _reply(request, code, {"error": "no such thing here"})
        self._log.failure("control request failed", failure)
        return _reply(request, 500, {"error": "internal error"})


def _local_only(request: IRequest) -> None:
    address = request.getClientAddress()
    is_ip = isinstance(address, IPv4Address | IPv6Address)
    if is_ip and not address.host.startswith(_LOOPBACK):
        raise Forbidden("the control API is for this machine only")
    if request.getHeader("origin") is not None:
        raise Forbidden("the control API is not for web pages")


def _body(request: IRequest) -> dict[str, Any]:
    try:
        given = json.loads(request.content.read())
    except ValueError:
        raise BadCall("the body is not JSON") from None
    if not isinstance(given, dict):
        raise BadCall("the body is not a JSON object")
    return given


def _subscription_body(subscription: Subscription) -> dict[str, Any]:
    return {
        "name": subscription.name,
        "state": "active",
        # Without query, where secrets may be; headers are not told at all.
        "endpoint": subscription.endpoint.partition("?")[0],
        "schema": subscription.schema.value,
        "headers": sorted(subscription.headers),
        "filters": [
            {"key": f.key, "operator": f.operator, "values": list(f.values)}
            for f in subscription.filters
        ],
    }


def _summary(call: PhoneCall) -> dict[str, Any]:
    return {
        "id": call.call_id,
        "from": call.request.caller.removeprefix("4:"),
        "to": call.request.callee.removeprefix("4:"),
        "state": call.state,
        "outcome": call.outcome,
        "started_at": call.story.started_at,
        "correlation_id": call.correlation_id,
    }


def _call_body(call: PhoneCall) -> dict[str, Any]:
    return {
        **_summary(call),
        **call.story.body(),
        "heard": call.request.heard,
        "call_connection_ids": call.connection_ids,
    }


def _reply(request: IRequest, status: int, body: dict[str, Any]) -> bytes:
    request.setResponseCode(status)
    request.setHeader("Content-Type", "application/json")
    return json.dumps(body).encode("utf-8")
