"""
The telephone in the caller's hand: speaks and listens as the script says, on
whatever media stream the call has just now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from .fronts.sounds import is_loud, mix
from .media_stream import MediaStream
from .metronome import Metronome
from .model.caller import Caller, Turn
from .model.caller_script import Script
from .model.media_messages import FRAME_MS
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


class ServiceSound(Protocol):
    """
    What the service itself lets the caller hear, and takes of the caller, with
    or without a media stream.
    """

    def sound(self, rate: int) -> bytes | None: ...
    def caller(
        self, said: bytes | None, keys: Sequence[str], heard: bytes, rate: int
    ) -> None: ...


class Handset:
    """
    Ticks from the opening of the first media stream, or from the connecting of a
    call that has none, to the end of the call; between two streams the caller
    speaks to the service alone, and hears nothing else.
    """

    def __init__(
        self,
        *,
        script: Script,
        clips: Mapping[str, Clip],
        new_recorder: Callable[[int], Recorder] | None,
        metronome: Metronome,
        line: ServiceSound,
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
        self._line = line
        self._counters = counters
        self._tell = tell
        self._hang_up = hang_up
        self._stream: MediaStream | None = None
        self._ticking = False

    def use(self, stream: MediaStream) -> None:
        """
        The stream has opened: speak and listen there.
        """
        self._stream = stream
        self.begin(stream.options.rate)

    def begin(self, rate: int = _DEFAULT_RATE) -> None:
        """
        Speak and listen from now on, if not before.

        @param rate: Hz, of what is heard at first.
        """
        for clip in self._clips.values():
            clip.frame(rate, 0)  # converted now, not in a tick
        if not self._ticking:
            self._ticking = True
            if self._new_recorder is not None:
                self._recorder = self._new_recorder(rate)
            self._metronome.join(self._tick)

    def leave(self, stream: MediaStream) -> None:
        """
        The stream is closed; no harm if it was not in use.
        """
        if self._stream is stream:
            self._stream = None

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
        self._counters.late_max_ms = max(
            self._counters.late_max_ms, round(late * 1000, 1)
        )
        stream = self._stream
        rate = stream.options.rate if stream is not None else _DEFAULT_RATE
        silence = bytes(rate * FRAME_MS // 1000 * 2)
        heard = stream.hear() if stream is not None else silence
        prompt = self._line.sound(rate)
        if prompt is not None:
            self._counters.prompt_frames += 1
            heard = prompt if stream is None else mix(heard, prompt)
        if self._recorder is not None:
            self._recorder.write(heard, rate)
        turn = self._caller.tick(is_loud(heard))
        for note in turn.notes:
            self._tell(note.what, note.text)
        said = self._said(turn, rate)
        if stream is not None:
            stream.send_audio(silence if said is None else said, silent=said is None)
            for key in turn.keys:
                stream.press(key)
        self._line.caller(said, turn.keys, heard, rate)
        if turn.hang_up is not None:
            self._hang_up(turn.hang_up)

    def _said(self, turn: Turn, rate: int) -> bytes | None:
        if turn.playing is None:
            return None
        path, index = turn.playing
        return self._clips[path].frame(rate, index)
