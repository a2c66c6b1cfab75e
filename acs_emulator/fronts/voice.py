"""
Text for callers to say, spoken by the local voice.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import soxr

from ..errors import NoVoice, SpeechMissing
from .espeak import local_voice

#: Callers do not read books out.
_LONGEST = 2000

#: Texts kept spoken: the same callers call again and again.
_KEPT = 64


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
        said, said_rate = local_voice().speak(
            text, markup=False, language=None, gender=None
        )
    except SpeechMissing as e:
        raise NoVoice(str(e)) from None
    if said_rate == rate:
        return said
    samples = np.frombuffer(said, "<i2")
    return bytes(soxr.resample(samples, said_rate, rate).astype("<i2").tobytes())
