"""
One media stream: what is to be done with a message, a piece of audio or a report of
what the caller has heard.

Core: no sockets, no clock; time is the position in the caller's audio.

The agent does not say where an utterance ends.  It does at a C{clear}, and when
nothing is left to play; not at a C{mark}, as there are agents that
mark every piece of a sentence, and each end is a seam in the sound.  A mark comes back
when the caller has heard what was sent before it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...audio.frames import split
from ...interfaces import PlayState
from .messages import (
    CHUNK_BYTES,
    DIGITS,
    RATE,
    Clear,
    Mark,
    Media,
    StreamWriter,
    parse,
)
from .stall import StallWatch
from .steps import (
    EndUtterance,
    Flush,
    GiveUp,
    Send,
    Speak,
    Step,
    WantProgress,
    Warn,
)

#: So long after an utterance must have been heard, nothing more belongs to it, in ms.
GAP_MS = 100

#: An agent that was so far ahead of its time, in ms, and is not any more ...
BURST_MS = 200

#: ... has nothing more to say when so little is left.  The end of the sound, which
#: waits for what might follow, is then in time.
EARLY_MS = 60

#: Marks that wait; an agent with more is out of its mind.
MOST_MARKS = 20_000

_SAMPLES_A_MS = RATE // 1000


@dataclass
class _Utterance:
    """
    One that the caller has not heard to its end.

    @ivar is_burst: has it come faster than it is heard?
    @ivar marks: each with its place, in samples from the utterance's begin.
    """

    name: str
    samples: int = 0
    is_burst: bool = False
    marks: deque[tuple[int, str]] = field(default_factory=deque)


class StreamCore:
    """
    @ivar wrong: messages of the agent that were passed over.
    @ivar digits_dropped: keys that the protocol has no word for.
    """

    __slots__ = (
        "_generation",
        "_marks",
        "_most_ahead_ms",
        "_open",
        "_plays_until_ms",
        "_position_ms",
        "_rest",
        "_unplayed",
        "_utterances",
        "_warned",
        "_watch",
        "_writer",
        "digits_dropped",
        "wrong",
    )

    def __init__(
        self, writer: StreamWriter, *, stall_ms: int, most_ahead_ms: int
    ) -> None:
        """
        @param stall_ms: see L{StallWatch}.
        @param most_ahead_ms: how much speech the agent may send ahead of its time.
        """
        self._writer = writer
        self._watch = StallWatch(stall_ms)
        self._most_ahead_ms = most_ahead_ms
        self._rest = b""
        self._position_ms = 0
        self._plays_until_ms = 0
        self._generation = 0
        self._utterances = 0
        self._open: _Utterance | None = None
        self._unplayed: deque[_Utterance] = deque()
        self._marks = 0
        self._warned = False
        self.wrong = 0
        self.digits_dropped = 0

    # What the gateway says.

    def begin(self, parameters: Mapping[str, str]) -> list[Step]:
        """
        The socket is open.
        """
        return [Send(self._writer.connected()), Send(self._writer.start(parameters))]

    def caller_audio(self, mulaw: bytes, position_ms: int) -> list[Step]:
        """
        @param mulaw: at 8 kHz; cut into the pieces that the protocol wants.
        """
        ms = len(mulaw) // _SAMPLES_A_MS
        self._position_ms = position_ms + ms
        odd = self._rest or len(mulaw) != CHUNK_BYTES
        chunks = self._cut(mulaw) if odd else (mulaw,)
        media = self._writer.media
        steps: list[Step] = [Send(media(chunk)) for chunk in chunks]
        if self._open is not None:
            late = -EARLY_MS if self._open.is_burst else GAP_MS
            if self._position_ms > self._plays_until_ms + late:
                steps += self._end_utterance()
        if self._watch.stalled(mulaw, ms, self._position_ms):
            steps.append(GiveUp("it did not answer the caller and is silent"))
        return steps

    def _cut(self, mulaw: bytes) -> tuple[bytes, ...]:
        pieces = split(self._rest + mulaw, CHUNK_BYTES)
        self._rest = b""
        if pieces and len(pieces[-1]) < CHUNK_BYTES:
            self._rest = pieces.pop()
        return tuple(pieces)

    @property
    def awaits_progress(self) -> bool:
        """
        Does a mark wait for its sound?
        """
        return self._marks > 0

    def dtmf(self, digit: str) -> list[Step]:
        """
        The caller pressed a key.
        """
        if digit not in DIGITS:
            self.digits_dropped += 1
            return []
        return [Send(self._writer.dtmf(digit))]

    def played(self, utterance: str, played_ms: int, state: PlayState) -> list[Step]:
        """
        The caller has heard so much of an utterance, and perhaps will hear no more.
        """
        if not any(waiting.name == utterance for waiting in self._unplayed):
            return []
        marks: list[str] = []
        while self._unplayed[0].name != utterance:
            marks += self._drop_first()
        if state in (PlayState.DONE, PlayState.FLUSHED):
            marks += self._drop_first()
        else:
            marks += self._passed(self._unplayed[0], played_ms * _SAMPLES_A_MS)
        if not self._unplayed:
            self._plays_until_ms = self._position_ms
        return self._echo(marks)

    def stop(self) -> list[Step]:
        """
        The caller has left.
        """
        return [Send(self._writer.stop())]

    # What the agent says.

    def received(self, message: bytes, is_binary: bool) -> list[Step]:
        """
        A message; those that are wrong are passed over, as Twilio does.
        """
        try:
            if is_binary:
                raise ValueError("it is binary")
            parsed = parse(message)
            if parsed.stream_sid != self._writer.stream_sid:
                raise ValueError("it has another streamSid")
        except ValueError as e:
            return self._pass_over(str(e))
        if type(parsed) is Media:
            steps = self._speech(parsed.media.payload)
            self._watch.sign(max(self._position_ms, self._plays_until_ms))
            return steps
        match parsed:
            case Mark():
                steps = self._mark(parsed.mark.name)
            case Clear():
                steps = self._clear()
        self._watch.sign(max(self._position_ms, self._plays_until_ms))
        return steps

    def agent_left(self) -> list[Step]:
        """
        The agent has closed the socket: what it said stands.
        """
        return self._end_utterance()

    def _speech(self, mulaw: bytes) -> list[Step]:
        if not mulaw:
            return []
        utterance = self._open
        if utterance is None:
            self._utterances += 1
            utterance = self._open = _Utterance(f"u{self._utterances}")
            self._unplayed.append(utterance)
        utterance.samples += len(mulaw)
        begins_ms = max(self._plays_until_ms, self._position_ms)
        self._plays_until_ms = begins_ms + len(mulaw) // _SAMPLES_A_MS
        ahead_ms = self._plays_until_ms - self._position_ms
        utterance.is_burst |= ahead_ms > BURST_MS
        if ahead_ms > self._most_ahead_ms:
            limit = self._most_ahead_ms // 1000
            return [GiveUp(f"it sent more than {limit} s of speech ahead of its time")]
        return [Speak(mulaw, utterance.name, self._generation)]

    def _mark(self, name: str) -> list[Step]:
        if not self._unplayed:
            return self._echo([name])
        if self._marks >= MOST_MARKS:
            return [GiveUp(f"more than {MOST_MARKS} marks wait")]
        self._marks += 1
        last = self._unplayed[-1]
        last.marks.append((last.samples, name))
        return [WantProgress()] if self._marks == 1 else []

    def _clear(self) -> list[Step]:
        marks: list[str] = []
        while self._unplayed:
            marks += self._drop_first()
        self._plays_until_ms = self._position_ms
        self._generation += 1
        return [Flush(self._generation), *self._echo(marks)]

    def _drop_first(self) -> list[str]:
        """
        @return: the marks of the utterance that waited first, and waits no more.
        """
        first = self._unplayed.popleft()
        if self._open is first:
            self._open = None
        return self._passed(first, first.samples)

    def _passed(self, utterance: _Utterance, samples: int) -> list[str]:
        """
        @return: the marks before that place, which wait no more.
        """
        passed: list[str] = []
        while utterance.marks and utterance.marks[0][0] <= samples:
            passed.append(utterance.marks.popleft()[1])
        self._marks -= len(passed)
        return passed

    def _end_utterance(self) -> list[Step]:
        utterance, self._open = self._open, None
        return [] if utterance is None else [EndUtterance(utterance.name)]

    def _echo(self, marks: list[str]) -> list[Step]:
        return [Send(self._writer.mark(mark)) for mark in marks]

    def _pass_over(self, why: str) -> list[Step]:
        self.wrong += 1
        if self._warned:
            return []
        self._warned = True
        return [Warn(f"a message of the agent was passed over: {why}")]
