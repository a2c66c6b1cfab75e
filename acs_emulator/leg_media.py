"""
What the service does with the sound of one connection: performs the rules of
L{MediaDesk}.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from .errors import CannotPlay, SpeechMissing
from .fronts.prompts import Prompts
from .fronts.sounds import RATE, Sound, is_loud
from .model import media_results as results
from .model.actions import Callback
from .model.legs import Leg
from .model.media_desk import MediaDesk
from .model.media_messages import FRAME_MS
from .model.media_operations import (
    Drop,
    Load,
    MediaAction,
    MediaOperation,
    Remark,
    Report,
    Understand,
)
from .model.mixing import Prompt, Voice, mixed
from .model.recognition import LONGEST_SPEECH
from .model.tones import tone_sound

#: How much of what somebody said is kept while somebody listens.
_SPEECH_FRAMES = round(LONGEST_SPEECH * 1000 / FRAME_MS) + 50


class Ears(Protocol):
    """
    Writes down what was said; blocks.
    """

    def ready(self) -> None:
        """
        @raise SpeechMissing: if nothing can be understood.
        """

    def understand(self, pcm: bytes) -> str: ...


class Tap(Protocol):
    """
    Takes everything that is said.
    """

    def take(self, said: Sequence[Voice], heard: Sequence[Voice]) -> None:
        """
        @param said: 20 ms of phones.
        @param heard: the same 20 ms of applications and prompts.
        """

    def leg_ended(self) -> None:
        """
        Nothing more comes.
        """


class Studio:
    """
    What all calls share.

    @ivar refuse_conflicts: refuse what would have to queue up.
    """

    def __init__(
        self,
        *,
        prompts: Prompts,
        ears: Ears,
        in_thread: Callable[..., Deferred[Any]],
        refuse_conflicts: bool,
    ) -> None:
        self.prompts = prompts
        self.ears = ears
        self.in_thread = in_thread
        self.refuse_conflicts = refuse_conflicts


class LegMedia:
    """
    Performs what the rules of one connection decide.
    """

    _log = Logger()

    def __init__(
        self,
        leg: Leg,
        studio: Studio,
        tell: Callable[[str, str], None],
        post: Callable[[Callback], None],
    ) -> None:
        self._leg = leg
        self._studio = studio
        self._tell = tell
        self._post = post
        self._actions: list[MediaAction] = []
        self._sounds: dict[int, list[Sound]] = {}
        self._work: set[Deferred[None]] = set()
        self._speaker: str | None = None
        self._said: deque[bytes] = deque(maxlen=_SPEECH_FRAMES)
        self.taps: list[Tap] = []
        self.desk = MediaDesk(self._actions.append)

    def settle(self) -> None:
        """
        Perform what was decided.
        """
        while self._actions:
            self._perform(self._actions.pop(0))

    def _perform(self, action: MediaAction) -> None:
        match action:
            case Load(operation):
                self._start(self._load(operation))
            case Drop(number):
                self._sounds.pop(number, None)
            case Understand(number, frames):
                pcm = b"".join(list(self._said)[-frames:])
                self._start(self._understand(number, pcm))
            case Remark(what, text):
                self._tell(what, text)
            case Report():
                self._post(
                    Callback(
                        leg=self._leg,
                        kind=action.kind,
                        result=action.result,
                        operation_context=action.operation_context,
                        extra=action.extra,
                        url=action.callback_url,
                    )
                )

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        running: Deferred[None] = Deferred.fromCoroutine(work)
        self._work.add(running)
        running.addErrback(lambda failure: failure.trap(CancelledError) and None)
        running.addErrback(lambda failure: self._log.failure("call media", failure))
        running.addBoth(lambda result: self._work.discard(running))

    async def _load(self, operation: MediaOperation) -> None:
        number = operation.number
        sounds: list[Sound] = []
        for index, source in enumerate(operation.sources):
            try:
                sounds.append(await self._studio.prompts.load(source))
            except CannotPlay as e:
                self.desk.load_failed(number, index, e.result)
                self.settle()
                return
        self._sounds[number] = sounds
        self.desk.loaded(number, [sound.frames for sound in sounds])
        self.settle()

    async def _understand(self, number: int, pcm: bytes) -> None:
        try:
            text = await self._studio.in_thread(self._studio.ears.understand, pcm)
        except SpeechMissing as e:
            result = results.speech_service_failed(str(e))
            self.desk.not_understood(number, result)
        else:
            self._tell("recognized", f"the caller is understood: {text or 'nothing'}")
            self.desk.understood(number, text)
        self.settle()

    def sounds(self, rate: int) -> list[Prompt]:
        """
        See L{CallMedia.sounds}.
        """
        heard = self.desk.pull()
        # Taken before anything is performed: that may drop it.
        pieces = []
        if heard.prompt is not None:
            number, source, index = heard.prompt
            piece = self._sounds[number][source].frame(rate, index)
            pieces.append(self._prompt(heard.to, piece, rate))
        if heard.tone is not None:
            samples = rate * FRAME_MS // 1000
            target, key, frame = heard.tone
            piece = tone_sound(key, rate, frame * samples, samples)
            pieces.append(self._prompt(frozenset([target]), piece, rate))
        self.settle()
        return pieces

    def _prompt(self, to: frozenset[str], pcm: bytes, rate: int) -> Prompt:
        return Prompt(to, Voice(self._leg.answered_by, pcm, rate, silent=False))

    def phones(
        self,
        said: Sequence[Voice],
        keys: Sequence[tuple[str, str]],
        heard: Sequence[Voice],
    ) -> None:
        """
        See L{CallMedia.phones}.
        """
        speaker = self.desk.speaker
        if not (keys or self.taps or speaker):
            return
        loud = False
        if speaker is not None:
            loud = self._listen([v for v in said if v.raw_id == speaker], speaker)
        self.desk.take(keys, loud)
        self.settle()
        if self.taps:
            for tap in list(self.taps):
                tap.take(said, heard)

    def _listen(self, voices: Sequence[Voice], speaker: str) -> bool:
        """
        @param voices: those of the speaker.

        @return: is this speech?
        """
        if self._speaker != speaker:
            self._speaker = speaker
            self._said.clear()
        self._said.append(mixed(voices, RATE))
        return any(is_loud(v.pcm) for v in voices if not v.silent)

    def close(self) -> None:
        """
        The connection has ended.
        """
        for tap in list(self.taps):
            tap.leg_ended()
        self.taps.clear()
        self.desk.close()
        self.settle()
        for work in list(self._work):
            work.cancel()
