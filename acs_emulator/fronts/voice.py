"""
Text, spoken by the local voice: espeak-ng, which the extra espeakng-loader
brings along.

Functions and constants are those of espeak-ng's C{speak_lib.h}.
"""

from __future__ import annotations

import ctypes
from functools import cache, lru_cache
from threading import Lock
from typing import Any

import numpy as np

from ..errors import NoVoice

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: the callback gets all audio
_UTF8 = 1  # espeakCHARS_UTF8
_BY_CHARACTER = 1  # POS_CHARACTER
_KEPT = 200
_LONGEST = 2000

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)

#: The library has one state for the whole process.
_turn = Lock()


class _Library:
    """
    The library, initialized.
    """

    def __init__(self) -> None:
        import espeakng_loader

        self._c: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode("utf-8")
        self.rate = int(self._c.espeak_Initialize(_SYNCHRONOUS, 0, data, 0))
        if self.rate <= 0:
            raise OSError("espeak-ng cannot be initialized")
        self._said = bytearray()
        # Must live as long as the library has it.
        self._on_audio = _Callback(self._audio)
        self._c.espeak_SetSynthCallback(self._on_audio)
        self._c.espeak_SetVoiceByName(b"en-us")

    def _audio(self, samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            self._said += ctypes.string_at(samples, 2 * count)
        return 0

    def say(self, text: str) -> bytes:
        content = text.replace("\0", " ").encode("utf-8")
        self._said.clear()
        problem = self._c.espeak_Synth(
            content, len(content) + 1, 0, _BY_CHARACTER, 0, _UTF8, None, None
        )
        if problem:
            raise NoVoice(f"espeak-ng does not speak: error {problem}")
        return bytes(self._said)


@cache
def _library() -> _Library:
    return _Library()


@lru_cache(maxsize=_KEPT)
def speak(text: str, rate: int) -> bytes:
    """
    @param rate: Hz.

    @return: the text, spoken: 16 bit little endian, mono.

    @raise NoVoice: if the voice is not installed, or the text is too long.
    """
    if len(text) > _LONGEST:
        raise NoVoice(f"a text to be spoken has at most {_LONGEST} characters")
    try:
        with _turn:
            library = _library()
            said = library.say(text)
        if library.rate == rate:
            return said
        import soxr
    except (ImportError, OSError, AttributeError) as e:
        raise NoVoice(
            f"text cannot be spoken here ({e}); pip install 'acsgw[emulator]'"
        ) from None
    samples = np.frombuffer(said, "<i2")
    return bytes(soxr.resample(samples, library.rate, rate).astype("<i2").tobytes())
