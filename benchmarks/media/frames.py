"""
The messages of Azure's media socket, with audio that says which frame it is.

A program that passes PCM16 through gives back the number that the first samples hold
(L{Numbered}); what goes through mu-law and other rates is recognized by the tones it
is made of (L{Toned}).

Source of the messages: Microsoft Learn, "Audio streaming overview" (Azure
Communication Services, Call Automation).
"""

from __future__ import annotations

import random
import time
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

RATE = 16000
FRAME_SAMPLES = 320
FRAME_BYTES = 640
FRAME_SECONDS = 0.02

METADATA = (
    b'{"kind":"AudioMetadata","audioMetadata":{"subscriptionId":'
    b'"9c2d6e1a-0b7c-4a51-8d0e-1f2a3b4c5d6e","encoding":"PCM","sampleRate":16000,'
    b'"channels":1,"length":640}}'
)

#: Bytes that the number and the call take: a whole piece of base64.
TAG_BYTES = 6
_TAG_TEXT = 8

TONES_HZ = tuple(range(400, 2601, 200))
_AMPLITUDE = 1900
#: So many frames have different tones, at least one: 82 s, more than any delay.
TONED_FRAMES = 2 ** len(TONES_HZ) - 1
_LISTENED = slice(128, 288)


def stamp(now: float) -> bytes:
    """
    @param now: seconds since the epoch.

    @return: the C{timestamp} of a message.
    """
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
    return b"%b.%03dZ" % (whole.encode(), int(now % 1 * 1000))


def message(stamped: bytes, data: bytes) -> bytes:
    """
    @param data: base64.

    @return: what Azure would send.
    """
    return (
        b'{"kind":"AudioData","audioData":{"timestamp":"%b","data":"%b",'
        b'"silent":false}}' % (stamped, data)
    )


def audio_of(received: bytes) -> bytes | None:
    """
    @return: the base64 in an C{AudioData} of the program, whatever the case of its
        names; L{None} if it is another message.
    """
    key = received.find(b'"Data":"')
    if key < 0:
        key = received.find(b'"data":"')
        # Some write their JSON with a blank.
        if key < 0:
            return _spaced(received)
    start = key + 8
    end = received.find(b'"', start)
    return received[start:end] if end > start else None


def _spaced(received: bytes) -> bytes | None:
    key = received.lower().find(b'"data": "')
    if key < 0:
        return None
    end = received.find(b'"', key + 9)
    return received[key + 9 : end] if end > key + 9 else None


class Unreadable(ValueError):
    """
    The audio that came back is not what was sent.
    """


class Silent(Unreadable):
    """
    Nothing came back: what a program fills up with where it had nothing to say.
    """


class Marking(Protocol):
    """
    Makes the frames of one call, and recognizes them.
    """

    def data(self, number: int) -> bytes:
        """
        @return: base64 of a frame of 20 ms.
        """

    def number(self, data: bytes, sent: int) -> int:
        """
        @param data: base64 as it came back.
        @param sent: how many frames have been sent.

        @raise Unreadable: if it is none of them.
        @raise Silent: if it is silence, and none of them is.
        """


class Numbered:
    """
    The number stands in the first samples, and all others must come back unchanged.
    """

    def __init__(self, call: int) -> None:
        self._call = call.to_bytes(2, "little")
        noise = random.Random(call).randbytes(FRAME_BYTES - TAG_BYTES)
        self._rest = b64encode(noise)

    def data(self, number: int) -> bytes:
        tag = number.to_bytes(4, "little") + self._call
        return b64encode(tag) + self._rest

    def number(self, data: bytes, sent: int) -> int:
        try:
            number, call = read_tag(b64decode(data[:_TAG_TEXT]))
        except (BadBase64, ValueError):
            raise Unreadable("no number") from None
        ours = int.from_bytes(self._call, "little")
        if call != ours or number >= sent or data[_TAG_TEXT:] != self._rest:
            raise Unreadable("the audio is not what was sent")
        return number


def read_tag(pcm: bytes) -> tuple[int, int]:
    """
    @param pcm: a frame of L{Numbered}, or its beginning.

    @return: number and call.

    @raise ValueError: if it is too short.
    """
    if len(pcm) < TAG_BYTES:
        raise ValueError("too short")
    number = int.from_bytes(pcm[:4], "little")
    return number, int.from_bytes(pcm[4:6], "little")


class Toned:
    """
    Each bit of the number, in Gray's code and from 1, is a tone that is there or not.
    From 8 to 18 ms is listened to: filters make it later by 6.5 ms, and what then comes
    in of the frame before differs by one tone only.
    """

    def data(self, number: int) -> bytes:
        frame: bytes = _toned()[number % TONED_FRAMES]
        return frame

    def number(self, data: bytes, sent: int) -> int:
        try:
            pcm = b64decode(data)
        except BadBase64:
            raise Unreadable("not base64") from None
        if len(pcm) != FRAME_BYTES:
            raise Unreadable("not a frame of 20 ms")
        samples = np.frombuffer(pcm, "<i2")[_LISTENED].astype(np.float32)
        parts = (samples @ _ears()).reshape(2, -1)
        loud = np.hypot(parts[0], parts[1])
        if bool(np.any((loud > 0.3) & (loud < 0.7))):
            raise Unreadable("two frames at a time")
        code = int(np.packbits(loud > 0.5).view(">u2")[0]) >> 16 - len(TONES_HZ)
        for shift in (1, 2, 4, 8):
            code ^= code >> shift
        if code == 0:
            raise Silent("none of the tones")
        last = sent - 1
        number: int = last - (last - code + 1) % TONED_FRAMES
        if number < 0:
            raise Unreadable("a frame that was not sent")
        return number


@lru_cache
def _toned() -> list[bytes]:
    """
    @return: base64 of the frames by their numbers.  Tones begin at different phases,
        so that a sum is not a click.
    """
    at = np.arange(FRAME_SAMPLES) / RATE
    tones = [
        _AMPLITUDE * np.sin(2 * np.pi * hz * at + i * i)
        for i, hz in enumerate(TONES_HZ)
    ]
    places = np.arange(len(TONES_HZ))[::-1]
    codes = np.arange(1, TONED_FRAMES + 1)
    bits = (codes ^ codes >> 1)[:, None] >> places & 1
    frames = np.rint(bits @ np.array(tones)).astype("<i2")
    return [b64encode(frame.tobytes()) for frame in frames]


@lru_cache
def _ears() -> npt.NDArray[np.float32]:
    """
    @return: sine and cosine of each tone; a tone that is there gives 1.
    """
    at = np.arange(FRAME_SAMPLES)[_LISTENED] / RATE
    turns = 2 * np.pi * np.outer(at, TONES_HZ)
    scale = 2 / len(at) / _AMPLITUDE
    both = np.concatenate((np.cos(turns), np.sin(turns)), axis=1) * scale
    return both.astype(np.float32)


def tone_file() -> bytes:
    """
    @return: for the generator in C++: how many frames, the first sample that is
        listened to, how many of them, how many tones (32 bits each); what L{_ears}
        gives; base64 of all frames.
    """
    start, stop = _LISTENED.start, _LISTENED.stop
    head = np.array([TONED_FRAMES, start, stop - start, len(TONES_HZ)], "<u4")
    return b"".join([head.tobytes(), _ears().tobytes(), *_toned()])
