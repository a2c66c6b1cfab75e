"""
Plots of what L{benchmarks.sound} measured, each with the goal that we have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib import pyplot
from PIL import Image

from .sound_signals import LEVELS_DB, SWEEP_SECONDS, Noise, Sweep

if TYPE_CHECKING:
    from .sound import Measured

#: How each way is drawn: ways that alias alike lie on one another.
_LOOKS: dict[str, dict[str, Any]] = {
    "acsgw": {"color": "tab:blue", "lw": 2, "zorder": 4},
    "soxr": {"color": "tab:red", "lw": 1},
    "ratecv": {"color": "tab:green", "lw": 4, "alpha": 0.45},
    "linear": {"color": "black", "lw": 1, "ls": "--"},
}
_NAMES = {
    "acsgw": "acsgw",
    "soxr": "soxr, stream",
    "ratecv": "audioop.ratecv",
    "linear": "linear interpolation",
}
_GOAL = {"color": "tab:orange", "lw": 1.2, "ls": ":"}
_COLORS = 128


def plot(
    results: Sequence[Measured],
    sweeps: Sequence[Sweep],
    noises: Sequence[Noise],
    directory: Path,
) -> list[Path]:
    """
    @return: the files written.
    """
    pyplot.switch_backend("Agg")  # no screen
    alias = "all but the tone that was given, dB"
    delay = "behind the frame that was given, ms"
    return [
        _sweeps(sweeps, directory / "sweep.png"),
        _grid(results, directory / "alias.png", alias, _alias),
        _grid(results, directory / "response.png", "gain, dB", _response),
        _noises(noises, directory / "noise.png"),
        _grid(results, directory / "delay.png", delay, _delay),
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
        rows, 3, figsize=(11, 0.5 + 2.6 * rows), squeeze=False, layout="constrained"
    )
    for pair, axis in zip(pairs, axes.flat, strict=False):
        for one in results:
            if (one.from_rate, one.to_rate) == pair:
                draw(axis, one)
        axis.set_title(f"{pair[0] // 1000} to {pair[1] // 1000} kHz")
        axis.grid(alpha=0.3)
    for axis in axes.flat[len(pairs) :]:
        axis.remove()
    figure.supylabel(label, fontsize="medium")
    return _save(figure, axes[0, 0], path)


def _alias(axis: Any, one: Measured) -> None:
    _curve(axis, one.name, [(hz / 1000, level) for hz, level in one.beyond])
    axis.axhline(-75, label="goal: not above", **_GOAL)
    axis.set_ylim(-110, 5)
    axis.set_xlabel("kHz given")


def _response(axis: Any, one: Measured) -> None:
    _curve(axis, one.name, [(hz / 1000, gain) for hz, gain in one.response])
    top = 0.425 * min(one.from_rate, one.to_rate) / 1000
    corners = (0, top, top, 0), (0.5, 0.5, -0.5, -0.5)
    axis.plot(*corners, label="goal: speech within", **_GOAL)
    axis.set_ylim(-6, 1)
    axis.set_xlabel("kHz")


def _delay(axis: Any, one: Measured) -> None:
    late = [(0.02 * (1 + at), late) for at, late in enumerate(one.late_ms)]
    _curve(axis, one.name, late[25:75])
    axis.axhline(5, label="goal: not above", **_GOAL)
    axis.set_ylim(-4, 120)
    axis.set_xlabel("s")


def _noises(noises: Sequence[Noise], path: Path) -> Path:
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 3.6), layout="constrained")
    for one in noises:
        _curve(axes[int(one.mulaw)], one.name, one.kept)
    titles = "16 kHz to 8 kHz and back, PCM16", "the same through mu-law"
    for axis, title, goal in zip(axes, titles, (75, 35), strict=True):
        axis.set_title(title)
        # Of a tone with half of full scale, as a loud voice has.
        axis.plot((-6, LEVELS_DB[-1]), (goal, goal), label="goal: not below", **_GOAL)
        axis.plot((-6, -6), (0, goal), **_GOAL)
        axis.set_ylim(0, 95 if goal == 75 else 45)
        axis.set_xlabel("peak of the tone, dB below full scale")
        axis.grid(alpha=0.3)
    figure.supylabel("tone above all else, dB", fontsize="medium")
    return _save(figure, axes[0], path)


def _sweeps(sweeps: Sequence[Sweep], path: Path) -> Path:
    pairs = list(dict.fromkeys((one.from_rate, one.to_rate) for one in sweeps))
    names = list(dict.fromkeys(one.name for one in sweeps))
    figure, axes = pyplot.subplots(
        len(pairs),
        len(names),
        figsize=(11, 2.7 * len(pairs)),
        squeeze=False,
        layout="constrained",
    )
    image: Any = None
    for one in sweeps:
        pair = one.from_rate, one.to_rate
        axis = axes[pairs.index(pair), names.index(one.name)]
        image = axis.imshow(
            one.levels,
            origin="lower",
            aspect="auto",
            interpolation="nearest",
            cmap=pyplot.get_cmap("magma", 21),
            vmin=-105,
            vmax=0,
            extent=(0, one.from_rate / 2000, 0, one.to_rate / 2000),
        )
        axis.set_title(_NAMES[one.name])
        axis.set_xlabel(f"kHz given, in {SWEEP_SECONDS:g} s")
    for (from_rate, to_rate), row in zip(pairs, axes, strict=True):
        way = f"{from_rate // 1000} to {to_rate // 1000} kHz"
        row[0].set_ylabel(f"{way}:\nkHz that came out")
    figure.colorbar(image, ax=axes, label="dB", fraction=0.03)
    return _save(figure, None, path)


def _curve(axis: Any, name: str, points: Sequence[tuple[float, float]]) -> None:
    axis.plot(*zip(*points, strict=True), label=_NAMES[name], **_LOOKS[name])


def _save(figure: Any, legend_of: Any, path: Path) -> Path:
    """
    @param legend_of: axes whose legend is that of all.
    """
    if legend_of is not None:
        handles, labels = legend_of.get_legend_handles_labels()
        known = dict(zip(labels, handles, strict=True))
        goal = next(name for name in known if name.startswith("goal"))
        known[goal] = known.pop(goal)
        figure.legend(
            known.values(), known.keys(), loc="outside upper center", ncols=len(known)
        )
    figure.savefig(path, dpi=80)
    pyplot.close(figure)
    # A fifth of the size; nobody sees the difference.
    with Image.open(path) as image:
        image.convert("RGB").quantize(_COLORS, dither=Image.Dither.NONE).save(
            path, optimize=True
        )
    return path
