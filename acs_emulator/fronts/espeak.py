"""
A voice of this machine: the espeak-ng library, out of the wheel of the optional
extra C{espeakng-loader}.
"""

from __future__ import annotations

import ctypes
from functools import cache
from threading import Lock
from typing import Any

from ..errors import SpeechMissing

_WAY_OUT = "install the extra with: pip install espeakng-loader"

# From espeak-ng's speak_lib.h.
_SYNCHRONOUS = 2
_CHARACTERS = 1
_UTF8 = 1
_MARKUP = 0x10
_MALE, _FEMALE = 1, 2


class _VoiceWish(ctypes.Structure):
    """
    C{espeak_VOICE}: which voice is wanted.
    """

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


class EspeakVoice:
    """
    Blocks, and may be called in threads: the library has one state for the whole
    process, so that they take turns.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._library: Any = None
        self._rate = 0
        self._pieces: list[bytes] = []
        self._callback: Any = None

    def speak(
        self, text: str, *, markup: bool, language: str | None, gender: str | None
    ) -> tuple[bytes, int]:
        """
        @param markup: the text is SSML.
        @param language: such as C{en-US}; L{None}: English.
        @param gender: C{male}, C{female} or L{None}.

        @return: 16 bit little endian mono, and its rate in Hz.

        @raise SpeechMissing: if the extra is not there, or does not work.
        """
        with self._lock:
            if self._library is None:
                self._load()
            self._choose(language or "en-US", gender)
            # A NUL would end the text.
            content = text.replace("\0", " ").encode("utf-8") + b"\0"
            flags = _UTF8 | (_MARKUP if markup else 0)
            self._pieces.clear()
            code = self._library.espeak_Synth(
                content, len(content), 0, _CHARACTERS, 0, flags, None, None
            )
            if code != 0:
                raise SpeechMissing(f"espeak-ng failed with code {code}")
            return b"".join(self._pieces), self._rate

    def _load(self) -> None:
        try:
            import espeakng_loader

            library = ctypes.CDLL(espeakng_loader.get_library_path())
            data = espeakng_loader.get_data_path().encode()
        except (ImportError, OSError) as e:
            raise SpeechMissing(f"there is no local voice ({e}); {_WAY_OUT}") from None
        self._rate = library.espeak_Initialize(_SYNCHRONOUS, 0, data, 0)
        if self._rate <= 0:
            raise SpeechMissing(f"espeak-ng does not find its data; {_WAY_OUT}")
        kind = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
        )
        # Kept: the library holds only its address.
        self._callback = kind(self._take)
        library.espeak_SetSynthCallback(self._callback)
        self._library = library

    def _take(self, samples: int | None, count: int, events: Any) -> int:
        if samples and count > 0:
            self._pieces.append(ctypes.string_at(samples, count * 2))
        return 0

    def _choose(self, language: str, gender: str | None) -> None:
        number = {"male": _MALE, "female": _FEMALE}.get(gender or "", 0)
        for wanted in (language, language.partition("-")[0], "en"):
            wish = _VoiceWish(languages=wanted.lower().encode(), gender=number)
            if self._library.espeak_SetVoiceByProperties(ctypes.byref(wish)) == 0:
                return
        raise SpeechMissing("espeak-ng has no voice for English")


@cache
def local_voice() -> EspeakVoice:
    """
    @return: the one voice of this process: the library behind it has one state, and
        tells one object only what it says.
    """
    return EspeakVoice()
