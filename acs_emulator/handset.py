"""
The telephone in the caller's hand: speaks and listens as the script says, on
whatever media stream the call has just now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from .far_end import Beat, FarEnd
from .fronts.sounds import is_loud
from .model.caller import Caller, Turn
from .model.caller_script import Script
from .model.media_messages import FRAME_MS, silence
from .model.story import Counters

_DEFAULT_RATE = 16000


class Clip(Protocol):
    """
    A recording that the caller can say.
    """

    frames: int

    def frame(self, rate: int, index: int) -> bytes: ...


class Recorder(Protocol):
    """
    Keeps what the caller hears.
    """

    def write(self, pcm: bytes, rate: int) -> None: ...
    def close(self) -> None: ...


class Handset:
    """
    Ticks from the moment at which it is first given a far end to the end of the
    call.
    """

    def __init__(
        self,
        *,
        script: Script,
        clips: Mapping[str, Clip],
        new_recorder: Callable[[int], Recorder] | None,
        metronome: Beat,
        counters: Counters,
        tell: Callable[[str, str], None],
        hang_up: Callable[[str], None],
    ) -> None:
        """
        @param clips: all that the script says, by path.
        @param new_recorder: given the rate in Hz; L{None} if nobody wants to
            know what was heard.
        @param hang_up: given a text for the story.
        """
        self._caller = Caller(script, lambda path: clips[path].frames)
        self._clips = clips
        self._new_recorder = new_recorder
        self._recorder: Recorder | None = None
        self._metronome = metronome
        self._counters = counters
        self._tell = tell
        self._hang_up = hang_up
        self._stream: FarEnd | None = None
        self._ticking = False
        self._latest = 0.0

    def use(self, stream: FarEnd) -> None:
        """
        Speak and listen there from now on.
        """
        self._stream = stream
        for clip in self._clips.values():
            clip.frame(stream.options.rate, 0)  # converted now, not in a tick
        if not self._ticking:
            self._ticking = True
            if self._new_recorder is not None:
                self._recorder = self._new_recorder(stream.options.rate)
            self._metronome.join(self._tick)

    def put_down(self) -> None:
        """
        The call is over.
        """
        self._stream = None
        self._metronome.leave(self._tick)
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            recorder.close()

    def _tick(self, late: float) -> None:
        if late > self._latest:
            self._latest = late
            counters = self._counters
            counters.late_max_ms = max(counters.late_max_ms, round(late * 1000, 1))
        stream = self._stream
        rate = stream.options.rate if stream is not None else _DEFAULT_RATE
        quiet = silence(rate * FRAME_MS // 1000 * 2)
        heard = stream.hear() if stream is not None else quiet
        if self._recorder is not None:
            self._recorder.write(heard, rate)
        turn = self._caller.tick(is_loud(heard))
        for note in turn.notes:
            self._tell(note.what, note.text)
        if stream is not None:
            self._speak(stream, turn, quiet)
        if turn.hang_up is not None:
            self._hang_up(turn.hang_up)

    def _speak(self, stream: FarEnd, turn: Turn, quiet: bytes) -> None:
        if turn.playing is None:
            stream.send_audio(quiet, True)
        else:
            path, index = turn.playing
            frame = self._clips[path].frame(stream.options.rate, index)
            stream.send_audio(frame, silent=False)
        for key in turn.keys:
            stream.press(key)
