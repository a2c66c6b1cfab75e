"""
The control API: for people, demos and tests, not for applications.

No authentication: it is for this machine only, and not for web pages either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from klein import Klein
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest

from ..network import CallRequest
from ..phone_book import CalledPhone
from ..phone_call import PhoneCall
from .call_requests import call_request, called_phone, phone_body
from .json_api import (
    json_body as _body,
    local_only as _local_only,
    reply as _reply,
    reply_failure,
)


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
    ) -> None:
        """
        @param facts: what C{/emulator/resource} answers.
        """
        self._version = version
        self._facts = facts
        self._phones = phones
        self._book = book

    @app.route("/health", methods=["GET"])
    def health(self, request: IRequest) -> bytes:
        return _reply(request, 200, {"status": "ok", "version": self._version})

    @app.route("/resource", methods=["GET"])
    def resource(self, request: IRequest) -> bytes:
        _local_only(request)
        return _reply(request, 200, dict(self._facts))

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
        return reply_failure(request, failure, self._log)


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
