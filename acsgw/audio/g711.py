"""
Mu-law and A-law, the two encodings of ITU-T G.711, as tables.

A telephone's byte is 14 bits (mu-law) or 13 bits (A-law) of a linear sample.  Of
the 16 bits here the upper 14 or 13 count, as in the reference code that telephone
software shares.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_PCM = np.dtype("<i2")

#: A sample's bits as a place in a table: the negative ones come second.
_INDEX = np.dtype("<u2")

#: What silence is, in each encoding.
MULAW_SILENCE = b"\xff"
ALAW_SILENCE = b"\xd5"


def mulaw_to_pcm(data: bytes) -> bytes:
    """
    @param data: mu-law, a byte a sample.

    @return: 16 bit audio of the same rate.
    """
    return _MULAW_TO_PCM.take(np.frombuffer(data, np.uint8)).tobytes()


def pcm_to_mulaw(pcm: bytes) -> bytes:
    """
    @param pcm: 16 bit audio, whole samples.

    @return: mu-law, a byte a sample.
    """
    return _PCM_TO_MULAW.take(np.frombuffer(pcm, _INDEX)).tobytes()


def alaw_to_pcm(data: bytes) -> bytes:
    """
    @param data: A-law, a byte a sample.

    @return: 16 bit audio of the same rate.
    """
    return _ALAW_TO_PCM.take(np.frombuffer(data, np.uint8)).tobytes()


def pcm_to_alaw(pcm: bytes) -> bytes:
    """
    @param pcm: 16 bit audio, whole samples.

    @return: A-law, a byte a sample.
    """
    return _PCM_TO_ALAW.take(np.frombuffer(pcm, _INDEX)).tobytes()


def _all_pcm() -> npt.NDArray[np.int64]:
    """
    @return: every sample, in the order of its bits.
    """
    return np.concatenate((np.arange(32768), np.arange(-32768, 0)))


def _segment(magnitude: npt.NDArray[np.int64], first_end: int) -> npt.NDArray[np.int64]:
    """
    @return: number of the segment, each twice as long as the one before.
    """
    ends = first_end << np.arange(7)
    return np.searchsorted(ends, magnitude, side="right").astype(np.int64)


def _mulaw_codes() -> npt.NDArray[np.uint8]:
    linear = _all_pcm() >> 2
    magnitude = np.minimum(np.abs(linear), 8158) + 33
    segment = _segment(magnitude, 64)
    code = segment << 4 | magnitude >> segment + 1 & 15
    return np.asarray(code ^ np.where(linear < 0, 0x7F, 0xFF), np.uint8)


def _mulaw_samples() -> npt.NDArray[np.int16]:
    code = np.arange(256) ^ 0xFF
    magnitude = (((code & 15) << 3) + 132 << (code >> 4 & 7)) - 132
    return np.where(code & 0x80, -magnitude, magnitude).astype(_PCM)


def _alaw_codes() -> npt.NDArray[np.uint8]:
    linear = _all_pcm() >> 3
    magnitude = np.where(linear < 0, ~linear, linear)
    segment = _segment(magnitude, 32)
    code = segment << 4 | magnitude >> np.maximum(segment, 1) & 15
    return np.asarray(code ^ np.where(linear < 0, 0x55, 0xD5), np.uint8)


def _alaw_samples() -> npt.NDArray[np.int16]:
    code = np.arange(256) ^ 0x55
    segment = code >> 4 & 7
    step = ((code & 15) << 4) + 8
    magnitude = np.where(segment == 0, step, step + 256 << np.maximum(segment, 1) - 1)
    return np.where(code & 0x80, magnitude, -magnitude).astype(_PCM)


_PCM_TO_MULAW = _mulaw_codes()
_MULAW_TO_PCM = _mulaw_samples()
_PCM_TO_ALAW = _alaw_codes()
_ALAW_TO_PCM = _alaw_samples()
