"""
What the gateway itself says to callers, from WAV files.
"""

from __future__ import annotations

import wave
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import AcsgwError
from .frames import SAMPLE_BYTES
from .resample import Resampler

#: Rates that prompts may have, in Hz.
RATES = (8000, 16000, 24000)

#: A caller in trouble does not want to hear more.
MAX_SECONDS = 60

_WAY_OUT = "it must be a WAV file of 16 bit PCM, mono, at 8, 16 or 24 kHz"


@dataclass(frozen=True)
class Prompt:
    """
    @ivar pcm: 16 bit mono audio.
    @ivar rate: in Hz.
    """

    pcm: bytes = field(repr=False)
    rate: int

    def at(self, rate: int) -> Prompt:
        """
        @param rate: in Hz.

        @return: the same at another rate.
        """
        resampler = Resampler(self.rate, rate)
        return Prompt(resampler.feed(self.pcm) + resampler.finish(), rate)


def read_prompt(path: Path) -> Prompt:
    """
    @raise AcsgwError: if the file is not there, or not what it must be; says the way
        out.
    """
    try:
        with wave.open(str(path), "rb") as file:
            shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            frames = file.getnframes()
            pcm = file.readframes(min(frames, shape[2] * (MAX_SECONDS + 1)))
    except OSError as e:
        raise AcsgwError(f"{path} cannot be read: {e.strerror or e}") from e
    except (wave.Error, EOFError) as e:
        raise AcsgwError(f"{path}: {e or 'it ends too soon'}; {_WAY_OUT}") from None
    channels, width, rate = shape
    if (channels, width) != (1, SAMPLE_BYTES) or rate not in RATES:
        raise AcsgwError(
            f"{path} has {channels} channels of {8 * width} bit at {rate} Hz;"
            f" {_WAY_OUT}"
        )
    if not pcm:
        raise AcsgwError(f"{path}: there is no sound in it; {_WAY_OUT}")
    if len(pcm) > MAX_SECONDS * rate * SAMPLE_BYTES:
        raise AcsgwError(f"{path} is longer than {MAX_SECONDS} s; make it shorter")
    return Prompt(pcm, rate)
