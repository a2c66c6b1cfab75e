"""
Pieces of audio of a fixed length, cut from pieces of any length.
"""

from __future__ import annotations

#: Media streaming sends 20 ms at a time (Microsoft Learn, "Audio streaming
#: overview": PCM 16 kHz mono, 640 bytes a packet).
FRAME_MS = 20

#: Bytes of one 16 bit sample.
SAMPLE_BYTES = 2


def frame_samples(rate: int) -> int:
    """
    @param rate: in Hz.

    @return: samples in one frame.
    """
    return rate * FRAME_MS // 1000


def frame_bytes(rate: int) -> int:
    """
    @return: bytes in one frame of 16 bit mono audio at C{rate} Hz.
    """
    return frame_samples(rate) * SAMPLE_BYTES


def duration_ms(pcm: bytes, rate: int) -> int:
    """
    @return: how long this 16 bit mono audio plays, in whole milliseconds.
    """
    return len(pcm) // SAMPLE_BYTES * 1000 // rate
