"""
Draws the results of a run: C{python -m benchmarks.media.plot results.json}
"""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path

from .figures import Result


def draw(results: list[Result], title: str, file: Path) -> None:
    """
    CPU time and delay over the number of calls; bars if there is only one number.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.8), layout="constrained")
    names = list(dict.fromkeys(result.program for result in results))
    if len({result.calls for result in results}) > 1:
        for name in names:
            mine = sorted((r for r in results if r.program == name), key=_calls)
            calls = [r.calls for r in mine]
            left.plot(calls, [r.cpu_ms for r in mine], marker="o", label=name)
            delays = [r.delay_ms.get("p99", float("nan")) for r in mine]
            right.plot(calls, delays, marker="o", label=name)
        for axes in (left, right):
            axes.set_xlabel("calls")
            axes.legend()
    else:
        left.bar(names, [r.cpu_ms for r in results])
        delays = [r.delay_ms.get("p99", float("nan")) for r in results]
        right.bar(names, delays)
        for axes in (left, right):
            axes.tick_params(axis="x", rotation=30)
    left.set_ylabel("CPU ms for a second of a call")
    right.set_ylabel("delay of a frame there and back, p99, ms")
    left.set_ylim(bottom=0)
    right.set_yscale("log")
    figure.suptitle(textwrap.fill(title, 150), fontsize=9)
    figure.savefig(file, dpi=110)


def _calls(result: Result) -> int:
    return result.calls


def main() -> int:
    """
    @return: the exit status.
    """
    file = Path(sys.argv[1])
    body = json.loads(file.read_text())
    results = [Result.from_json(each) for each in body["results"]]
    picture = file.with_name("plot.png")
    try:
        draw(
            results,
            f"{body['command']} at {body['commit']}\n{body['machine']}",
            picture,
        )
    except ImportError as e:
        print(f"{e}; install matplotlib", file=sys.stderr)
        return 1
    print(picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
