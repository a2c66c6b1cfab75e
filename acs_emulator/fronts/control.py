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

from ..errors import BadCall, BadWav
from ..handset import Clip
from ..model.caller_script import SPOKEN, parse_script
from ..model.custom_context import voip_problems
from ..model.identifiers import is_phone_number, raw_id_of_address
from ..network import CallRequest
from ..phone_call import PhoneCall
from .json_api import (
    json_body as _body,
    local_only as _local_only,
    reply as _reply,
    reply_failure,
)
from .wav_files import HeardFile, check_writable, read_wav, spoken


class Phones(Protocol):
    """
    Who places calls.
    """

    @property
    def calls(self) -> list[PhoneCall]: ...
    def call(self, call_id: str) -> PhoneCall: ...
    def place(self, request: CallRequest) -> PhoneCall: ...


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
    ) -> None:
        """
        @param facts: what C{/emulator/resource} answers.
        """
        self._version = version
        self._facts = facts
        self._phones = phones

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
        return reply_failure(request, failure, self._log)


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
