"""
The media operations of one connection: played and recognized one after the
other, counted in ticks of 20 ms.

Requests queue up, and C{interruptCallMediaOperation} cancels what is there: so
the REST reference describes that field.  That a connection's end cancels them
too, and that a prompt which cannot be had ends an operation before any of it is
heard, is inferred.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import media_results as results
from .callbacks import OK, Result
from .keypad import Keypad
from .media_messages import FRAME_SECONDS
from .media_operations import (
    Drop,
    Heard,
    Load,
    MediaAction,
    MediaOperation,
    Remark,
    Report,
    Understand,
)
from .prompts import Cursor
from .recognition import Recognition
from .tones import word_of

#: Audio before the first loud frame that belongs to what is said, in frames.
_PRE_ROLL = 5


@dataclass
class _Entry:
    """
    @ivar lengths: of its sources, in frames; L{None} until they are loaded.
    @ivar cursor: set when it starts.
    """

    operation: MediaOperation
    lengths: tuple[int, ...] | None = None
    cursor: Cursor | None = None
    recognition: Recognition | None = None
    asked: bool = False


class MediaDesk:
    """
    Inputs are methods; what is to be done about them is emitted.

    @ivar keypad: keys beside the queue.
    """

    def __init__(self, emit: Callable[[MediaAction], None]) -> None:
        """
        @param emit: must not call back into this object, nor raise.
        """
        self._emit = emit
        self._queue: deque[_Entry] = deque()
        self._ticks = 0
        self.keypad = Keypad(emit)

    @property
    def _now(self) -> float:
        return self._ticks * FRAME_SECONDS

    @property
    def busy(self) -> bool:
        """
        Is anything being played or recognized, or about to be?
        """
        return bool(self._queue)

    @property
    def speaker(self) -> str | None:
        """
        Raw id of the participant whose speech is of use now.
        """
        operation = self._queue[0].operation if self._queue else None
        if operation is None or operation.recognize is None:
            return None
        return next(iter(operation.to)) if operation.recognize.takes_speech else None

    # What applications want.

    def add(self, operation: MediaOperation) -> None:
        """
        Play or recognize, when it is its turn.
        """
        if operation.interrupt:
            self.cancel_all()
        entry = _Entry(operation)
        self._queue.append(entry)
        if operation.sources:
            self._emit(Load(operation))
        else:
            entry.lengths = ()

    def cancel_all(self) -> None:
        """
        Whatever is there ends as canceled.
        """
        while self._queue:
            entry = self._queue.popleft()
            verb = entry.operation.verb
            self._report(entry, verb + "Canceled", results.CANCELED)

    def close(self) -> None:
        """
        The connection has ended.
        """
        self.cancel_all()
        self.keypad.close()

    # What became of what was emitted.

    def loaded(self, number: int, lengths: Sequence[int]) -> None:
        """
        @param lengths: of the sources, in frames.
        """
        entry = self._entry(number)
        if entry is not None:
            entry.lengths = tuple(lengths)

    def load_failed(self, number: int, index: int, result: Result) -> None:
        """
        @param index: of the source that cannot be played.
        """
        entry = self._entry(number)
        if entry is None:
            return
        self._queue.remove(entry)
        self._emit(Remark("prompt_failed", f"source {index}: {result.message}"))
        if entry.operation.recognize is not None:
            why = f"{results.PROMPT_FAILED.message} {result.message}"
            result = Result(results.PROMPT_FAILED.code, 8511, why)
        kind = entry.operation.verb + "Failed"
        self._report(entry, kind, result, {"failedPlaySourceIndex": index})

    def understood(self, number: int, text: str) -> None:
        """
        @param text: empty, if it was no speech.
        """
        entry = self._entry(number)
        if entry is not None and entry.recognition is not None:
            entry.asked = False
            entry.recognition.understood(self._now, text)
            self._conclude(entry)

    def not_understood(self, number: int, result: Result) -> None:
        """
        Speech cannot be understood here at all.
        """
        entry = self._entry(number)
        if entry is not None:
            self._queue.remove(entry)
            self._report(entry, "RecognizeFailed", result)

    def _entry(self, number: int) -> _Entry | None:
        found = (e for e in self._queue if e.operation.number == number)
        return next(found, None)

    # Ticks.

    def pull(self) -> Heard:
        """
        20 ms pass.

        @return: what the phones hear of us in them.
        """
        self._ticks += 1
        prompt = self._prompt()
        to = self._queue[0].operation.to if prompt is not None else frozenset()
        return Heard(prompt, to, self.keypad.pull())

    def _prompt(self) -> tuple[int, int, int] | None:
        while self._queue and self._queue[0].lengths is not None:
            entry = self._queue[0]
            if entry.cursor is None:
                self._start(entry)
            assert entry.cursor is not None
            recognition = entry.recognition
            if recognition is not None and not recognition.prompting:
                recognition.elapsed(self._now)
                if not self._conclude(entry):
                    return None
                continue
            position = entry.cursor.next()
            if position is not None:
                return (entry.operation.number, *position)
            if recognition is None:
                self._queue.popleft()
                self._report(entry, "PlayCompleted", results.PLAYED)
            else:
                recognition.prompt_ended(self._now)
        return None

    def _start(self, entry: _Entry) -> None:
        operation, lengths = entry.operation, entry.lengths or ()
        entry.cursor = Cursor(lengths, operation.loop)
        if operation.recognize is not None:
            entry.recognition = Recognition(
                operation.recognize, self._now, prompting=any(lengths)
            )
            kind = operation.recognize.kind
            self._emit(Remark("recognize", f"the service waits for {kind}"))
            return
        self._emit(Remark("play", f"the service plays {len(lengths)} source(s)"))
        if operation.interrupt:
            self._tell(operation, "PlayStarted", OK)

    def take(self, keys: Sequence[tuple[str, str]], loud: bool) -> None:
        """
        What the participants did in the last 20 ms.

        @param keys: who pressed which.
        @param loud: does the L{speaker} speak?
        """
        for raw_id, key in keys:
            self.keypad.press(raw_id, key)
            entry, recognition = self._recognizing()
            if entry is None or recognition is None:
                continue
            if raw_id in entry.operation.to:
                recognition.press(self._now, word_of(key))
                self._conclude(entry)
        entry, recognition = self._recognizing()
        if entry is not None and recognition is not None:
            recognition.hear(self._now, loud)
            self._ask(entry, recognition)

    def _recognizing(self) -> tuple[_Entry | None, Recognition | None]:
        entry = self._queue[0] if self._queue else None
        return entry, None if entry is None else entry.recognition

    def _ask(self, entry: _Entry, recognition: Recognition) -> None:
        utterance = recognition.utterance
        if utterance is not None and not entry.asked:
            entry.asked = True
            begin, end = utterance
            frames = round((end - begin) / FRAME_SECONDS) + 1 + _PRE_ROLL
            self._emit(Understand(entry.operation.number, frames))

    def _conclude(self, entry: _Entry) -> bool:
        """
        @return: is it over?
        """
        outcome = None if entry.recognition is None else entry.recognition.outcome
        if outcome is None:
            return False
        self._queue.remove(entry)
        kind = "RecognizeCompleted" if outcome.completed else "RecognizeFailed"
        self._report(entry, kind, outcome.result, outcome.extra)
        return True

    def _report(
        self,
        entry: _Entry,
        kind: str,
        result: Result,
        extra: dict[str, object] | None = None,
    ) -> None:
        self._emit(Drop(entry.operation.number))
        codes = f"{result.code}/{result.sub_code}"
        self._emit(Remark("media", f"{kind} {codes}"))
        self._tell(entry.operation, kind, result, extra)

    def _tell(
        self,
        operation: MediaOperation,
        kind: str,
        result: Result,
        extra: dict[str, object] | None = None,
    ) -> None:
        self._emit(
            Report(
                kind=kind,
                result=result,
                operation_context=operation.operation_context,
                callback_url=operation.callback_url,
                extra=extra or {},
            )
        )
