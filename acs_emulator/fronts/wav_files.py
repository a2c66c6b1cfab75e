"""
Recordings on disk: what callers say, and what they heard.
"""

from __future__ import annotations

import os
import struct
import wave
from typing import Any, BinaryIO, cast

import numpy as np
import soxr
from numpy.typing import NDArray

from ..errors import BadWav, NoVoice
from ..model.media_messages import FRAME_MS
from .voice import speak

RATES = (8000, 16000, 22050, 24000, 44100, 48000)
_MOST_SECONDS = 3600
_SPOKEN_RATE = 24000


class Recording:
    """
    A WAV that was read, and its versions at the rates that were asked for.
    """

    def __init__(self, samples: NDArray[np.float32], rate: int) -> None:
        """
        @param samples: mono, from -1 to 1.
        @param rate: Hz.
        """
        self._samples = samples
        self._rate = rate
        self._converted: dict[int, bytes] = {}
        seconds = len(samples) / rate
        self.frames = int(np.ceil(round(seconds * 1000 / FRAME_MS, 6)))

    def frame(self, rate: int, index: int) -> bytes:
        """
        @param rate: Hz.

        @return: the 20 ms with this index, 16 bit little endian mono; the
            last one filled up with silence.
        """
        size = rate * FRAME_MS // 1000 * 2
        if rate not in self._converted:
            self._converted[rate] = self._convert(rate)
        return self._converted[rate][index * size : (index + 1) * size].ljust(
            size, b"\0"
        )

    def _convert(self, rate: int) -> bytes:
        samples = self._samples
        if rate != self._rate:
            samples = soxr.resample(samples, self._rate, rate, quality="HQ")
        scaled = np.clip(np.rint(samples * 32767.0), -32768, 32767)
        return bytes(scaled.astype("<i2").tobytes())


def read_wav(path: str) -> Recording:
    """
    @raise BadWav: if the file is not there or not a WAV that can be played.
    """
    try:
        # "wave" refuses the extensible format, which carries plain PCM too.
        with open(path, "rb") as file:
            channels, width, rate, data = _parse(path, file)
    except OSError as e:
        raise BadWav(f"{path}: {e.strerror or 'cannot be read'}") from None
    if rate not in RATES:
        rates = ", ".join(str(r) for r in RATES)
        raise BadWav(f"{path}: {rate} Hz is not one of {rates}")
    if channels not in (1, 2):
        raise BadWav(f"{path}: {channels} channels; it must be mono or stereo")
    if len(data) > _MOST_SECONDS * rate * channels * width:
        raise BadWav(f"{path}: longer than an hour")
    data = data[: len(data) // (width * channels) * (width * channels)]
    if not data:
        raise BadWav(f"{path}: holds no audio")
    samples = _samples(data, width).reshape(-1, channels).mean(axis=1)
    return Recording(samples.astype(np.float32), rate)


def spoken(text: str) -> Recording:
    """
    @return: the text, as the local voice says it.

    @raise NoVoice: if there is none.
    """
    pcm = speak(text, _SPOKEN_RATE)
    if not pcm:
        raise NoVoice(f"{text!r}: there is nothing to say")
    return Recording(_samples(pcm, 2), _SPOKEN_RATE)


def _parse(path: str, file: BinaryIO) -> tuple[int, int, int, bytes]:
    head = file.read(12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
        raise BadWav(f"{path}: not a WAV file")
    form: bytes | None = None
    while True:
        chunk = file.read(8)
        if len(chunk) < 8:
            raise BadWav(f"{path}: the WAV file has no audio in it")
        name, size = chunk[:4], int.from_bytes(chunk[4:], "little")
        if name == b"data":
            break
        content = file.read(size + size % 2)
        if name == b"fmt ":
            form = content
    if form is None or len(form) < 16:
        raise BadWav(f"{path}: the WAV file does not say its format")
    tag, channels, rate, _, _, bits = struct.unpack("<HHIIHH", form[:16])
    if tag == 0xFFFE and len(form) >= 26:
        tag = int.from_bytes(form[24:26], "little")
    if tag != 1 or bits not in (8, 16, 24, 32):
        raise BadWav(f"{path}: it must be PCM with 8, 16, 24 or 32 bits a sample")
    return channels, bits // 8, rate, file.read(size)


def _samples(data: bytes, width: int) -> NDArray[np.float32]:
    if width == 1:
        centered = np.frombuffer(data, np.uint8).astype(np.float32) - 128.0
        return cast("NDArray[np.float32]", centered / np.float32(128.0))
    if width == 3:
        # Put a zero byte below each sample, and read it as 32 bit.
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        whole: NDArray[Any] = wide.reshape(-1).view("<i4")
    else:
        whole = np.frombuffer(data, "<i2" if width == 2 else "<i4")
    scale = 32768.0 if width == 2 else 2147483648.0
    return (whole / scale).astype(np.float32)


class HeardFile:
    """
    Writes what a caller heard, once a second, so that the file is readable
    even if the process dies.
    """

    def __init__(self, path: str, rate: int) -> None:
        """
        @param rate: Hz.

        @raise OSError: if the file cannot be written.
        """
        self._rate = rate
        self._file = wave.open(path, "wb")  # noqa: SIM115
        self._file.setparams((1, 2, rate, 0, "NONE", "not compressed"))
        self._waiting = bytearray()

    def write(self, pcm: bytes, rate: int) -> None:
        """
        @param pcm: 16 bit little endian mono.
        @param rate: Hz; that of another stream may differ from the first's.
        """
        self._waiting += pcm if rate == self._rate else _stretch(pcm, rate, self._rate)
        if len(self._waiting) >= self._rate * 2:
            self._flush()

    def close(self) -> None:
        """
        Write the rest.
        """
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        self._file.writeframes(bytes(self._waiting))
        self._waiting.clear()


def check_writable(path: str) -> str | None:
    """
    @return: why a recording could not be written there, or L{None}.
    """
    folder = os.path.dirname(path)
    if not os.path.isabs(path) or not path.lower().endswith(".wav"):
        return "must be an absolute path that ends in .wav"
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK):
        return "its folder is not there or cannot be written to"
    return None


def _stretch(pcm: bytes, rate: int, wanted: int) -> bytes:
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    count = len(samples) * wanted // rate
    places = np.arange(count) * (rate / wanted)
    stretched = np.interp(places, np.arange(len(samples)), samples)
    return bytes(stretched.astype("<i2").tobytes())
