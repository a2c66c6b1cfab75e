"""
Play sources become sounds: fetched, or spoken by the local voice.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred

from ..errors import BadWav, CannotPlay, NoAnswer, SpeechMissing
from ..model import media_results as results
from ..model.prompts import PlaySource
from .downloads import Downloads
from .sounds import RATE, Sound, at_rate, prompt_wav

#: Sounds that are kept under their C{playSourceCacheId}.
_MOST_KEPT = 50


class Voice(Protocol):
    """
    Speaks; blocks.
    """

    def speak(
        self, text: str, *, markup: bool, language: str | None, gender: str | None
    ) -> tuple[bytes, int]: ...


class Prompts:
    """
    What is played to callers.  A C{playSourceCacheId} saves fetching or speaking
    the same source twice, as its documentation promises; that another source
    under the same id is not taken from the cache is inferred.
    """

    def __init__(
        self,
        downloads: Downloads,
        voice: Voice,
        in_thread: Callable[..., Deferred[Any]],
    ) -> None:
        """
        @param in_thread: calls a function somewhere where it may block.
        """
        self._downloads = downloads
        self._voice = voice
        self._in_thread = in_thread
        self._kept: OrderedDict[PlaySource, Sound] = OrderedDict()

    async def load(self, source: PlaySource) -> Sound:
        """
        @raise CannotPlay: if it cannot be had.
        """
        if source.cache_id is None:
            return await self._make(source)
        sound = self._kept.get(source)
        if sound is None:
            sound = self._kept[source] = await self._make(source)
        self._kept.move_to_end(source)
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return sound

    async def _make(self, source: PlaySource) -> Sound:
        try:
            if source.spoken:
                return await self._speak(source)
            return prompt_wav(await self._downloads.get(source.content))
        except NoAnswer as e:
            raise CannotPlay(results.not_downloaded(str(e))) from None
        except BadWav as e:
            raise CannotPlay(results.bad_file(str(e))) from None
        except SpeechMissing as e:
            raise CannotPlay(results.speech_service_failed(str(e))) from None

    async def _speak(self, source: PlaySource) -> Sound:
        # Names of Azure's voices begin with their locale: en-US-JennyNeural.
        name = source.voice_name or ""
        pcm, rate = await self._in_thread(
            self._voice.speak,
            source.content,
            markup=source.kind == "ssml",
            language=source.locale or "-".join(name.split("-")[:2]) or None,
            gender=source.voice_kind and source.voice_kind.lower(),
        )
        return Sound(at_rate(pcm, rate, RATE))
