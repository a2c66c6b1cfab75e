"""
Other ways to change a sample rate, behind the face of our L{Resampler}.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from acsgw.audio.filters import filter_between
from acsgw.audio.resample import Resampler


class Stream(Protocol):
    """
    One direction of one stream.
    """

    def feed(self, pcm: bytes, /) -> bytes:
        """
        @return: what can be said by now; PCM16 as what came in.
        """


class Gathered:
    """
    The same filter with a product for each output sample, on gathered windows.
    """

    def __init__(self, from_rate: int, to_rate: int) -> None:
        self._up, self._down, self._bank = _bank(from_rate, to_rate)
        self._taps = self._bank.shape[1]
        self._kept = np.zeros(self._taps - 1, np.float32)
        self._next = 0

    def feed(self, pcm: bytes) -> bytes:
        fresh = np.frombuffer(pcm, "<i2").astype(np.float32)
        samples = np.concatenate((self._kept, fresh))
        places = np.arange(self._next, len(fresh) * self._up, self._down)
        self._next += len(places) * self._down - len(fresh) * self._up
        self._kept = samples[len(samples) - self._taps + 1 :]
        windows = np.lib.stride_tricks.sliding_window_view(samples, self._taps)
        wanted = windows[places // self._up]
        out = np.einsum("ij,ij->i", wanted, self._bank[places % self._up])
        said: bytes = np.clip(np.rint(out), -32768, 32767).astype("<i2").tobytes()
        return said


@lru_cache
def _bank(from_rate: int, to_rate: int) -> tuple[int, int, npt.NDArray[np.float32]]:
    shared = filter_between(from_rate, to_rate)
    taps = shared.history_bytes // 2 + 1
    bank = np.zeros((shared.up, taps), np.float32)
    for said in range(shared.up):
        first, phase = divmod(said * shared.down, shared.up)
        bank[phase] = shared.matrix[first : first + taps, said]
    return shared.up, shared.down, bank


class Linear:
    """
    A straight line between two samples, and no filter.
    """

    def __init__(self, from_rate: int, to_rate: int) -> None:
        self._step = from_rate / to_rate
        self._place = 0.0
        self._last = 0.0

    def feed(self, pcm: bytes) -> bytes:
        fresh = np.frombuffer(pcm, "<i2")
        samples = np.concatenate(([self._last], fresh))
        places = np.arange(self._place, len(fresh) - 1e-9, self._step)
        self._place += len(places) * self._step - len(fresh)
        self._last = float(samples[-1])
        out = np.interp(places, np.arange(len(samples)), samples)
        said: bytes = np.rint(out).astype("<i2").tobytes()
        return said


class Ratecv:
    """
    C{audioop.ratecv}: of Python until 3.12, later of the package audioop-lts.
    """

    def __init__(self, from_rate: int, to_rate: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            import audioop
        self._convert = audioop.ratecv
        self._rates = (from_rate, to_rate)
        self._state: Any = None

    def feed(self, pcm: bytes) -> bytes:
        said, self._state = self._convert(pcm, 2, 1, *self._rates, self._state)
        return said


class Soxr:
    """
    The stream of python-soxr at its default quality.
    """

    def __init__(self, from_rate: int, to_rate: int) -> None:
        import soxr

        self._stream = soxr.ResampleStream(from_rate, to_rate, 1, dtype="int16")

    def feed(self, pcm: bytes) -> bytes:
        samples = np.frombuffer(pcm, "<i2")
        said: bytes = self._stream.resample_chunk(samples).tobytes()
        return said


def rivals() -> dict[str, Callable[[int, int], Stream]]:
    """
    @return: ours, and what is installed of the others, by name.
    """
    found: dict[str, Callable[[int, int], Stream]] = {
        "acsgw": Resampler,
        "linear": Linear,
    }
    if find_spec("audioop"):
        found["ratecv"] = Ratecv
    if find_spec("soxr"):
        found["soxr"] = Soxr
    return found
