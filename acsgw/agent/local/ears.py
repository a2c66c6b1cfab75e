"""
Speech to text with the moonshine library, whose wheel has the model for English.
"""

from __future__ import annotations

import ctypes
from queue import Empty, SimpleQueue
from typing import Any

from zope.interface import implementer

from ...errors import SpeechUnavailable
from .speech import RATE, ISpeechToText

_WAY_OUT = "install the speech libraries with: pip install '.[local]'"

_HEADER_VERSION = 20000
_TINY = 0
_OPTIONS = {
    # Its own voice detector keeps state from one audio to the next, for the
    # whole process; ours has already found the utterance.
    "vad_threshold": "0.0",
    # Costs a fifth more.  Trap: a transcriber that was loaded without crashes the
    # process when it is freed (0.0.49), so none is ever freed.
    "identify_speakers": "false",
    "return_audio_data": "false",
}

#: Transcribers that nobody uses now; they live as long as the process.
_spare: SimpleQueue[int] = SimpleQueue()


def _library() -> Any:
    """
    The C library: the package's own Python API copies audio sample by sample,
    with the interpreter locked.
    """
    try:
        from moonshine_voice.moonshine_api import _MoonshineLib

        return _MoonshineLib().lib
    except Exception as e:  # OSError, ImportError, its own MoonshineError
        raise SpeechUnavailable(
            f"speech to text cannot be used ({e}); {_WAY_OUT}"
        ) from e


def _load_transcriber(lib: Any) -> int:
    from moonshine_voice.moonshine_api import TranscriberOptionC
    from moonshine_voice.utils import get_model_path

    options = (TranscriberOptionC * len(_OPTIONS))(
        *[TranscriberOptionC(k.encode(), v.encode()) for k, v in _OPTIONS.items()]
    )
    path = str(get_model_path("tiny-en")).encode()
    transcriber: int = lib.moonshine_load_transcriber_from_files(
        path, _TINY, options, len(options), _HEADER_VERSION
    )
    if transcriber < 0:
        raise SpeechUnavailable(
            "the model of moonshine cannot be loaded; version 0.0.49 has it in its "
            f"wheel, later ones have not; {_WAY_OUT}"
        )
    return transcriber


@implementer(ISpeechToText)
class MoonshineEars:
    """
    As many transcribers as may be used at a time: one cannot be shared, as each
    call frees the result of the call before.
    """

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self._free: SimpleQueue[int] = SimpleQueue()

    def check(self) -> None:
        """
        @raise SpeechUnavailable: the library is missing or broken.
        """
        _library()

    def load(self) -> None:
        lib = _library()
        for _ in range(self.at_once):
            try:
                transcriber = _spare.get_nowait()
            except Empty:
                transcriber = _load_transcriber(lib)
            # The first audio takes longer than the others.
            _transcribe(lib, transcriber, bytes(RATE * 2))
            self._free.put(transcriber)

    def unload(self) -> None:
        """
        Let others have the transcribers.  See L{ISpeechToText.unload}.
        """
        while not self._free.empty():
            _spare.put(self._free.get())

    def understand(self, pcm: bytes) -> str:
        """
        See L{ISpeechToText.understand}.
        """
        transcriber = self._free.get()
        try:
            return _transcribe(_library(), transcriber, pcm)
        finally:
            self._free.put(transcriber)


def _transcribe(lib: Any, transcriber: int, pcm: bytes) -> str:
    import numpy
    from moonshine_voice.moonshine_api import TranscriptC

    samples = numpy.frombuffer(pcm, dtype="<i2").astype(numpy.float32) / 32768
    result = ctypes.POINTER(TranscriptC)()
    error = lib.moonshine_transcribe_without_streaming(
        transcriber,
        samples.ctypes.data_as(ctypes.POINTER(ctypes.c_float)),
        len(samples),
        RATE,
        0,
        ctypes.byref(result),
    )
    if error != 0:
        raise SpeechUnavailable(f"moonshine failed with code {error}")
    transcript = result.contents
    lines = [transcript.lines[i].text for i in range(transcript.line_count)]
    texts = [
        ctypes.string_at(line).decode("utf-8", "replace") for line in lines if line
    ]
    return " ".join(text.strip() for text in texts).strip()
