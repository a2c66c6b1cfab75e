"""
Makes the recordings of the demo's caller: a synthetic voice (not the agent's),
then made to sound like a telephone.  The same recordings every time.

Usage: python script/make_recordings.py [FOLDER]
"""

from __future__ import annotations

import sys
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from acsgw.agent.local.script import Voice
from acsgw.agent.local.speech import RATE
from acsgw.agent.local.voice import EspeakVoice

CALLER = Voice(name="en-us+steph", words_per_minute=145, pitch=40)

TEXTS = {
    "order-status": "Good morning. What is the status of my order please?",
    "number": "Order number five one two.",
    "yes": "Yes, that's right.",
    "opening-hours": "Wait, when are you open?",
    "agent-please": "I want to talk to an agent please.",
    "goodbye": "Thank you very much. Bye bye.",
}

TELEPHONE_RATE = 8000
BAND_HZ = (300, 3400)
LOUDNESS = 0.5  # of the greatest amplitude
NOISE_DB = 30  # below the speech
SILENCE_SECONDS = 0.3  # before and after, with noise
MU = 255

Samples = npt.NDArray[np.float64]


def main() -> None:
    folder = Path(__file__).parent.parent / "demo" / "recordings"
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    voice = EspeakVoice(CALLER)
    for seed, (name, text) in enumerate(TEXTS.items()):
        path = folder / f"{name}.wav"
        pcm = telephone(voice.speak(text), seed)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(TELEPHONE_RATE)
            file.writeframes(pcm)
        print(f"{path}: {len(pcm) / 2 / TELEPHONE_RATE:.1f} s: {text}")


def telephone(pcm: bytes, seed: int) -> bytes:
    """
    @param pcm: 16 bit mono at L{RATE}.

    @param seed: of the line's noise.

    @return: how it sounds at the other end of a telephone line, 16 bit mono at
        L{TELEPHONE_RATE}.
    """
    wide = np.frombuffer(pcm, dtype="<i2") / 32768
    speech = soxr.resample(wide, RATE, TELEPHONE_RATE)
    pause = np.zeros(round(SILENCE_SECONDS * TELEPHONE_RATE))
    speech = _band_limit(np.concatenate([pause, speech, pause]))
    speech *= LOUDNESS / np.abs(speech).max()
    noise = np.random.default_rng(seed).normal(0, 1, len(speech))
    level = np.sqrt(np.mean(speech**2)) * 10 ** (-NOISE_DB / 20)
    heard = _quantize(speech + noise * level)
    return (heard * 32767).astype("<i2").tobytes()


def _band_limit(samples: Samples) -> Samples:
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / TELEPHONE_RATE)
    spectrum[(hertz < BAND_HZ[0]) | (hertz > BAND_HZ[1])] = 0
    return np.fft.irfft(spectrum, len(samples))


def _quantize(samples: Samples) -> Samples:
    """
    @return: what 8 bits leave, spaced as mu-law does.
    """
    samples = samples.clip(-1, 1)
    curve = np.sign(samples) * np.log1p(MU * np.abs(samples)) / np.log1p(MU)
    steps: Samples = np.round(curve * 127) / 127
    return np.sign(steps) * np.expm1(np.abs(steps) * np.log1p(MU)) / MU


if __name__ == "__main__":
    main()
