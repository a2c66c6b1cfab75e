"""
The room in which all who take part in a call hear each other.
"""

from __future__ import annotations

from .far_end import Format
from .media_stream import MediaStream
from .metronome import Metronome, Tick
from .model.mixing import Voice, dominant, mixed
from .model.roster import Roster

_DEFAULT_RATE = 16000


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
    Ticks every 20 ms while there are phones or media streams: takes what
    the streams say, lets the phones speak and listen, and sends each stream
    what all others said.

    Phones hear each other one tick late, so that it does not matter which of
    them is asked first.

    @ivar rate: Hz; that of the stream which opened first.
    """

    def __init__(self, roster: Roster, metronome: Metronome) -> None:
        """
        @param roster: tells who is held or muted.
        """
        self._roster = roster
        self._metronome = metronome
        self._streams: dict[MediaStream, str] = {}
        self._phones: list[Tick] = []
        self.rate = _DEFAULT_RATE
        self._ticking = False
        self._far: list[Voice] = []
        self._before: list[Voice] = []
        self._said: list[Voice] = []
        self._keys: list[str] = []

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

    def heard_by(self, raw_id: str) -> bytes:
        """
        @return: 20 ms, at the room's rate.
        """
        if self._roster.is_cut_off(raw_id):
            return mixed((), self.rate)
        voices = [v for v in (*self._far, *self._before) if v.raw_id != raw_id]
        return mixed(voices, self.rate)

    def say(self, voice: Voice) -> None:
        """
        A phone speaks.
        """
        if self._roster.is_silenced(voice.raw_id):
            silence = bytes(len(voice.pcm))
            voice = Voice(voice.raw_id, silence, voice.rate, silent=True)
        self._said.append(voice)

    def press(self, raw_id: str, key: str) -> None:
        """
        A key of a phone is pressed.
        """
        if not self._roster.is_cut_off(raw_id):
            self._keys.append(key)

    def _start_or_stop(self) -> None:
        first = next(iter(self._streams), None)
        self.rate = _DEFAULT_RATE if first is None else first.options.rate
        wanted = bool(self._streams or self._phones)
        if wanted and not self._ticking:
            self._metronome.join(self._tick)
        elif self._ticking and not wanted:
            self._metronome.leave(self._tick)
        self._ticking = wanted

    def _tick(self, late: float) -> None:
        self._far = [self._far_voice(stream) for stream in self._streams]
        self._before, self._said, self._keys = self._said, [], []
        for tick in list(self._phones):
            tick(late)
        for stream, raw_id in list(self._streams.items()):
            self._send(stream, raw_id)
            for key in self._keys:
                stream.press(key)

    def _far_voice(self, stream: MediaStream) -> Voice:
        raw_id, pcm = self._streams[stream], stream.hear()
        if self._roster.is_silenced(raw_id):
            pcm = bytes(len(pcm))
        silent = len(self._streams) > 1 and not any(pcm)
        return Voice(raw_id, pcm, stream.options.rate, silent)

    def _send(self, stream: MediaStream, raw_id: str) -> None:
        options = stream.options
        cut_off = self._roster.is_cut_off(raw_id)
        others = [v for v in (*self._said, *self._far) if v.raw_id != raw_id]
        if cut_off:
            silence = bytes(options.frame_bytes)
            others = [Voice(v.raw_id, silence, options.rate, True) for v in others]
        if options.unmixed and others:
            stream.send_voices(dominant(others))
        else:
            silent = all(voice.silent for voice in others)
            stream.send_audio(mixed(others, options.rate), silent)
