"""
What was said in a recording: by the local speech-to-text where moonshine-voice
is installed, else only whether anybody spoke.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np

from ..model.ear import LOUD_RMS
from ..model.media_messages import FRAME_MS
from .wav_files import read_wav

_RATE = 16000
#: Longer recordings than this are understood piece by piece.
_PIECE_SECONDS = 15


@cache
def _transcriber() -> Any:
    try:
        from moonshine_voice import ModelArch, Transcriber
        from moonshine_voice.utils import get_model_path
    except ImportError:
        return None
    try:
        return Transcriber(str(get_model_path("tiny-en")), ModelArch.TINY)
    except Exception:  # a version without the model, or without a library for us
        return None


def can_understand() -> bool:
    """
    Is there a speech-to-text on this machine?
    """
    return _transcriber() is not None


def is_loud(path: str) -> bool:
    """
    @return: does anybody speak in the recording, for two frames or more?

    @raise BadWav: if it cannot be read.
    """
    recording = read_wav(path)
    loud = 0
    for index in range(recording.frames):
        frame = np.frombuffer(recording.frame(_RATE, index), "<i2").astype(np.float32)
        loud += bool(np.sqrt(np.mean(frame * frame)) > LOUD_RMS)
    return loud * FRAME_MS >= 2 * FRAME_MS


def words(path: str) -> str | None:
    """
    @return: what is said in the recording, in lower case without punctuation;
        L{None} without a speech-to-text.

    @raise BadWav: if it cannot be read.
    """
    transcriber = _transcriber()
    if transcriber is None:
        return None
    recording = read_wav(path)
    pcm = b"".join(recording.frame(_RATE, i) for i in range(recording.frames))
    samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768.0
    said = []
    for begin in range(0, len(samples), _PIECE_SECONDS * _RATE):
        piece = samples[begin : begin + _PIECE_SECONDS * _RATE]
        lines = transcriber.transcribe_without_streaming(piece.tolist(), _RATE).lines
        said += [line.text for line in lines]
    return " ".join(re.findall(r"[a-z0-9']+", " ".join(said).lower()))
