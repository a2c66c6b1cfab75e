"""
One transcription socket: what participants say, phrase by phrase.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from .errors import SpeechMissing
from .fronts.media_link import MediaLink
from .fronts.sounds import RATE, is_loud
from .leg_media import Studio
from .model.legs import Leg
from .model.media_messages import FRAME_SECONDS, silence
from .model.mixing import Voice, mixed
from .model.transcription import transcription_data, transcription_metadata
from .model.utterances import Phrase, Speaker

_SILENCE = silence(round(RATE * FRAME_SECONDS) * 2)


class Transcript:
    """
    Takes what the others say on a connection, lets it be understood one phrase after
    the other, and sends that, whatever carries it.

    Inferred: the application's own voice and prompts are not written down, and what
    is not understood when it ends is lost.
    """

    _log = Logger()

    def __init__(
        self,
        leg: Leg,
        studio: Studio,
        *,
        on_open: Callable[[Transcript], None],
        on_close: Callable[[str], None],
        on_deaf: Callable[[str], None],
        wrong: Callable[[str], None],
    ) -> None:
        """
        @param on_close: also called, with a reason, if it never opened.
        @param on_deaf: told why nothing can be understood any more.
        @param wrong: told whatever the application must not send.
        """
        assert leg.transcription is not None
        self._leg = leg
        self._about = leg.transcription
        self._studio = studio
        self._on_open = on_open
        self._on_close = on_close
        self._on_deaf = on_deaf
        self._wrong = wrong
        self._link: MediaLink | None = None
        self._now = 0
        self._speakers: dict[str, Speaker] = {}
        self._waiting: deque[Phrase] = deque()
        self._work: Deferred[None] | None = None

    # What the connection tells.

    def opened(self, link: MediaLink) -> None:
        self._link = link
        facts = self._leg.facts
        link.send(
            transcription_metadata(
                self._about, facts.connection_id, facts.correlation_id
            )
        )
        self._on_open(self)

    def received(self, payload: bytes, is_binary: bool) -> None:
        self._wrong("a message on the transcription socket, which takes none")

    def closed(self, reason: str) -> None:
        self.end()
        self._on_close(reason)

    def end(self) -> None:
        """
        Nothing is sent any more.
        """
        self._link = None
        self._waiting.clear()
        if self._work is not None:
            self._work.cancel()

    # What is said.

    def take(self, said: Sequence[Voice], heard: Sequence[Voice]) -> None:
        """
        See L{Tap<acs_emulator.leg_media.Tap>}.
        """
        own = self._leg.answered_by
        voices: dict[str, list[Voice]] = {who: [] for who in self._speakers}
        for voice in (*said, *heard):
            if voice.raw_id != own:
                voices.setdefault(voice.raw_id, []).append(voice)
        for raw_id, spoken in voices.items():
            self._hear(raw_id, spoken)
        self._now += 1
        if self._waiting and self._work is None:
            self._start()

    def _hear(self, raw_id: str, spoken: Sequence[Voice]) -> None:
        speaker = self._speakers.get(raw_id)
        if speaker is None:
            partial = self._about.options.intermediate
            speaker = Speaker(raw_id, self._now, partial=partial)
            self._speakers[raw_id] = speaker
        loud = any(is_loud(v.pcm) for v in spoken if not v.silent)
        phrase = speaker.hear(mixed(spoken, RATE) if spoken else _SILENCE, loud)
        # Part of a phrase is worth nothing once there is more of it.
        if phrase is not None and (phrase.final or not self._waiting):
            self._waiting.append(phrase)

    def leg_ended(self) -> None:
        """
        See L{Tap<acs_emulator.leg_media.Tap>}; the rules close the socket.
        """

    def _start(self) -> None:
        work = Deferred.fromCoroutine(self._understand_all())
        self._work = work if not work.called else None
        work.addErrback(lambda failure: failure.trap(CancelledError) and None)
        work.addErrback(lambda failure: self._log.failure("transcription", failure))
        work.addBoth(self._rest)

    def _rest(self, result: Any) -> None:
        self._work = None

    async def _understand_all(self) -> None:
        studio = self._studio
        while self._waiting:
            phrase = self._waiting.popleft()
            try:
                text = await studio.in_thread(studio.ears.understand, phrase.pcm)
            except SpeechMissing as e:
                self._work = None  # not to be canceled by what comes of this
                self.end()
                self._on_deaf(str(e))
                return
            if text and self._link is not None:
                self._link.send(
                    transcription_data(
                        text,
                        begin=phrase.begin * FRAME_SECONDS,
                        seconds=phrase.frames * FRAME_SECONDS,
                        raw_id=phrase.raw_id,
                        final=phrase.final,
                    )
                )
