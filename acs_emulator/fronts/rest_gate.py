"""
Requests to the REST API and their answers, as they pass the gate: written into
the journal, and spoiled as ordered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from ..errors import Refusal
from ..journal import Journal
from ..model.call_index import Party
from ..model.elision import show_headers, show_json, show_url
from ..model.faults import FaultBook
from ..model.hmac_auth import SignedRequest
from ..model.report import Report

_CODES = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    408: "RequestTimeout",
    409: "Conflict",
    429: "TooManyRequests",
    500: "InternalServerError",
    502: "BadGateway",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}


class Passage:
    """
    One request, from its arrival to its answer.

    @ivar clock_skew: seconds by which the service's clock is ahead of ours.
    @ivar drop: cut the connection in place of an answer.
    """

    def __init__(
        self,
        party: Party,
        channel: str,
        operation: str,
        fault: Mapping[str, Any],
        journal: Journal,
        report: Report,
        clock: IReactorTime,
        ahead: float,
    ) -> None:
        self._party = party
        self._channel = channel
        self._operation = operation
        self._report = report
        self._fault = fault
        self._journal = journal
        self._clock = clock
        self.clock_skew: float = fault.get("clock_skew", 0.0) + ahead
        self.drop = bool(fault.get("lose_answer"))

    async def enter(self) -> None:
        """
        Wait, if that was ordered; for ever, too.

        @raise Refusal: if that was ordered.
        """
        fault = self._fault
        if "delay" in fault:
            await deferLater(self._clock, fault["delay"])
        if fault.get("no_answer"):
            # Ends when the client goes away, or the emulator does.
            await Deferred()
        if "status" in fault:
            status = fault["status"]
            after = fault.get("retry_after")
            headers = {} if after is None else {"Retry-After": str(after)}
            code = _CODES.get(status, "OrderedFault")
            raise Refusal(status, code, "This answer was ordered.", headers)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """
        What is refused meanwhile goes into the report.
        """
        try:
            yield
        except Refusal as e:
            self._wrong(e.problems, refused=True)
            raise

    def let_pass(self, problems: Iterable[str]) -> None:
        """
        This was wrong, but not refused.
        """
        self._wrong(problems, refused=False)

    def _wrong(self, problems: Iterable[str], *, refused: bool) -> None:
        self._report.add(
            self._channel,
            self._operation or "unknown",
            problems,
            party=self._party,
            refused=refused,
        )

    async def leave(self, status: int, body: Mapping[str, Any] | None) -> None:
        """
        The request was acted upon; wait, if that was ordered.
        """
        party = self._journal.index.learn_answer(self._party, body)
        note = self._journal.note
        if "delay_answer" in self._fault:
            await deferLater(self._clock, self._fault["delay_answer"])
        if self.drop:
            note(party, self._channel, "fault", f"the answer {status} is lost")
        else:
            note(party, self._channel, "out", str(status), body=show_json(body))


class RestGate:
    """
    Knows what was ordered, and whose call it is.
    """

    def __init__(
        self,
        journal: Journal,
        faults: FaultBook,
        report: Report,
        clock: IReactorTime,
        ahead: Callable[[], float],
    ) -> None:
        """
        @param ahead: seconds by which the clock of those who sign requests is
            ahead of C{clock}, which may be moved by hand.
        """
        self._ahead = ahead
        self._journal = journal
        self._faults = faults
        self._report = report
        self._clock = clock

    def arrived(
        self, request: SignedRequest, operation: str, channel: str = "rest"
    ) -> Passage:
        """
        @param operation: short name of what is asked for.
        @param channel: C{rest}, C{identity}, C{recording} or C{openid}.
        """
        body = _parsed(request.body)
        path = request.target.partition("?")[0]
        party = self._journal.index.of_request(path, body)
        fault = self._faults.strike(channel, party, operation)
        note = self._journal.note
        note(
            party,
            channel,
            "in",
            f"{request.method} {show_url(path)}",
            headers=show_headers(request.headers),
            body=show_json(body),
        )
        if fault:
            note(party, channel, "fault", operation, **fault)
        return Passage(
            party,
            channel,
            operation,
            fault,
            self._journal,
            self._report,
            self._clock,
            self._ahead(),
        )


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None
