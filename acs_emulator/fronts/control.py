"""
The control API: for people, demos and tests, not for applications.

No authentication: it is for this machine only, and not for web pages either.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from klein import Klein
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
    NoVoice,
)
from ..handset import Clip
from ..model.caller_script import SPOKEN, parse_script
from ..model.custom_context import voip_problems
from ..model.identifiers import is_phone_number, raw_id_of_address
from ..model.subscriptions import Subscription, parse_subscription
from ..network import CallRequest
from ..phone_call import PhoneCall
from .control_http import (
    Forbidden,
    json_body as _body,
    local_only as _local_only,
    reply as _reply,
)
from .wav_files import HeardFile, check_writable, read_wav, spoken

_STATUS = {
    BadCall: 400,
    BadScript: 400,
    BadSubscription: 400,
    BadWav: 400,
    HandshakeFailed: 422,
    NobodyListens: 409,
    NoSuchCall: 404,
    NoVoice: 400,
}


class Phones(Protocol):
    """
    Who places calls.
    """

    @property
    def calls(self) -> list[PhoneCall]: ...
    def call(self, call_id: str) -> PhoneCall: ...
    def place(self, request: CallRequest) -> PhoneCall: ...


class Subscriptions(Protocol):
    """
    Who keeps subscriptions.
    """

    @property
    def subscriptions(self) -> list[Subscription]: ...
    async def subscribe(self, subscription: Subscription) -> None: ...
    def unsubscribe(self, name: str) -> bool: ...


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
        topic: Subscriptions,
        insecure: bool,
    ) -> None:
        """
        @param facts: what C{/emulator/resource} answers.
        """
        self._version = version
        self._facts = facts
        self._phones = phones
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
        call = self._phones.place(_call_request(_body(request)))
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


def _call_request(given: dict[str, Any]) -> CallRequest:
    known = {"from", "to", "voip_headers", "steps", "heard", "give_up_after"}
    known.add("fail_transfers_to")
    for key in sorted(set(given) - known):
        raise BadCall(f"{key}: not known; use {', '.join(sorted(known))}")
    script = parse_script(given)
    return CallRequest(
        caller=_address(given, "from"),
        callee=_address(given, "to"),
        voip_headers=_voip_headers(given.get("voip_headers")),
        script=script,
        clips=_clips([step.say for step in script.steps if step.say is not None]),
        failing=_failing(given.get("fail_transfers_to", [])),
        heard=given.get("heard"),
        new_recorder=_recorder(given.get("heard")),
    )


def _address(given: dict[str, Any], key: str) -> str:
    try:
        return raw_id_of_address(str(given.get(key, "")))
    except ValueError as e:
        raise BadCall(f"{key}: {e}") from None


def _voip_headers(given: Any) -> dict[str, str] | None:
    if given is None:
        return None
    if not isinstance(given, dict) or not all(
        isinstance(value, str) for value in given.values()
    ):
        raise BadCall("voip_headers: must be an object whose values are texts")
    for problem in voip_problems(given):
        raise BadCall(problem)
    return given


def _clips(paths: list[str]) -> dict[str, Clip]:
    clips: dict[str, Clip] = {}
    for path in paths:
        if path.startswith(SPOKEN):
            clips[path] = spoken(path.removeprefix(SPOKEN))
        elif os.path.isabs(path):
            clips[path] = read_wav(path)
        else:
            raise BadWav(f"{path}: must be an absolute path")
    return clips


def _failing(given: Any) -> frozenset[str]:
    if not isinstance(given, list) or not all(
        isinstance(number, str) and is_phone_number(number) for number in given
    ):
        raise BadCall("fail_transfers_to: must be a list of phone numbers")
    return frozenset(given)


def _recorder(heard: Any) -> Callable[[int], HeardFile] | None:
    if heard is None:
        return None
    problem = check_writable(str(heard))
    if problem is not None:
        raise BadCall(f"heard: {problem}")
    return partial(HeardFile, str(heard))


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
