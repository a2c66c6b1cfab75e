"""
Plots of what L{benchmarks.sound} measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib import pyplot

if TYPE_CHECKING:
    from .sound import Measured


def plot(results: Sequence[Measured], directory: Path) -> list[Path]:
    """
    @return: the files written.
    """
    pyplot.switch_backend("Agg")  # no screen
    return [
        _grid(results, directory / "response.png", "gain, dB", _response),
        _grid(results, directory / "alias.png", "what should not be there, dB", _alias),
        _grid(results, directory / "delay.png", "behind the frame fed, ms", _delay),
    ]


def _grid(
    results: Sequence[Measured],
    path: Path,
    label: str,
    draw: Callable[[Any, Measured], None],
) -> Path:
    pairs = sorted({(one.from_rate, one.to_rate) for one in results})
    rows = -(-len(pairs) // 3)
    figure, axes = pyplot.subplots(
        rows, 3, figsize=(14, 3.6 * rows), squeeze=False, layout="constrained"
    )
    for pair, axis in zip(pairs, axes.flat, strict=False):
        for one in results:
            if (one.from_rate, one.to_rate) == pair:
                draw(axis, one)
        axis.set_title(f"{pair[0]} Hz to {pair[1]} Hz")
        axis.set_ylabel(label)
        axis.grid(alpha=0.3)
        axis.legend(fontsize="small")
    for axis in axes.flat[len(pairs) :]:
        axis.remove()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return path


def _response(axis: Any, one: Measured) -> None:
    axis.plot(*zip(*one.response, strict=True), label=one.name, ls=_line(one))
    axis.axvline(0.425 * min(one.from_rate, one.to_rate), color="gray", lw=0.5)
    axis.set_ylim(-12, 1)
    axis.set_xlabel("Hz")


def _alias(axis: Any, one: Measured) -> None:
    axis.plot(*zip(*one.beyond, strict=True), label=one.name, ls=_line(one))
    axis.axhline(-75, color="gray", lw=0.5)
    axis.set_ylim(-120, 5)
    axis.set_xlabel("Hz given")


def _delay(axis: Any, one: Measured) -> None:
    axis.plot(
        [0.02 * (1 + frame) for frame in range(len(one.late_ms))],
        one.late_ms,
        label=one.name,
        ls=_line(one),
    )
    axis.axhline(5, color="gray", lw=0.5)
    axis.set_xlabel("s")


def _line(one: Measured) -> str:
    """
    Ways that alias alike lie on one another.
    """
    return "--" if one.name == "linear" else "-"
