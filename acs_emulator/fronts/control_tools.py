"""
The control API's tools for tests: journal, faults, time and keys.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from klein import Klein
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest

from ..errors import BadCall
from ..journal import Journal
from ..model.faults import FaultBook, parse_fault
from ..model.forgery import Forger
from ..model.report import Report
from .json_api import json_body, local_only, reply, reply_failure


class KnownCall(Protocol):
    """
    A call, as far as its journal goes.
    """

    @property
    def correlation_id(self) -> str: ...


class Calls(Protocol):
    """
    Who knows calls.
    """

    @property
    def calls(self) -> Sequence[Any]: ...
    def call(self, call_id: str) -> Any: ...


class Lateness(Protocol):
    """
    What the 20 ms clock tells of itself.
    """

    def body(self) -> dict[str, Any]: ...


class Time(Protocol):
    """
    A clock that is moved by hand.
    """

    @property
    def now(self) -> float: ...
    async def advance(self, seconds: Any) -> float: ...


class ToolsFront:
    """
    JSON in, JSON out.
    """

    app = Klein()
    _log = Logger()

    def __init__(
        self,
        *,
        calls: Calls,
        journal: Journal,
        faults: FaultBook,
        report: Report,
        forger: Forger,
        new_id: Callable[[], str],
        metronome: Lateness,
        time: Time | None,
    ) -> None:
        """
        @param time: L{None} if time is real.
        """
        self._calls = calls
        self._journal = journal
        self._faults = faults
        self._report = report
        self._forger = forger
        self._new_id = new_id
        self._metronome = metronome
        self._time = time

    @app.route("/calls/<call_id>/journal", methods=["GET"])
    def journal(self, request: IRequest, call_id: str) -> bytes:
        local_only(request)
        call: KnownCall = self._calls.call(call_id)
        body = self._journal.body(call.correlation_id)
        return reply(request, 200, {"id": call_id, **body})

    @app.route("/journal", methods=["GET"])
    def journal_of_no_call(self, request: IRequest) -> bytes:
        local_only(request)
        return reply(request, 200, self._journal.body(""))

    @app.route("/report", methods=["GET"])
    def report(self, request: IRequest) -> bytes:
        local_only(request)
        ids = {call.correlation_id: call.call_id for call in self._calls.calls}
        return reply(request, 200, self._report.body(ids))

    @app.route("/report", methods=["DELETE"])
    def clear_report(self, request: IRequest) -> bytes:
        local_only(request)
        self._report.clear()
        return reply(request, 200, self._report.body({}))

    @app.route("/faults", methods=["GET"])
    def list_faults(self, request: IRequest) -> bytes:
        local_only(request)
        return reply(request, 200, {"faults": self._faults.body()})

    @app.route("/faults", methods=["POST"])
    def order_fault(self, request: IRequest) -> bytes:
        local_only(request)
        fault_id = self._faults.order(parse_fault(json_body(request)))
        return reply(request, 201, {"id": fault_id})

    @app.route("/faults", methods=["DELETE"])
    def clear_faults(self, request: IRequest) -> bytes:
        local_only(request)
        self._faults.clear()
        return reply(request, 200, {"faults": []})

    @app.route("/faults/<fault_id>", methods=["DELETE"])
    def take_back(self, request: IRequest, fault_id: str) -> bytes:
        local_only(request)
        if self._faults.take_back(fault_id):
            return reply(request, 200, {"id": fault_id, "state": "deleted"})
        return reply(request, 404, {"error": "there is no such fault"})

    @app.route("/clock", methods=["GET"])
    def clock(self, request: IRequest) -> bytes:
        local_only(request)
        return reply(request, 200, self._metronome.body())

    @app.route("/time", methods=["GET"])
    def time(self, request: IRequest) -> bytes:
        local_only(request)
        if self._time is None:
            return reply(request, 200, {"clock": "real"})
        return reply(request, 200, {"clock": "manual", "now": self._time.now})

    @app.route("/time:advance", methods=["POST"])
    async def advance(self, request: IRequest) -> bytes:
        local_only(request)
        if self._time is None:
            text = 'time is real; set [time] clock = "manual"'
            return reply(request, 409, {"error": text})
        body = json_body(request)
        for key in sorted(set(body) - {"seconds"}):
            raise BadCall(f"{key}: not known; use seconds")
        now = await self._time.advance(body.get("seconds"))
        return reply(request, 200, {"now": now})

    @app.handle_errors(Exception)
    def _failed(self, request: IRequest, failure: Failure) -> bytes:
        return reply_failure(request, failure, self._log)
