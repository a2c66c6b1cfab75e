"""
What became of each call: its milestones and its outcome.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..addresses import masked
from ..interfaces import IncomingCall, RecordingResult
from .actions import Ended, Outcome

#: Milestones of one call after which what is said and keyed is only counted; the
#: call's own milestones are few.
MAX_MILESTONES = 1000


@dataclass(frozen=True)
class Milestone:
    """
    @ivar at: seconds since the epoch.
    @ivar what: a word: C{answered}, C{agent_said}, C{key}, C{barge_in}...
    """

    at: float
    what: str
    text: str


@dataclass(kw_only=True)
class CallRecord:
    """
    One call, for onlookers.

    @ivar conversation_id: the same for all legs of what is one conversation for the
        caller.
    @ivar return_identity: raw id of who gets the caller back, if there is one.
    @ivar keep_words: may the record show what was said and keyed?
    @ivar uploaded_to: where the recording is, once it is there.
    @ivar certain: has it ended for the network too, as far as we know?
    @ivar variables: output variables of the agent.
    """

    call_id: str
    account: str
    caller: str
    callee: str
    correlation_id: str
    started_at: float
    keep_words: bool
    milestones: list[Milestone] = field(default_factory=list)
    connection_id: str = ""
    conversation_id: str = ""
    return_identity: str | None = None
    ended_at: float | None = None
    outcome: Outcome | None = None
    reason: str = ""
    recording: RecordingResult | None = None
    uploaded_to: str | None = None
    counters: dict[str, int] = field(default_factory=dict)
    milestones_dropped: int = 0
    variables: dict[str, str] = field(default_factory=dict)
    certain: bool = True

    def note(self, at: float, what: str, text: str) -> None:
        """
        A milestone has been passed.
        """
        if what in _WORDS:
            if len(self.milestones) >= MAX_MILESTONES:
                self.milestones_dropped += 1
                return
            text = text if self.keep_words else ""
        self.milestones.append(Milestone(at, what, text))

    def to_json(self) -> dict[str, Any]:
        """
        @return: all of it, with numbers masked and times in seconds since the
            epoch; C{seconds} is since the call rang.
        """
        summary = self.summary()
        summary["counters"] = self.counters
        summary["milestones_dropped"] = self.milestones_dropped
        summary["variables"] = {
            name: value if self.keep_words else "(not kept)"
            for name, value in self.variables.items()
        }
        summary["timeline"] = [
            {
                "at": m.at,
                "seconds": round(m.at - self.started_at, 3),
                "what": m.what,
                "text": m.text,
            }
            for m in self.milestones
        ]
        return summary

    def summary(self) -> dict[str, Any]:
        """
        @return: a line's worth of it.
        """
        recording = self.recording
        return {
            "id": self.call_id,
            "account": self.account,
            "from": masked(self.caller),
            "to": masked(self.callee),
            "correlation_id": self.correlation_id,
            "conversation_id": self.conversation_id,
            "return_identity": self.return_identity and masked(self.return_identity),
            "connection_id": self.connection_id,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "outcome": self.outcome.value if self.outcome else None,
            "reason": self.reason,
            "recording": recording
            and {
                "path": recording.path,
                "seconds": round(recording.seconds, 3),
                "problem": recording.problem,
                "sha256": recording.sha256,
                "bytes": recording.bytes,
                "pauses": [list(pause) for pause in recording.pauses],
                "uploaded_to": self.uploaded_to,
            },
        }


#: Milestones of the conversation, whose text is what somebody said or keyed.
_WORDS = frozenset({"agent_said", "caller_said", "key", "barge_in"})


class CallBook:
    """
    The calls of this process: those in progress, and the last that ended.
    """

    def __init__(
        self,
        clock_seconds: Callable[[], float],
        keep: int,
        count_outcome: Callable[[str, str], None],
        count_audio: Callable[[Mapping[str, int]], None],
    ) -> None:
        """
        @param keep: ended calls to remember.
        @param count_outcome: told the outcome of each call, and the id of its
            conversation.
        @param count_audio: told the counters of each call.
        """
        self._count_outcome = count_outcome
        self._count_audio = count_audio
        self._seconds = clock_seconds
        self._keep = keep
        self._records: OrderedDict[str, CallRecord] = OrderedDict()
        self._ended = 0

    def open(self, call_id: str, call: IncomingCall, keep_words: bool) -> CallRecord:
        """
        A call has begun.
        """
        record = CallRecord(
            call_id=call_id,
            account=call.account,
            caller=call.caller,
            callee=call.callee,
            correlation_id=call.correlation_id,
            started_at=self._seconds(),
            keep_words=keep_words,
        )
        self._records[call_id] = record
        return record

    def close(self, record: CallRecord, end: Ended) -> None:
        """
        A call has ended.
        """
        record.ended_at = self._seconds()
        record.outcome = end.outcome
        record.reason = end.reason
        record.certain = end.certain
        self._count_outcome(end.outcome.value, record.conversation_id)
        self._count_audio(record.counters)
        self._records.move_to_end(record.call_id)
        self._ended += 1
        while self._ended > self._keep:
            oldest = next(r for r in self._records.values() if r.outcome is not None)
            del self._records[oldest.call_id]
            self._ended -= 1

    def recording_uploaded(self, call_id: str, url: str) -> None:
        """
        A call's recording is in its store; the call may be forgotten by now.
        """
        record = self.find(call_id)
        if record is not None:
            record.uploaded_to = url

    def find(self, call_id: str) -> CallRecord | None:
        """
        @return: the call, in progress or ended.
        """
        return self._records.get(call_id)

    def all(self) -> list[CallRecord]:
        """
        @return: those in progress and those that ended, the oldest first.
        """
        return sorted(self._records.values(), key=lambda record: record.started_at)
