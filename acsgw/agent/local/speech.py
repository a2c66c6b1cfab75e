"""
The seams to the speech libraries.

Audio is 16 bit signed little endian mono PCM at L{RATE}.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred
from zope.interface import Attribute, Interface

#: Sample rate of all speech, heard and spoken, in Hz.
RATE = 16000

#: What a voice detector judges at a time: 32 ms.
FRAME_SAMPLES = 512
FRAME_BYTES = FRAME_SAMPLES * 2
FRAME_MS = 32


class ITextToSpeech(Interface):
    """
    A voice.  Both methods block, and are called in threads, by several at once.
    """

    def load() -> None:
        """
        Make the first sentence as quick as the others.

        @raise acsgw.errors.SpeechUnavailable: it cannot work.
        """

    def speak(text: str) -> bytes:
        """
        @return: the text as audio at L{RATE}.
        """


class ISpeechToText(Interface):
    """
    Writes down what was said.  The methods block, and are called in threads.
    """

    at_once: int = Attribute("How many threads may call C{understand} at a time.")

    def load() -> None:
        """
        Make the first utterance as quick as the others.

        @raise acsgw.errors.SpeechUnavailable: it cannot work.
        """

    def understand(pcm: bytes) -> str:
        """
        @return: the words in the audio, empty if there are none.
        """

    def unload() -> None:
        """
        No more calls come, until it is loaded again.
        """


class IVoiceDetector(Interface):
    """
    Tells speech from everything else, for one caller.
    """

    def probability(frame: bytes) -> float:
        """
        Called on the reactor's thread, 31 times a second: must be fast.

        @param frame: the next L{FRAME_SAMPLES} samples.

        @return: how likely somebody speaks in it, 0 to 1.
        """


class IVoiceDetectors(Interface):
    """
    Where the conversations get their detectors.  Unless said otherwise the
    methods block, and are called in threads.
    """

    def load() -> None:
        """
        Have a few at hand.

        @raise acsgw.errors.SpeechUnavailable: they cannot work.
        """

    def take() -> IVoiceDetector:
        """
        @return: a detector that has not heard anything yet.
        """

    def give_back(detector: IVoiceDetector) -> None:
        """
        The conversation that took it is over.  Does not block.
        """


class IWorkers(Interface):
    """
    Threads for what would block the reactor.
    """

    def start() -> None:
        """
        From now on work can be done.
        """

    def run(work: Callable[..., Any], *args: Any) -> Deferred[Any]:
        """
        @return: fires with what C{work(*args)} returned or raised.
        """

    def stop() -> Deferred[None]:
        """
        @return: fires when all work is done and no thread is left.
        """


@dataclass(frozen=True, kw_only=True)
class Speech:
    """
    The libraries that a conversation needs.
    """

    voice: ITextToSpeech
    ears: ISpeechToText
    detectors: IVoiceDetectors
