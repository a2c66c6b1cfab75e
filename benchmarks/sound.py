"""
How good changes of sample rate sound and how late they are, ours and others', side
by side: a table, and plots of a swept sine, alias, frequency response, noise and delay.
C{docs/sound.md} says what they show.

Usage: python -m benchmarks.sound [--directory DIRECTORY] [--all-rates] [--no-plots]

Plots need the extra "bench" (matplotlib).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.audio.measures import PAIRS, db, pcm, residue, rms, samples_of, tone

from .cpu_time import machine, microseconds
from .rivals import Stream, rivals
from .sound_signals import in_frames, noise, swept

#: What calls need: the network has 16 or 24 kHz, agents 8, 16 or 24 kHz.
LIVE_PAIRS = (
    *((16000, 8000), (8000, 16000), (16000, 24000), (24000, 16000)),
    *((24000, 8000), (8000, 24000)),
)

SECONDS = 0.5
TONES = 120

#: Whose swept sine is drawn.
SWEPT_PAIRS = ((16000, 8000), (8000, 16000))

#: How long before delays are measured, and how long frames are followed.
SETTLED_FRAMES = 25


@dataclass(frozen=True, kw_only=True)
class Measured:
    """
    One way to change one rate to another.

    @ivar response: frequency in Hz and gain in dB of tones that the lower rate can
        hold.
    @ivar beyond: frequency in Hz of a tone that was given and, in dB relative to it,
        what came out besides that tone: alias, images, noise.
    @ivar late_ms: after each frame of 20 ms, how far what was said is behind it.
    @ivar microseconds: CPU time of a frame.
    """

    name: str
    from_rate: int
    to_rate: int
    response: list[tuple[float, float]]
    beyond: list[tuple[float, float]]
    late_ms: list[float]
    microseconds: float

    def row(self) -> str:
        """
        The table's line.
        """
        low = min(self.from_rate, self.to_rate)
        speech = [gain for hz, gain in self.response if hz <= 0.425 * low]
        worst = max(level for hz, level in self.beyond if _is_beyond(self, hz))
        snr = -max(level for hz, level in self.beyond if hz <= 0.425 * low)
        late = self.late_ms[SETTLED_FRAMES:]
        return (
            f"{self.from_rate:>6} {self.to_rate:>6} {self.name:<7}"
            f"{max(map(abs, speech)):>9.2f}{worst:>9.1f}{snr:>9.1f}"
            f"{min(late):>9.2f}{max(late):>9.2f}{self.microseconds:>9.1f}"
        )


HEADER = (
    "  from     to way      speech   beyond  S/N     late ms           CPU us\n"
    "                       +-dB     dB      dB      least    most     a frame"
)


def _is_beyond(measured: Measured, hz: float) -> bool:
    """
    @return: whether something must not come out: a tone beyond the lower rate, or
        (for a higher rate) the mirror of any tone.
    """
    return measured.from_rate < measured.to_rate or hz >= measured.to_rate / 2


def measure(
    name: str, build: Callable[[int, int], Stream], from_rate: int, to_rate: int
) -> Measured:
    """
    @param build: of the two rates.
    """
    response, beyond = [], []
    top = 0.425 * min(from_rate, to_rate)
    for hz in sorted((*np.linspace(50, from_rate / 2 - 25, TONES), top)):
        level, rest = _tone_through(build, float(hz), from_rate, to_rate)
        if hz < min(from_rate, to_rate) / 2:
            response.append((float(hz), level))
        beyond.append((float(hz), rest))
    frame = pcm(tone(440, from_rate, 0.02))
    stream = build(from_rate, to_rate)
    return Measured(
        name=name,
        from_rate=from_rate,
        to_rate=to_rate,
        response=response,
        beyond=beyond,
        late_ms=_late_ms(build, from_rate, to_rate),
        microseconds=microseconds(lambda: stream.feed(frame)),
    )


def _tone_through(
    build: Callable[[int, int], Stream], hz: float, from_rate: int, to_rate: int
) -> tuple[float, float]:
    """
    @return: gain of the tone, and of all that came out besides it, in dB.
    """
    given = tone(hz, from_rate, SECONDS)
    out = in_frames(build(from_rate, to_rate), pcm(given), from_rate)
    samples = samples_of(out)[to_rate // 5 : -to_rate // 50]
    if hz >= to_rate / 2:
        return 0.0, db(rms(samples) / rms(given))
    level, rest = residue(samples, hz, to_rate)
    return db(level / rms(given)), db(rest / rms(given))


def _late_ms(
    build: Callable[[int, int], Stream], from_rate: int, to_rate: int
) -> list[float]:
    """
    How late the sound itself is (a bell is found in the output) and, on top of it,
    what is held back after each frame.
    """
    middle, width = from_rate, from_rate / 1000
    bell = 30000 * np.exp(-0.5 * ((np.arange(2 * from_rate) - middle) / width) ** 2)
    stream, given, size = build(from_rate, to_rate), pcm(bell), from_rate // 50 * 2
    out = [stream.feed(given[at : at + size]) for at in range(0, len(given), size)]
    samples = samples_of(b"".join(out))
    center = float((samples * np.arange(len(samples))).sum() / samples.sum())
    shift_ms = (center / to_rate - middle / from_rate) * 1000
    said_ms = np.cumsum([len(frame) / 2 / to_rate * 1000 for frame in out])
    fed_ms = 20.0 * (1 + np.arange(len(out)))
    return [float(late) for late in fed_ms - said_ms + shift_ms]


def main() -> None:
    """
    Measure, print, plot.
    """
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--directory", type=Path, default=Path("sound-plots"))
    options.add_argument("--all-rates", action="store_true")
    options.add_argument("--no-plots", action="store_true")
    given = options.parse_args()
    if not given.no_plots:
        try:
            from .sound_plots import plot
        except ImportError as error:
            options.error(f"{error}: pip install 'acsgw[bench]', or --no-plots")
        try:
            given.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            options.error(f"cannot write plots: {error}")
    print(machine(), HEADER, sep="\n")
    results = []
    for pair in PAIRS if given.all_rates else LIVE_PAIRS:
        for name, build in rivals().items():
            results.append(measure(name, build, *pair))
            print(results[-1].row(), flush=True)
    noises = [
        noise(name, build, mulaw=mulaw)
        for name, build in rivals().items()
        for mulaw in (False, True)
    ]
    for one in noises:
        kind = "mu-law" if one.mulaw else "PCM16"
        told = f"16 to 8 kHz and back, {kind:<6} {one.name:<7}"
        print(f"{told} S/N {dict(one.kept)[-6.0]:5.1f} dB (peak at -6 dB)")
    if not given.no_plots:
        sweeps = [
            swept(name, build, *pair)
            for pair in SWEPT_PAIRS
            for name, build in rivals().items()
        ]
        for path in plot(results, sweeps, noises, given.directory):
            print(path)


if __name__ == "__main__":
    main()
