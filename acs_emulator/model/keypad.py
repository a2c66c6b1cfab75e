"""
Keys beside the queue of media operations: continuous recognition, and sending.

After "How to control mid-call media actions with Call Automation" in the
Communication Services docs.  Inferred: how long a tone lasts, that a second
start goes on with what runs, that a stop without a start is refused, and that
numbers of tones begin with 1.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ..errors import wrong_state
from . import media_results as results
from .callbacks import DONE, OK, Result
from .media_messages import FRAME_MS
from .media_operations import MediaAction, Remark, Report, ToneRequest
from .tones import word_of

#: 100 ms of tone, 100 ms of silence.
_TONE_FRAMES = 100 // FRAME_MS
_KEY_FRAMES = 200 // FRAME_MS


class Keypad:
    """
    Of one connection.
    """

    def __init__(self, emit: Callable[[MediaAction], None]) -> None:
        self._emit = emit
        self._continuous: dict[str, ToneRequest] = {}
        self._sequences: dict[str, int] = {}
        self._sending: deque[ToneRequest] = deque()
        self._frame = 0

    def start(self, request: ToneRequest) -> None:
        """
        Tell of each key of a participant from now on.
        """
        if request.target not in self._continuous:
            self._sequences[request.target] = 0
        self._continuous[request.target] = request

    def stop(self, request: ToneRequest) -> None:
        """
        @raise Refusal: if it was not started.
        """
        if self._continuous.pop(request.target, None) is None:
            raise wrong_state("Continuous DTMF recognition was not started.")
        self._report("ContinuousDtmfRecognitionStopped", DONE, request)

    def press(self, raw_id: str, key: str) -> None:
        """
        A participant presses a key.
        """
        request = self._continuous.get(raw_id)
        if request is not None:
            self._sequences[raw_id] += 1
            extra = {"sequenceId": self._sequences[raw_id], "tone": word_of(key)}
            kind = "ContinuousDtmfRecognitionToneReceived"
            self._report(kind, OK, request, extra)

    def send(self, request: ToneRequest) -> None:
        """
        Let a phone hear keys, after those that are on their way.
        """
        self._sending.append(request)

    def pull(self) -> tuple[str, str, int] | None:
        """
        20 ms pass.

        @return: raw id of who hears a tone, its key, and which frame of it.
        """
        if not self._sending:
            return None
        request = self._sending[0]
        index, frame = divmod(self._frame, _KEY_FRAMES)
        if index >= len(request.keys):
            self._sending.popleft()
            self._frame = 0
            self._emit(Remark("tones_sent", f"the caller's phone hears {request.keys}"))
            self._report("SendDtmfTonesCompleted", DONE, request)
            return None
        self._frame += 1
        if frame >= _TONE_FRAMES:
            return None
        return request.target, request.keys[index], frame

    def close(self) -> None:
        """
        The connection has ended.
        """
        self._continuous.clear()
        while self._sending:
            request = self._sending.popleft()
            self._report("SendDtmfTonesFailed", results.CANCELED, request)

    def _report(
        self,
        kind: str,
        result: Result,
        request: ToneRequest,
        extra: dict[str, object] | None = None,
    ) -> None:
        self._emit(
            Report(
                kind=kind,
                result=result,
                operation_context=request.operation_context,
                callback_url=request.callback_url,
                extra=extra or {},
            )
        )
