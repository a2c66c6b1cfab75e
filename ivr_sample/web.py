"""
What the network may ask of us, and what operators may.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from klein import Klein
from prometheus_client import CollectorRegistry, Counter, generate_latest
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from werkzeug.exceptions import HTTPException

from acsgw.acs.bearer import BearerCheck, KeysUnavailable, Unauthorized
from acsgw.acs.events import (
    INCOMING_CALL,
    VALIDATION,
    BadEvents,
    callback,
    incoming_call,
    keyed,
    parse_events,
    validation_code,
)

from .desk import CallDesk
from .errors import NotTaken
from .prompts import joined
from .recorded import RECORDED, Recorded, recorded
from .records import CallBook
from .settings import Settings

_log = Logger()


@dataclass(frozen=True)
class CallbackTokens:
    """
    The tokens in our callback URLs: one for each call, good in every process that has
    the key, so that a call of a process that is no more can be ended.
    """

    key: bytes

    def token(self, call_id: str) -> str:
        name = call_id.encode("utf-8", "replace")
        return hmac.new(self.key, name, "sha256").hexdigest()

    def check(self, call_id: str, token: str) -> None:
        """
        @raise Unauthorized: if it is not ours.
        """
        good = self.token(call_id).encode("ascii")
        if not hmac.compare_digest(good, token.encode("utf-8", "replace")):
            raise Unauthorized("the callback's URL is not ours")


def json_answer(request: IRequest, value: Any, code: int = 200) -> bytes:
    request.setResponseCode(code)
    request.setHeader(b"content-type", b"application/json; charset=utf-8")
    return json.dumps(value).encode("utf-8")


def header(request: IRequest, name: str) -> str:
    values = request.requestHeaders.getRawHeaders(name.encode("ascii")) or [b""]
    last: bytes = values[-1]
    return last.decode("utf-8", "replace")


def answer_errors(app: Any) -> None:
    """
    What is not expected is logged, and the peer hears no details.
    """

    @app.handle_errors(Exception)
    def map_error(owner: Any, request: IRequest, failure: Failure) -> bytes:
        error = failure.value
        match error:
            case Unauthorized():
                code, text = 401, "not authorized"
                _log.warn("refused: {error}", error=error)
            case BadEvents():
                code, text = 400, str(error)
                _log.warn("bad request: {error}", error=error)
            case KeysUnavailable() | NotTaken():
                code, text = 503, str(error)
                _log.warn("not now: {error}", error=error)
            case HTTPException():
                code, text = error.code or 500, error.name
            case _:
                code, text = 500, "internal error"
                _log.failure("a request failed", failure)
        return json_answer(request, {"error": text}, code)


@dataclass(frozen=True)
class Webhooks:
    """
    For Azure: events, callbacks, prompts.

    @ivar prompts: the WAV files that are served.
    @ivar recorded: hears of recordings that can be fetched.
    """

    settings: Settings
    desk: CallDesk
    tokens: CallbackTokens
    bearer: BearerCheck
    prompts: Mapping[str, bytes]
    count: Callable[[str], None]
    recorded: Callable[[Recorded], bool]

    app = Klein()

    def _check_key(self, request: IRequest) -> None:
        events = self.settings.events
        given = header(request, events.header).encode("utf-8", "replace")
        wanted = events.key.get_secret_value().encode("utf-8")
        if not hmac.compare_digest(given, wanted):
            raise Unauthorized(f"no or wrong {events.header}: is it a delivery header?")

    @app.route("/v1/events", methods=["POST"])
    def events(self, request: IRequest) -> bytes:
        """
        Event Grid tells of ringing calls and finished recordings; both schemas.
        """
        self._check_key(request)
        events = parse_events(request.content.read())
        calls = [incoming_call(e, "") for e in events if e.kind == INCOMING_CALL]
        codes = [validation_code(e) for e in events if e.kind == VALIDATION]
        for event in events:
            self.count(event.kind)
        files = [recorded(e) for e in events if e.kind == RECORDED]
        taken = [self.desk.offer(call) for call in calls]
        taken += [self.recorded(file) for file in files]
        if codes:
            _log.info("Event Grid's subscription is validated")
            return json_answer(request, {"validationResponse": codes[0]})
        return json_answer(request, {"taken": sum(taken)})

    @app.route("/v1/events", methods=["OPTIONS"])
    def handshake(self, request: IRequest) -> bytes:
        """
        The handshake of CloudEvents: allow the origin that asks.
        """
        self._check_key(request)
        origin = header(request, "webhook-request-origin")
        if not origin or not origin.isascii():
            return json_answer(request, {"error": "no WebHook-Request-Origin"}, 400)
        request.setHeader(b"webhook-allowed-origin", origin.encode("ascii"))
        request.setHeader(b"webhook-allowed-rate", b"*")
        return b""

    @app.route("/v1/callbacks/<call_id>/<token>", methods=["POST"])
    async def callbacks(self, request: IRequest, call_id: str, token: str) -> bytes:
        """
        Azure tells what became of a call: the URL must be ours, the bearer Azure's.
        """
        self.tokens.check(call_id, token)
        audience = self.settings.acs.resource_id
        await self.bearer.check(header(request, "authorization"), audience)
        told = [
            (callback(event), keyed(event))
            for event in parse_events(request.content.read())
            if event.kind.startswith("Microsoft.Communication.")
        ]
        for event, keys in told:
            self.count(event.kind)
            self.desk.callback(call_id, event, keys)
        return json_answer(request, {})

    @app.route("/v1/prompts/<names>", methods=["GET", "HEAD"])
    def prompt(self, request: IRequest, names: str) -> bytes:
        """
        Azure plays our files, one or several in a row; they are no secret.
        """
        content = joined(self.prompts, names)
        if content is None:
            return json_answer(request, {"error": "no such prompt"}, 404)
        request.setHeader(b"content-type", b"audio/wav")
        return content

    answer_errors(app)


@dataclass(frozen=True)
class Operations:
    """
    For people and probes; reads, never changes.
    """

    book: CallBook
    desk: CallDesk
    registry: CollectorRegistry

    app = Klein()

    @app.route("/v1/calls", methods=["GET"])
    def calls(self, request: IRequest) -> bytes:
        """
        The oldest first; C{?live=1} for those in progress, C{?conversation=ID} for
        the legs of one conversation.
        """
        records = self.book.all()
        if b"live" in request.args:
            records = [r for r in records if r.end is None]
        for wanted in request.args.get(b"conversation", ()):
            name = wanted.decode("utf-8", "replace")
            records = [r for r in records if r.conversation_id == name]
        return json_answer(request, {"calls": [r.to_json() for r in records]})

    @app.route("/v1/calls/<call_id>", methods=["GET"])
    def call(self, request: IRequest, call_id: str) -> bytes:
        record = self.book.find(call_id)
        if record is None:
            return json_answer(request, {"error": "no such call is known here"}, 404)
        return json_answer(request, record.to_json())

    @app.route("/health/live", methods=["GET"])
    def live(self, request: IRequest) -> bytes:
        return json_answer(request, {"status": "ok"})

    @app.route("/health/ready", methods=["GET"])
    def ready(self, request: IRequest) -> bytes:
        if not self.desk.running:
            return json_answer(request, {"status": "draining"}, 503)
        return json_answer(request, {"status": "ok"})

    @app.route("/metrics", methods=["GET"])
    def metrics(self, request: IRequest) -> bytes:
        request.setHeader(b"content-type", b"text/plain; version=0.0.4; charset=utf-8")
        text: bytes = generate_latest(self.registry)
        return text

    answer_errors(app)


def counter(
    registry: CollectorRegistry, name: str, text: str, label: str
) -> Callable[[str], None]:
    """
    @return: counts by a name that others make up: a hundred get one of their own.
    """
    counted = Counter(name, text, [label], registry=registry)
    names: set[str] = set()

    def count(value: str) -> None:
        value = value[:100].encode("utf-8", "replace").decode("utf-8")
        if value not in names and len(names) >= 100:
            value = "other"
        names.add(value)
        counted.labels(value).inc()

    return count
