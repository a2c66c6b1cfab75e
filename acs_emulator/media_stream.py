"""
One media stream of one call: audio out, audio in, and what was wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .fronts.media_client import MediaLink
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
)
from .model.mixing import Voice, at_rate
from .model.playout import Playout
from .model.story import Counters
from .model.wire_time import media_time

#: So many violations are told; all are counted.
_MOST_TOLD = 20


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

    # What the connection tells.

    def opened(self, link: MediaLink) -> None:
        self._link = link
        self._opened_at = self._now()
        link.send(audio_metadata(self._subscription_id, self.options))
        self._on_open(self)

    def received(self, payload: bytes, is_binary: bool) -> None:
        self._counters.messages_received += 1
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
        self._send([(self._participant, pcm, silent)])

    def send_voices(self, voices: Iterable[Voice]) -> None:
        """
        Send what several participants said in the same 20 ms, each apart.
        """
        rate = self.options.rate
        self._send([(v.raw_id, at_rate(v, rate), v.silent) for v in voices])

    def _send(self, frames: list[tuple[str | None, bytes, bool]]) -> None:
        if self._link is None:
            return
        timestamp = media_time(self._opened_at + self._frames * FRAME_SECONDS)
        self._frames += 1
        for who, pcm, silent in frames:
            self._counters.frames_sent += 1
            self._link.send(
                audio_data(pcm, timestamp=timestamp, silent=silent, participant=who)
            )

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
        before = self._playout.frames_played
        frame = self._playout.pull()
        self._counters.frames_heard += self._playout.frames_played - before
        return frame

    def _take(self, message: Received) -> None:
        match message:
            case AudioReceived(pcm) if self.options.bidirectional:
                playout, counters = self._playout, self._counters
                before = playout.underruns
                playout.push(pcm)
                counters.underruns += playout.underruns - before
                counters.lead_max_ms = max(counters.lead_max_ms, playout.lead_max_ms)
            case AudioReceived():
                self._violation("audio, although enableBidirectional is not set")
            case StopReceived():
                dropped = self._playout.stop()
                self._counters.stop_audio += 1
                self._counters.dropped_ms += dropped
                self._tell("stop_audio", f"StopAudio dropped {dropped} ms of audio")
            case Violation(reason):
                self._violation(reason)

    def _violation(self, reason: str) -> None:
        self._counters.violations += 1
        self._wrong(reason)
        if self._counters.violations <= _MOST_TOLD:
            self._tell("violation", f"the application sent {reason}")
