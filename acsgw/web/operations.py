"""
For operators: what became of the calls, is the process well, its numbers.

Bound to loopback unless the settings say otherwise: there is no log-in.
"""

from __future__ import annotations

from collections.abc import Callable

from klein import Klein
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from twisted.web.iweb import IRequest

from ..calls.records import CallBook
from .answers import answer, answer_errors, header


class Operations:
    """
    Reads; of calls it changes only whether their recording is paused.
    """

    app = Klein()

    def __init__(
        self,
        book: CallBook,
        not_ready: Callable[[], str | None],
        registry: CollectorRegistry,
        pause_recording: Callable[[str, bool], bool],
    ) -> None:
        """
        @param pause_recording: given a call's id, and whether to pause or to resume;
            tells whether the call is in progress and recorded.
        @param not_ready: why no calls should be sent here; L{None} if all is well.
        """
        self._book = book
        self._not_ready = not_ready
        self._registry = registry
        self._pause_recording = pause_recording

    @app.route("/v1/calls", methods=["GET"])
    def calls(self, request: IRequest) -> bytes:
        """
        All calls, the oldest first; C{?outcome=...} for those with one outcome,
        C{?live=1} for those in progress.
        """
        records = self._book.all()
        outcome = _argument(request, b"outcome")
        if outcome is not None:
            records = [r for r in records if r.outcome and r.outcome.value == outcome]
        if _argument(request, b"live") is not None:
            records = [r for r in records if r.outcome is None]
        return answer(request, {"calls": [r.to_json() for r in records]})

    @app.route("/v1/calls/<call_id>", methods=["GET"])
    def call(self, request: IRequest, call_id: str) -> bytes:
        """
        One call, with its milestones.
        """
        record = self._book.find(call_id)
        if record is None:
            return answer(request, {"error": f"no call {call_id} is known here"}, 404)
        return answer(request, record.to_json())

    @app.route("/v1/calls/<call_id>/recording/<wish>", methods=["POST"])
    def recording(self, request: IRequest, call_id: str, wish: str) -> bytes:
        """
        C{pause} and C{resume}.  Not for pages in an operator's browser, which may be
        anybody's: browsers say with every C{POST} whose page it is (Fetch standard,
        section "Origin header").
        """
        if wish not in ("pause", "resume"):
            return answer(request, {"error": "there are pause and resume"}, 404)
        if header(request, b"origin") is not None:
            return answer(request, {"error": "not from a browser's page"}, 403)
        if self._book.find(call_id) is None:
            return answer(request, {"error": f"no call {call_id} is known here"}, 404)
        paused = wish == "pause"
        if not self._pause_recording(call_id, paused):
            error = f"call {call_id} is not being recorded"
            return answer(request, {"error": error}, 409)
        return answer(request, {"id": call_id, "paused": paused})

    @app.route("/health/live", methods=["GET"])
    def live(self, request: IRequest) -> bytes:
        """
        The process answers.
        """
        return answer(request, {"status": "ok"})

    @app.route("/health/ready", methods=["GET"])
    def ready(self, request: IRequest) -> bytes:
        """
        Calls may be sent here.
        """
        reason = self._not_ready()
        if reason is not None:
            return answer(request, {"status": "not ready", "reason": reason}, 503)
        return answer(request, {"status": "ok"})

    @app.route("/metrics", methods=["GET"])
    def metrics(self, request: IRequest) -> bytes:
        """
        In the text format of Prometheus, or as OpenMetrics (which has exemplars)
        if C{Accept} says so.
        """
        encode, kind = choose_encoder(header(request, b"accept") or "")
        request.setHeader(b"content-type", kind.encode("ascii"))
        text: bytes = encode(self._registry)
        return text

    answer_errors(app)


def _argument(request: IRequest, name: bytes) -> str | None:
    values = request.args.get(name)
    return values[0].decode("utf-8", "replace") if values else None
