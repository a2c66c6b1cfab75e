"""
Draws the results of a run: C{python -m benchmarks.media.plot results.json}
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .figures import Result
from .goals import CALLS
from .limits import Limit


def draw(results: Sequence[Result], limits: Sequence[Limit], title: str) -> Any:
    """
    CPU time and delay over the number of calls, bars if there is only one number; and
    the limits if there are any.

    @return: a figure.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    parts = 3 if limits else 2
    size = (6.2 * parts, 4.8)
    figure, axes = plt.subplots(1, parts, figsize=size, layout="constrained")
    if limits:
        _limits(axes[0], limits)
    left, right = axes[-2:]
    if len({result.calls for result in results}) > 1:
        _curves(left, right, results)
    else:
        names = [result.program for result in results]
        left.bar(names, [r.cpu_ms for r in results])
        right.bar(names, [_p99(r) for r in results])
        for each in (left, right):
            each.tick_params(axis="x", rotation=45)
    left.set_ylabel("CPU ms for a second of a call")
    right.set_ylabel("delay of a frame there and back, p99, ms")
    left.set_ylim(bottom=0)
    right.set_yscale("log")
    figure.suptitle(textwrap.fill(title, 150), fontsize=9)
    return figure


def _limits(axes: Any, limits: Sequence[Limit]) -> None:
    """
    A bar for each, with the goal of each that has one.
    """
    names = [limit.program for limit in limits]
    bars = axes.bar(names, [limit.calls for limit in limits], color="tab:blue")
    axes.bar_label(bars, [limit.shown for limit in limits])
    for at, name in enumerate(names):
        if name in CALLS:
            axes.hlines(CALLS[name], at - 0.45, at + 0.45, color="tab:red")
    axes.tick_params(axis="x", rotation=45)
    axes.set_ylabel("calls on one core (red: goal)")


def _curves(left: Any, right: Any, results: Sequence[Result]) -> None:
    names = dict.fromkeys(result.program for result in results)
    for place, name in enumerate(names):
        mine = {r.calls: r for r in results if r.program == name}
        calls = sorted(mine)
        # There are ten colors.
        style = {"marker": "ox^"[place // 10], "ls": ("-", "--", ":")[place // 10]}
        left.plot(calls, [mine[n].cpu_ms for n in calls], label=name, **style)
        right.plot(calls, [_p99(mine[n]) for n in calls], label=name, **style)
    for axes in (left, right):
        axes.set_xlabel("calls")
        axes.set_xscale("log")
        axes.legend(fontsize=8)


def _p99(result: Result) -> float:
    return result.delay_ms.get("p99", float("nan"))


def main() -> int:
    """
    @return: the exit status.
    """
    file = Path(sys.argv[1])
    body = json.loads(file.read_text())
    limits = [Limit.from_json(each) for each in body.get("limits", ())]
    results = [Result.from_json(each) for each in body.get("results", ())]
    results += [each for limit in limits for each in limit.measured if each.carried]
    title = f"{body['command']} at {body['commit']}\n{body['machine']}"
    picture = file.with_name("plot.png")
    try:
        draw(results, limits, title).savefig(picture, dpi=110)
    except ImportError as e:
        print(f"{e}; install matplotlib", file=sys.stderr)
        return 1
    print(picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
