"""
What was said in a recording: by the local speech-to-text where moonshine-voice
is installed, else only whether anybody spoke.
"""

from __future__ import annotations

import re

import numpy as np

from ..errors import SpeechMissing
from ..model.ear import LOUD_RMS
from ..model.media_messages import FRAME_MS
from .moonshine import local_ears
from .wav_files import read_wav

_RATE = 16000
#: Longer recordings than this are understood piece by piece.
_PIECE_SECONDS = 15


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
    recording = read_wav(path)
    pcm = b"".join(recording.frame(_RATE, i) for i in range(recording.frames))
    # Silence at the end: what is too short for a word is refused.
    pcm += bytes(2 * _RATE)
    size = _PIECE_SECONDS * _RATE * 2
    said = []
    try:
        for begin in range(0, max(1, len(pcm) - 2 * _RATE), size):
            said.append(local_ears().understand(pcm[begin : begin + size]))
    except SpeechMissing:
        return None
    return " ".join(re.findall(r"[a-z0-9']+", " ".join(said).lower()))
