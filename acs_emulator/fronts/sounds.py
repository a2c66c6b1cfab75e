"""
What is played to callers, at whatever rate their line has.
"""

from __future__ import annotations

import wave
from io import BytesIO

import numpy as np

from ..errors import BadWav
from ..model.ear import LOUD_RMS
from ..model.media_messages import FRAME_MS, silence

#: Hz, of all that is played.
RATE = 16000
#: Made once: numpy takes long to read a name.
_SAMPLES, _FLOATS = np.dtype("<i2"), np.dtype(np.float32)
_FRAME_BYTES = RATE * FRAME_MS // 1000 * 2


class Sound:
    """
    A sound that can be played.

    @ivar frames: how many pieces of 20 ms it has.
    """

    def __init__(self, pcm: bytes) -> None:
        """
        @param pcm: 16 bit little endian mono, 16 kHz.
        """
        self._pcm = pcm
        self.frames = -(-len(pcm) // _FRAME_BYTES)

    def frame(self, rate: int, index: int) -> bytes:
        """
        @param rate: Hz.

        @return: 20 ms; the last filled up with silence.
        """
        begin = index * _FRAME_BYTES
        # Frame by frame: to convert a long file in one tick would hold up all calls.
        # One sample more, for the line from the last to the next.
        extra = 0 if rate == RATE else 2
        piece = self._pcm[begin : begin + _FRAME_BYTES + extra]
        piece = piece.ljust(_FRAME_BYTES + extra, b"\0")
        return at_rate(piece, RATE, rate)[: rate * FRAME_MS // 1000 * 2]


def prompt_wav(content: bytes) -> Sound:
    """
    Read a file as strictly as "Play action" says: WAV, mono, 16 bit, 16 kHz.

    @raise BadWav: if it is anything else; says what.
    """
    try:
        with wave.open(BytesIO(content)) as file:
            shape = file.getnchannels(), file.getsampwidth() * 8, file.getframerate()
            pcm = file.readframes(file.getnframes())
    except (wave.Error, EOFError, ValueError) as e:
        raise BadWav(f"not a WAV file with PCM ({e})") from None
    if shape != (1, 16, RATE):
        channels, bits, rate = shape
        raise BadWav(
            f"{channels} channel(s), {bits} bit, {rate} Hz; it must be mono, 16 bit, "
            f"{RATE} Hz"
        )
    if not pcm:
        raise BadWav("there is no audio in it")
    return Sound(pcm)


def at_rate(pcm: bytes, rate: int, wanted: int) -> bytes:
    """
    @param pcm: 16 bit little endian mono at C{rate} Hz.

    @return: the same at C{wanted} Hz; by straight lines, which is good enough for
        a telephone, and needs no library.
    """
    if rate == wanted:
        return pcm
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    count = len(samples) * wanted // rate
    places = np.arange(count) * (rate / wanted)
    line = np.interp(places, np.arange(len(samples)), samples)
    return bytes(line.astype("<i2").tobytes())


def mix(first: bytes, second: bytes) -> bytes:
    """
    @return: both at once; 16 bit little endian, of the same length.
    """
    total = np.frombuffer(first, "<i2").astype(np.int32) + np.frombuffer(second, "<i2")
    return bytes(np.clip(total, -32768, 32767).astype("<i2").tobytes())


def is_loud(pcm: bytes) -> bool:
    """
    Is this speech, or as loud?

    @param pcm: 16 bit little endian mono.
    """
    if pcm == silence(len(pcm)):
        return False
    samples = np.frombuffer(pcm, _SAMPLES).astype(_FLOATS)
    return bool(np.dot(samples, samples) > LOUD_RMS * LOUD_RMS * len(samples))
