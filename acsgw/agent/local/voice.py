"""
Text to speech with the espeak-ng library, which its PyPI wheel brings along.
"""

from __future__ import annotations

import ctypes
from functools import cache
from threading import Lock
from typing import Any

from zope.interface import implementer

from ...errors import SpeechUnavailable
from .script import Voice
from .speech import RATE, ITextToSpeech

# Names of espeak-ng's speak_lib.h.
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_POS_CHARACTER = 1
_CHARS_UTF8 = 1
_PARAMETER_RATE = 1
_PARAMETER_PITCH = 3

_WAY_OUT = "install the speech libraries with: pip install '.[local]'"

# espeak-ng has one state for the whole process, its voice included.
_lock = Lock()


class _Espeak:
    """
    The library, set up; call it with L{_lock} held only.
    """

    def __init__(self) -> None:
        import espeakng_loader

        lib = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.rate = lib.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, data, 0)
        if self.rate <= 0:
            raise OSError("espeak-ng does not find its data")
        self._lib = lib
        self._pieces: list[bytes] = []
        kind = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
        )
        # Referenced from here, or it would be freed while the library has it.
        self._callback = kind(self._take)
        lib.espeak_SetSynthCallback(self._callback)

    def _take(self, samples: int | None, count: int, events: Any) -> int:
        if samples and count > 0:
            self._pieces.append(ctypes.string_at(samples, count * 2))
        return 0  # go on

    def speak(self, voice: Voice, text: str) -> bytes:
        if self._lib.espeak_SetVoiceByName(voice.name.encode()) != 0:
            raise SpeechUnavailable(f"espeak-ng has no voice {voice.name!r}")
        self._lib.espeak_SetParameter(_PARAMETER_RATE, voice.words_per_minute, 0)
        self._lib.espeak_SetParameter(_PARAMETER_PITCH, voice.pitch, 0)
        # A text may come from outside; a NUL would end it.
        utf8 = text.replace("\0", " ").encode()
        self._pieces.clear()
        result = self._lib.espeak_Synth(
            utf8, len(utf8) + 1, 0, _POS_CHARACTER, 0, _CHARS_UTF8, None, None
        )
        if result != 0:
            raise SpeechUnavailable(f"espeak-ng failed with code {result}")
        return b"".join(self._pieces)

    def has(self, voice: Voice) -> bool:
        return bool(self._lib.espeak_SetVoiceByName(voice.name.encode()) == 0)


@cache
def _espeak() -> _Espeak:
    try:
        import numpy  # noqa: F401 -- soxr needs it, and says so less clearly
        import soxr  # noqa: F401

        return _Espeak()
    except (ImportError, OSError, AttributeError, RuntimeError) as e:
        raise SpeechUnavailable(
            f"text to speech cannot be used ({e}); {_WAY_OUT}"
        ) from e


@implementer(ITextToSpeech)
class EspeakVoice:
    """
    One way of speaking.  Several may be used at a time, but they take turns.
    """

    def __init__(self, voice: Voice) -> None:
        self._voice = voice

    def exists(self) -> bool:
        """
        @return: whether there is a voice of that name.

        @raise SpeechUnavailable: the library is missing or broken.
        """
        with _lock:
            return _espeak().has(self._voice)

    def load(self) -> None:
        self.speak("Hello.")

    def speak(self, text: str) -> bytes:
        """
        See L{ITextToSpeech.speak}.
        """
        with _lock:
            espeak = _espeak()
            pcm = espeak.speak(self._voice, text)
        return _resample(pcm, espeak.rate)


def _resample(pcm: bytes, rate: int) -> bytes:
    import numpy
    import soxr

    samples = numpy.frombuffer(pcm, dtype="<i2")
    if not len(samples):
        return b""
    resampled: bytes = soxr.resample(samples, rate, RATE).astype("<i2").tobytes()
    return resampled
