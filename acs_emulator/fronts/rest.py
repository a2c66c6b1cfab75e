"""
The Call Automation REST API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Protocol, cast

from klein import Klein
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import Request
from twisted.web.iweb import IRequest

from ..errors import Refusal
from ..model.hmac_auth import SignedRequest, check_signature
from ..model.operations import (
    Operation,
    Strictness,
    check_version,
    find_operation,
    is_repeatable,
)
from ..model.repeatability import Repeatability
from .rest_gate import Passage, RestGate
from .signed_requests import read_json, read_signed, read_version, write_json

_PREFIX = "/calling"


class Calls(Protocol):
    """
    What applications may do; each raises L{Refusal}.
    """

    def answer(self, body: dict[str, Any], api_version: str) -> dict[str, Any]: ...
    def properties(self, connection_id: str) -> dict[str, Any]: ...
    def hang_up(self, connection_id: str, *, everybody: bool) -> None: ...
    def transfer(self, connection_id: str, body: dict[str, Any]) -> dict[str, Any]: ...


#: Operation, body and api-version in; status and body of the answer out.
Perform = Callable[[Operation, dict[str, Any], str], tuple[int, dict[str, Any] | None]]


@dataclass(frozen=True)
class Answer:
    """
    What is sent back.
    """

    status: int
    body: dict[str, Any] | None = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


class RestFront:
    """
    Checks the signature, the version and the body; L{Calls} does the rest.
    """

    app = Klein()
    _log = Logger()

    def __init__(
        self,
        calls: Calls,
        operations: Mapping[str, Perform],
        *,
        access_key: str,
        strictness: Strictness,
        clock: IReactorTime,
        answer_delay: float,
        gate: RestGate,
    ) -> None:
        """
        @param operations: those that L{Calls} does not do, by name; each
            raises L{Refusal}.
        @param access_key: base64.
        @param answer_delay: seconds between the answering of a call and the
            response that says so; the media socket may open in between.
        """
        self._calls = calls
        self._operations = operations
        self._access_key = access_key
        self._strictness = strictness
        self._clock = clock
        self._answer_delay = answer_delay
        self._gate = gate
        self._repeats: Repeatability[Answer] = Repeatability()

    @app.route("/", branch=True, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def request(self, request: IRequest) -> bytes:
        signed = read_signed(request)
        passage = self._gate.arrived(signed, _operation_name(signed))
        try:
            await passage.enter()
            with passage.watched():
                answer = await self._answer(request, signed, passage)
        except Refusal as e:
            answer = Answer(e.status, e.body(), e.headers)
        await passage.leave(answer.status, answer.body)
        if passage.drop:
            cast(Request, request).loseConnection()
            await Deferred()  # canceled when the connection is gone
        return _reply(request, answer)

    async def _answer(
        self, request: IRequest, signed: SignedRequest, passage: Passage
    ) -> Answer:
        now = self._clock.seconds() + passage.clock_skew
        check_signature(self._access_key, signed, now)
        version = read_version(request)
        check_version(version)
        assert version is not None
        path = signed.target.partition("?")[0].removeprefix(_PREFIX)
        scheme = "https" if request.isSecure() else "http"
        skip = request.args.get(b"skip", [b"0"])[0]
        operation = replace(
            find_operation(signed.method, path),
            base=f"{scheme}://{signed.headers.get('host', '')}",
            skip=skip.decode("latin-1"),
        )
        answer = self._repeatable(operation, signed, version, passage)
        if operation.name == "answer" and self._answer_delay:
            await deferLater(self._clock, self._answer_delay)
        return answer

    def _repeatable(
        self,
        operation: Operation,
        signed: SignedRequest,
        version: str,
        passage: Passage,
    ) -> Answer:
        request_id = signed.headers.get("repeatability-request-id")
        path = signed.target.partition("?")[0].removeprefix(_PREFIX)
        if request_id is None or not is_repeatable(signed.method, path):
            return self._perform(operation, signed, version, passage)
        line = f"{signed.method} {signed.target}\n".encode()
        fingerprint = sha256(line + signed.body).digest()
        answer = self._repeats.recall(request_id, fingerprint)
        if answer is None:
            answer = self._perform(operation, signed, version, passage)
            self._repeats.remember(request_id, fingerprint, answer)
        return answer

    def _perform(
        self,
        operation: Operation,
        signed: SignedRequest,
        version: str,
        passage: Passage,
    ) -> Answer:
        body = read_json(signed.body)
        passage.let_pass(self._strictness.check_body(operation.name, body))
        connection_id = operation.connection_id
        match operation.name:
            case "answer":
                return Answer(200, self._calls.answer(body, version))
            case "get":
                return Answer(200, self._calls.properties(connection_id))
            case "transfer":
                return Answer(202, self._calls.transfer(connection_id, body))
            case "hang_up" | "terminate":
                everybody = operation.name == "terminate"
                self._calls.hang_up(connection_id, everybody=everybody)
                return Answer(204, None)
            case name:
                return Answer(*self._operations[name](operation, body, version))

    @app.handle_errors(Exception)
    def _failed(self, request: IRequest, failure: Failure) -> bytes | Deferred[bytes]:
        error = failure.value
        if not isinstance(error, Refusal):
            code = getattr(error, "code", None)  # Klein's own: 404, 405
            if isinstance(code, int):
                error = Refusal(code, "NotFound", "There is no such operation.")
            else:
                self._log.failure("REST request failed", failure)
                error = Refusal(500, "InternalServerError", "internal error")
        return _reply(request, Answer(error.status, error.body()))


def _operation_name(signed: SignedRequest) -> str:
    path = signed.target.partition("?")[0].removeprefix(_PREFIX)
    try:
        return find_operation(signed.method, path).name
    except Refusal:
        return ""


def _reply(request: IRequest, answer: Answer) -> bytes:
    for name, value in answer.headers.items():
        request.setHeader(name, value)
    return write_json(request, answer.status, answer.body)
