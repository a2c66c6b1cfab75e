"""
The room in which all who take part in a call hear each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from .far_end import Format
from .media_stream import MediaStream
from .metronome import Metronome, Tick
from .model.media_messages import FRAME_SECONDS, silence
from .model.mixing import Prompt, Voice, dominant, mixed
from .model.roster import Roster
from .model.story import Counters

_DEFAULT_RATE = 16000


class ServiceSound(Protocol):
    """
    What the service itself lets the phones hear, and takes of them, with or
    without a media stream.
    """

    def sounds(self, rate: int) -> Sequence[Prompt]: ...
    def phones(
        self,
        said: Sequence[Voice],
        keys: Sequence[tuple[str, str]],
        heard: Sequence[Voice],
    ) -> None: ...


class Seat:
    """
    Where one phone sits: what it says there all others hear.
    """

    def __init__(self, room: Room, raw_id: str) -> None:
        self._room = room
        self._raw_id = raw_id

    @property
    def options(self) -> Format:
        """
        How the phone speaks and hears just now.
        """
        return self._room

    def hear(self) -> bytes:
        """
        @return: the next 20 ms of all others.
        """
        return self._room.heard_by(self._raw_id)

    def send_audio(self, pcm: bytes, silent: bool) -> None:
        """
        @param pcm: 20 ms.
        """
        self._room.say(Voice(self._raw_id, pcm, self._room.rate, silent))

    def press(self, key: str) -> None:
        """
        Press a key of the phone.
        """
        self._room.press(self._raw_id, key)


class Room:
    """
    Ticks every 20 ms while there are phones or media streams, or the service
    plays or records: takes what the streams and the service say, lets the
    phones speak and listen, and sends each stream what all others said.

    Phones hear each other one tick late, so that it does not matter which of
    them is asked first.

    @ivar rate: Hz; that of the stream which opened first.
    """

    def __init__(
        self,
        roster: Roster,
        metronome: Metronome,
        service: ServiceSound,
        counters: Counters,
    ) -> None:
        """
        @param roster: tells who is held or muted.
        """
        self._roster = roster
        self._metronome = metronome
        self._service = service
        self._counters = counters
        self._serving = False
        self._streams: dict[MediaStream, str] = {}
        self._phones: list[Tick] = []
        self.rate = _DEFAULT_RATE
        self._ticking = False
        self._far: list[Voice] = []
        self._before: list[Voice] = []
        self._said: list[Voice] = []
        self._keys: list[tuple[str, str]] = []
        self._prompts: Sequence[Prompt] = ()
        self._last: list[Callable[[], None]] = []

    def serve(self) -> None:
        """
        The service plays, listens or records: tick even if nobody is there.
        """
        self._serving = True
        self._start_or_stop()

    def end(self) -> None:
        """
        The service does so no more.
        """
        self._serving = False
        self._start_or_stop()

    def add(self, stream: MediaStream, raw_id: str) -> None:
        """
        @param raw_id: of the participant that speaks on the stream.
        """
        self._streams[stream] = raw_id
        self._start_or_stop()

    def remove(self, stream: MediaStream) -> None:
        """
        No harm if it is not there.
        """
        self._streams.pop(stream, None)
        self._start_or_stop()

    # For phones, which take the room for their clock.

    def join(self, tick: Tick) -> None:
        """
        Call C{tick} every 20 ms from now on.
        """
        self._phones.append(tick)
        self._start_or_stop()

    def leave(self, tick: Tick) -> None:
        """
        Do not call it any more; no harm if it was not called before.
        """
        if tick in self._phones:
            self._phones.remove(tick)
        self._start_or_stop()

    def last(self, step: Callable[[], None]) -> None:
        """
        Do something at the end of this tick: whoever hangs up is heard out.
        """
        self._last.append(step)

    def heard_by(self, raw_id: str) -> bytes:
        """
        @return: 20 ms, at the room's rate.
        """
        cut_off = self._roster.is_cut_off(raw_id)
        voices: list[Voice] = []
        if self._prompts:
            voices = [p.voice for p in self._prompts if p.reaches(raw_id, cut_off)]
        if not cut_off:
            for voice in self._far:
                if voice.raw_id != raw_id:
                    voices.append(voice)
            for voice in self._before:
                if voice.raw_id != raw_id:
                    voices.append(voice)
        return mixed(voices, self.rate)

    def say(self, voice: Voice) -> None:
        """
        A phone speaks.
        """
        if self._roster.is_silenced(voice.raw_id):
            pcm = silence(len(voice.pcm))
            voice = Voice(voice.raw_id, pcm, voice.rate, silent=True)
        self._said.append(voice)

    def press(self, raw_id: str, key: str) -> None:
        """
        A key of a phone is pressed.
        """
        if not self._roster.is_cut_off(raw_id):
            self._keys.append((raw_id, key))

    def _start_or_stop(self) -> None:
        first = next(iter(self._streams), None)
        self.rate = _DEFAULT_RATE if first is None else first.options.rate
        wanted = self._serving or bool(self._streams or self._phones)
        if wanted and not self._ticking:
            self._metronome.join(self._tick)
        elif self._ticking and not wanted:
            self._metronome.leave(self._tick)
        self._ticking = wanted

    def _tick(self, late: float) -> None:
        if late > FRAME_SECONDS:
            for stream in self._streams:
                stream.was_late(late)
        self._far = [self._far_voice(stream) for stream in self._streams]
        self._before, self._said, self._keys = self._said, [], []
        self._prompts = self._service.sounds(self.rate)
        if self._prompts:
            self._counters.prompt_frames += 1
        for tick in list(self._phones):
            tick(late)
        for stream, raw_id in list(self._streams.items()):
            self._send(stream, raw_id)
            for _, key in self._keys:
                stream.press(key)
        heard = self._far
        if self._prompts:
            heard = [*heard, *(prompt.voice for prompt in self._prompts)]
        self._service.phones(self._said, self._keys, heard)
        if self._last:
            last, self._last = self._last, []
            for step in last:
                step()

    def _far_voice(self, stream: MediaStream) -> Voice:
        raw_id, pcm = self._streams[stream], stream.hear()
        if self._roster.is_silenced(raw_id):
            pcm = silence(len(pcm))
        silent = len(self._streams) > 1 and pcm == silence(len(pcm))
        return Voice(raw_id, pcm, stream.options.rate, silent)

    def _send(self, stream: MediaStream, raw_id: str) -> None:
        options = stream.options
        cut_off = self._roster.is_cut_off(raw_id)
        others = [v for v in self._said if v.raw_id != raw_id]
        for voice in self._far:
            if voice.raw_id != raw_id:
                others.append(voice)
        if cut_off:
            pcm = silence(options.frame_bytes)
            others = [Voice(v.raw_id, pcm, options.rate, True) for v in others]
        if options.unmixed and others:
            stream.send_voices(dominant(others))
        else:
            silent = True
            for voice in others:
                silent = silent and voice.silent
            stream.send_audio(mixed(others, options.rate), silent)
