"""
One media stream of one call: audio out, audio in, and what was wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .fronts.media_link import MediaLink
from .model.media_messages import (
    FRAME_SECONDS,
    AudioReceived,
    MediaOptions,
    Received,
    StopReceived,
    Violation,
    audio_data,
    audio_metadata,
    dtmf_data,
    parse_received,
    usual_audio,
)
from .model.mixing import Voice, at_rate
from .model.playout import Playout
from .model.story import Counters
from .model.wire_time import media_time

#: So many violations are told; all are counted.
_MOST_TOLD = 20
#: That the clock is late is told once in so many frames.
_LATE_EVERY = 50


class MediaStream:
    """
    Plays the part of the service on a media WebSocket, whatever carries it.
    """

    def __init__(
        self,
        *,
        options: MediaOptions,
        subscription_id: str,
        participant: str,
        on_open: Callable[[MediaStream], None],
        on_close: Callable[[MediaStream, str], None],
        counters: Counters,
        now: Callable[[], float],
        tell: Callable[[str, str], None],
        wrong: Callable[[str], None],
    ) -> None:
        """
        @param participant: raw id of the caller, for unmixed streams.
        @param on_close: also called, with a reason, if it never opened.
        @param now: seconds since the epoch.
        @param wrong: told whatever the application must not send.
        """
        self.options = options
        self._subscription_id = subscription_id
        self._participant = participant if options.unmixed else None
        self._on_open = on_open
        self._on_close = on_close
        self._counters = counters
        self._now = now
        self._tell = tell
        self._wrong = wrong
        self._playout = Playout(options.rate)
        self._link: MediaLink | None = None
        self._opened_at = 0.0
        self._frames = 0
        self._late_most = 0.0
        self._late_again = 0

    # What the connection tells.

    def opened(self, link: MediaLink) -> None:
        self._link = link
        self._opened_at = self._now()
        link.send(audio_metadata(self._subscription_id, self.options))
        self._on_open(self)

    def received(self, payload: bytes, is_binary: bool) -> None:
        self._counters.messages_received += 1
        if self.options.bidirectional and not is_binary:
            pcm = usual_audio(payload)
            if pcm is not None:
                self._push(pcm)
                return
        for message in parse_received(payload, is_binary):
            self._take(message)

    def closed(self, reason: str) -> None:
        self._link = None
        self._on_close(self, reason)

    # What the caller does.

    def send_audio(self, pcm: bytes, silent: bool) -> None:
        """
        @param pcm: 20 ms.
        """
        self._send_one(self._participant, pcm, silent, self._next_time())

    def send_voices(self, voices: Iterable[Voice]) -> None:
        """
        Send what several participants said in the same 20 ms, each apart.
        """
        rate, timestamp = self.options.rate, self._next_time()
        for voice in voices:
            pcm = at_rate(voice, rate)
            self._send_one(voice.raw_id, pcm, voice.silent, timestamp)

    def _next_time(self) -> str:
        if self._link is None:
            return ""
        self._frames += 1
        return media_time(self._opened_at + (self._frames - 1) * FRAME_SECONDS)

    def _send_one(
        self, who: str | None, pcm: bytes, silent: bool, timestamp: str
    ) -> None:
        # Looked at for each: sending may end the stream.
        if self._link is None:
            return
        self._counters.frames_sent += 1
        self._link.send(
            audio_data(pcm, timestamp=timestamp, silent=silent, participant=who)
        )

    def was_late(self, seconds: float) -> None:
        """
        These 20 ms come so late; the emulator's own fault, and none of the
        application's.
        """
        self._late_most = max(self._late_most, seconds)
        if self._link is None or self._frames < self._late_again:
            return
        self._late_again = self._frames + _LATE_EVERY
        late_ms, self._late_most = round(self._late_most * 1000, 1), 0.0
        self._link.remark("the emulator's own 20 ms clock is late", late_ms=late_ms)

    def press(self, key: str) -> None:
        """
        Send a key, if the application asked for keys.
        """
        if self._link is not None and self.options.dtmf:
            self._counters.keys_sent += 1
            self._link.send(dtmf_data(key))

    def hear(self) -> bytes:
        """
        @return: the next 20 ms of what the far end said.
        """
        playout = self._playout
        before = playout.frames_played
        frame = playout.pull()
        if playout.frames_played != before:
            self._counters.frames_heard += 1
        return frame

    def _take(self, message: Received) -> None:
        match message:
            case AudioReceived(pcm) if self.options.bidirectional:
                self._push(pcm)
            case AudioReceived():
                self._violation("audio, although enableBidirectional is not set")
            case StopReceived():
                dropped = self._playout.stop()
                self._counters.stop_audio += 1
                self._counters.dropped_ms += dropped
                self._tell("stop_audio", f"StopAudio dropped {dropped} ms of audio")
            case Violation(reason):
                self._violation(reason)

    def _push(self, pcm: bytes) -> None:
        playout, counters = self._playout, self._counters
        before = playout.underruns
        playout.push(pcm)
        counters.underruns += playout.underruns - before
        if playout.lead_max_ms > counters.lead_max_ms:
            counters.lead_max_ms = playout.lead_max_ms

    def _violation(self, reason: str) -> None:
        self._counters.violations += 1
        self._wrong(reason)
        if self._counters.violations <= _MOST_TOLD:
            self._tell("violation", f"the application sent {reason}")
