"""
What each stage of sound costs: CPU time of a frame of 20 ms, before and now, alone
and among the frames of many calls.

Usage: python -m benchmarks.stages [--calls CALLS] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from acsgw.audio import g711
from acsgw.audio.batch import Batch
from acsgw.audio.conversion import Conversion
from acsgw.audio.formats import Encoding, Format
from acsgw.audio.frames import FrameCutter
from acsgw.audio.resample import Resampler
from tests.audio.measures import pcm, tone

from .cpu_time import machine, microseconds
from .rivals import Gathered
from .sound import LIVE_PAIRS

#: A stage, and microseconds by the way it is done.
_Line = tuple[str, dict[str, float]]

TELEPHONE = Format(Encoding.MULAW, 8000)


def speech(rate: int) -> bytes:
    """
    @return: a frame of 20 ms with something in it.
    """
    return pcm(tone(440, rate, 0.02))


def rates(calls: int) -> Iterator[_Line]:
    """
    Changes of rate.
    """
    for from_rate, to_rate in (*LIVE_PAIRS, (48000, 16000), (16000, 48000)):
        frame = speech(from_rate)
        kind = (Format(Encoding.PCM16, from_rate), Format(Encoding.PCM16, to_rate))
        before, now = Gathered(from_rate, to_rate), Resampler(from_rate, to_rate)
        yield (
            f"rate {from_rate} to {to_rate}",
            {
                "before": microseconds(lambda one=before, of=frame: one.feed(of), 300),  # type: ignore[misc]
                "now": microseconds(lambda one=now, of=frame: one.feed(of)),  # type: ignore[misc]
                "batch": _batch(*kind, frame, calls),
            },
        )


def formats(calls: int) -> Iterator[_Line]:
    """
    Changes of rate and encoding, in frames: what a telephone-shaped agent needs.
    """
    for rate in (16000, 24000):
        wide = Format(Encoding.PCM16, rate)
        frame = speech(rate)
        for source, target, data in (
            (wide, TELEPHONE, frame),
            (TELEPHONE, wide, g711.pcm_to_mulaw(speech(8000))),
        ):
            one = Conversion(source, target)
            yield (
                f"{source.encoding.value} {source.rate} to "
                f"{target.encoding.value} {target.rate}",
                {
                    "now": microseconds(lambda one=one, of=data: one.feed(of)),  # type: ignore[misc]
                    "batch": _batch(source, target, data, calls),
                },
            )


def _batch(source: Format, target: Format, frame: bytes, calls: int) -> float:
    given = [(Conversion(source, target), frame) for _ in range(calls)]
    batch = Batch()
    return microseconds(lambda: batch.convert(given), 100) / calls


def tables() -> Iterator[_Line]:
    """
    G.711, against Python's C code.
    """
    frame = speech(8000)
    coded = g711.pcm_to_mulaw(frame)
    ours: dict[str, Callable[[], bytes]] = {
        "pcm16 to mu-law": lambda: g711.pcm_to_mulaw(frame),
        "mu-law to pcm16": lambda: g711.mulaw_to_pcm(coded),
        "pcm16 to A-law": lambda: g711.pcm_to_alaw(frame),
        "A-law to pcm16": lambda: g711.alaw_to_pcm(coded),
    }
    theirs: dict[str, Callable[[], bytes]] = {}
    if find_spec("audioop"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            import audioop
        theirs = {
            "pcm16 to mu-law": lambda: audioop.lin2ulaw(frame, 2),
            "mu-law to pcm16": lambda: audioop.ulaw2lin(coded, 2),
            "pcm16 to A-law": lambda: audioop.lin2alaw(frame, 2),
            "A-law to pcm16": lambda: audioop.alaw2lin(coded, 2),
        }
    for name, work in ours.items():
        figures = {"now": microseconds(work)}
        if name in theirs:
            figures["audioop"] = microseconds(theirs[name])
        yield name, figures


def framing() -> Iterator[_Line]:
    """
    Cutting to frames.
    """
    frame = speech(16000)
    whole, odd = FrameCutter(len(frame)), FrameCutter(len(frame))
    odd.cut(b"\0")
    yield "cutting, whole frames", {"now": microseconds(lambda: whole.cut(frame))}
    yield "cutting, odd pieces", {"now": microseconds(lambda: odd.cut(frame))}


def main() -> None:
    """
    Measure and print.
    """
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=50, help="in one batch")
    options.add_argument("--json", type=Path, help="file for the figures")
    given = options.parse_args()
    if given.calls < 1:
        options.error("--calls must be at least 1")
    print(machine())
    columns = ("before", "now", "batch", "audioop")
    print(f"{'CPU us a frame of 20 ms':<30}" + "".join(f"{c:>9}" for c in columns))
    lines = {}
    stages = (rates(given.calls), formats(given.calls), tables(), framing())
    for stage in stages:
        for name, figures in stage:
            lines[name] = figures
            cells = [f"{figures[c]:.2f}" if c in figures else "" for c in columns]
            print(f"{name:<30}" + "".join(f"{cell:>9}" for cell in cells), flush=True)
    if given.json:
        text = json.dumps({"machine": machine(), "microseconds": lines}, indent=1)
        try:
            given.json.write_text(text + "\n", "utf-8")
        except OSError as error:
            options.error(f"cannot write the figures: {error}")


if __name__ == "__main__":
    main()
