"""
How a stream writes its samples: encoding and rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from . import g711
from .frames import FRAME_MS, SAMPLE_BYTES, frame_samples


class Encoding(Enum):
    """
    How one sample is written; all are mono.
    """

    PCM16 = "pcm16"
    MULAW = "mulaw"
    ALAW = "alaw"

    @property
    def sample_bytes(self) -> int:
        """
        Bytes of one sample.
        """
        return SAMPLE_BYTES if self is Encoding.PCM16 else 1

    @property
    def silence(self) -> bytes:
        """
        One sample of silence.
        """
        return _SILENCE[self]

    def to_pcm(self, data: bytes) -> bytes:
        """
        @param data: whole samples in this encoding.

        @return: the same as PCM16.
        """
        if self is Encoding.MULAW:
            return g711.mulaw_to_pcm(data)
        return g711.alaw_to_pcm(data) if self is Encoding.ALAW else data

    def from_pcm(self, pcm: bytes) -> bytes:
        """
        @param pcm: whole samples of PCM16.

        @return: the same in this encoding.
        """
        if self is Encoding.MULAW:
            return g711.pcm_to_mulaw(pcm)
        return g711.pcm_to_alaw(pcm) if self is Encoding.ALAW else pcm


_SILENCE = {
    Encoding.PCM16: bytes(SAMPLE_BYTES),
    Encoding.MULAW: g711.MULAW_SILENCE,
    Encoding.ALAW: g711.ALAW_SILENCE,
}


@dataclass(frozen=True)
class Format:
    """
    Encoding and rate of a mono stream.

    @ivar rate: in Hz.
    """

    encoding: Encoding
    rate: int

    def __post_init__(self) -> None:
        if self.rate <= 0 or self.rate * FRAME_MS % 1000:
            raise ValueError(f"{self.rate} Hz does not have whole frames of 20 ms")

    @property
    def frame_bytes(self) -> int:
        """
        Bytes of 20 ms.
        """
        return frame_samples(self.rate) * self.encoding.sample_bytes

    @property
    def silent_frame(self) -> bytes:
        """
        20 ms of silence.
        """
        return self.encoding.silence * frame_samples(self.rate)
