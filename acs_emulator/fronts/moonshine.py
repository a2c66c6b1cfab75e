"""
Ears of this machine: the moonshine library of the optional extra
C{moonshine-voice}, whose wheel of version 0.0.49 carries a model for English.
"""

from __future__ import annotations

import ctypes
from functools import cache
from threading import Lock
from typing import Any

import numpy as np

from ..errors import SpeechMissing

_WAY_OUT = "install the extra with: pip install moonshine-voice==0.0.49"
_HEADER_VERSION = 20000
_TINY = 0
_RATE = 16000
_OPTIONS = {
    # What is given is one utterance already; its own detector of speech would
    # keep state from one to the next.
    "vad_threshold": "0.0",
    "identify_speakers": "false",
    "return_audio_data": "false",
}


class MoonshineEars:
    """
    Blocks, and may be called in threads: there is one transcriber, and one
    utterance at a time.  It is never freed, which 0.0.49 does not survive when
    speakers are not to be told apart.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._library: Any = None
        self._transcriber = 0

    def ready(self) -> None:
        """
        Load what is needed, if that was not done before.

        @raise SpeechMissing: if the extra is not there, or does not work.
        """
        with self._lock:
            if self._library is None:
                self._load()

    def understand(self, pcm: bytes) -> str:
        """
        @param pcm: 16 bit little endian mono at 16 kHz.

        @return: the words in it; empty, if there are none.

        @raise SpeechMissing: if the extra is not there, or does not work.
        """
        with self._lock:
            if self._library is None:
                self._load()
            return self._transcribe(pcm)

    def _load(self) -> None:
        try:
            from moonshine_voice.moonshine_api import (
                TranscriberOptionC,
                _MoonshineLib,
            )
            from moonshine_voice.utils import get_model_path

            library = _MoonshineLib().lib
            path = str(get_model_path("tiny-en")).encode()
        except Exception as e:  # ImportError, OSError, an error of its own
            why = f"there is no local speech to text ({e}); {_WAY_OUT}"
            raise SpeechMissing(why) from None
        options = (TranscriberOptionC * len(_OPTIONS))(
            *[TranscriberOptionC(k.encode(), v.encode()) for k, v in _OPTIONS.items()]
        )
        self._transcriber = library.moonshine_load_transcriber_from_files(
            path, _TINY, options, len(options), _HEADER_VERSION
        )
        if self._transcriber < 0:
            raise SpeechMissing(f"moonshine's model cannot be loaded; {_WAY_OUT}")
        self._library = library

    def _transcribe(self, pcm: bytes) -> str:
        from moonshine_voice.moonshine_api import TranscriptC

        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
        result = ctypes.POINTER(TranscriptC)()
        code = self._library.moonshine_transcribe_without_streaming(
            self._transcriber,
            samples.ctypes.data_as(ctypes.POINTER(ctypes.c_float)),
            len(samples),
            _RATE,
            0,
            ctypes.byref(result),
        )
        if code != 0:
            raise SpeechMissing(f"moonshine failed with code {code}")
        lines = result.contents.lines[: result.contents.line_count]
        texts = [ctypes.string_at(line.text) for line in lines if line.text]
        return " ".join(t.decode("utf-8", "replace").strip() for t in texts).strip()


@cache
def local_ears() -> MoonshineEars:
    """
    @return: the ears that all of this process share: a model takes 115 MB.
    """
    return MoonshineEars()
