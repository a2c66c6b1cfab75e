"""
What became of each call: the last ones, in memory.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .actions import Ended, Outcome
from .recorded import forms


@dataclass
class RecordedPart:
    """
    A file of a recording; long ones have several.

    @ivar location: where Azure keeps it, for a day.
    @ivar path: where we keep it, once we do.
    @ivar problem: why we do not.
    """

    location: str
    path: str | None = None
    problem: str = ""


@dataclass(kw_only=True)
class RecordingRecord:
    """
    What became of a call's recording.

    @ivar state: C{starting}, C{paused}, C{recording}, C{stopped}, C{failed}; or
        C{unsure}, if it could not be paused, resumed or stopped.
    @ivar channels: C{mixed} or C{unmixed}.
    @ivar problem: the last thing that went wrong.
    @ivar seconds: its length without pauses, when it is known.
    """

    channels: str
    recording_id: str = ""
    state: str = "starting"
    problem: str = ""
    seconds: float | None = None
    files: list[RecordedPart] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        given = asdict(self)
        given["id"] = given.pop("recording_id")
        return given


@dataclass(kw_only=True)
class CallRecord:
    """
    One call, for onlookers; numbers are masked, keys are not kept.

    @ivar kind: C{inbound}, or C{return} if the gateway gave the caller back.
    @ivar sent: variables that went on with the caller.
    @ivar returned: variables that came back with the caller.
    """

    call_id: str
    conversation_id: str
    kind: str
    caller: str
    callee: str
    started_at: float
    keep_values: bool
    connection_id: str = ""
    ended_at: float | None = None
    end: Ended | None = None
    rating: int | None = None
    callback: str = ""
    recording: RecordingRecord | None = None
    sent: Mapping[str, str] = field(default_factory=dict, repr=False)
    returned: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeline: list[tuple[float, str, str]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """
        @return: all of it; times in seconds since the epoch.
        """
        return {
            "id": self.call_id,
            "conversation_id": self.conversation_id,
            "connection_id": self.connection_id,
            "kind": self.kind,
            "from": masked(self.caller),
            "to": masked(self.callee),
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "outcome": self.end and self.end.outcome.value,
            "reason": self.end.reason if self.end else "",
            "rating": self.rating,
            "callback": self.callback,
            "recording": self.recording and self.recording.to_json(),
            "sent": self._shown(self.sent),
            "returned": self._shown(self.returned),
            "timeline": [
                {
                    "at": at,
                    "seconds": round(at - self.started_at, 3),
                    "what": what,
                    "text": text,
                }
                for at, what, text in self.timeline
            ],
        }

    def _shown(self, variables: Mapping[str, str]) -> dict[str, str]:
        return {
            name: value if self.keep_values else "(not kept)"
            for name, value in variables.items()
        }


class CallBook:
    """
    Calls in progress, and the last that ended.
    """

    def __init__(self, keep: int) -> None:
        """
        @param keep: ended calls to remember.
        """
        self._keep = keep
        self._live: dict[str, CallRecord] = {}
        self._ended: OrderedDict[str, CallRecord] = OrderedDict()

    def open(self, record: CallRecord) -> None:
        """
        A call has begun.
        """
        self._live[record.call_id] = record

    def close(self, record: CallRecord, end: Ended, at: float) -> None:
        """
        A call has ended.
        """
        record.end, record.ended_at = end, at
        self._ended[record.call_id] = self._live.pop(record.call_id)
        while len(self._ended) > self._keep:
            self._ended.popitem(last=False)

    def find(self, call_id: str) -> CallRecord | None:
        """
        @return: the call, in progress or ended.
        """
        return self._live.get(call_id) or self._ended.get(call_id)

    def all(self) -> list[CallRecord]:
        """
        @return: the oldest first.
        """
        records = [*self._ended.values(), *self._live.values()]
        return sorted(records, key=lambda record: record.started_at)

    def of_recording(self, recording_id: str) -> CallRecord | None:
        """
        @param recording_id: as Event Grid has it.
        """
        return next(
            (
                record
                for record in self.all()
                if record.recording
                and recording_id in forms(record.recording.recording_id)
            ),
            None,
        )

    def handovers(self, conversation_id: str) -> int:
        """
        @return: how often this conversation was handed over, as far as we remember.
        """
        return sum(
            record.conversation_id == conversation_id
            and record.end is not None
            and record.end.outcome is Outcome.HANDED_OVER
            for record in self._ended.values()
        )


def masked(raw_id: str) -> str:
    """
    @return: what may be logged of a number or identity: its end.
    """
    kind, _, rest = raw_id.rpartition(":")
    if not rest:
        return "unknown"
    if kind in ("", "4"):
        return "..." + rest[-4:] if len(rest) > 4 else "..."
    return f"{kind[:10]}:...{rest[-8:]}"
