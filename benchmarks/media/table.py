"""
The results of a run as a table on the screen.
"""

from __future__ import annotations

from collections.abc import Sequence

from .figures import Result

_HEAD = (
    *("program", "calls", "CPU ms", "core", "p50", "p99", "max"),
    *("late %", "lost %", "KB/call", "MB", "notes"),
)


def table(results: Sequence[Result]) -> str:
    """
    @return: lines of text, a result in each.
    """
    rows = [_HEAD, *(_row(result) for result in results)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEAD))]
    return "\n".join(_line(row, widths) for row in rows)


def markdown(results: Sequence[Result]) -> str:
    """
    @return: the same for a document.
    """
    rows = [_HEAD, *(_row(result) for result in results)]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    rule = ["---", *("---:" for _ in _HEAD[1:-1]), "---"]
    return "\n".join([lines[0], "|" + "|".join(rule) + "|", *lines[1:]])


def _row(result: Result) -> tuple[str, ...]:
    delay = result.delay_ms
    shown = [f"{delay[name]:.1f}" if delay else "-" for name in ("p50", "p99", "max")]
    return (
        result.program,
        str(result.calls),
        f"{result.cpu_ms:.2f}",
        f"{result.core:.0%}",
        *shown,
        _percent(result.late, result.frames),
        _percent(result.lost, result.frames),
        f"{result.kb_a_call:.0f}",
        f"{result.loaded_kb / 1024:.0f}",
        ", ".join(notes(result)),
    )


def notes(result: Result) -> list[str]:
    """
    @return: what makes the figures worth less than they seem.
    """
    found = []
    if result.up < result.calls:
        found.append(f"only {result.up} calls had audio")
    if result.damaged:
        found.append(f"{result.damaged} damaged")
    if result.repeated:
        found.append(f"{result.repeated} twice")
    if result.generator_cpu > 0.8:
        found.append("the generator was the limit")
    elif (late := result.generator_late_ms.get("p99", 0)) > 5:
        found.append(f"sent late (p99 {late:.0f} ms)")
    if result.generator_skipped:
        found.append(f"the generator left out {result.generator_skipped} a call")
    if result.cpu_seconds + result.waited_seconds > 0.95 * result.seconds:
        found.append("core full, CPU ms too low")
    if result.waited_seconds > 0.1 * result.seconds:
        share = result.waited_seconds / result.seconds
        found.append(f"core taken by others {share:.0%}")
    return found


def _percent(part: int, whole: int) -> str:
    return f"{part / whole * 100:.2f}" if whole else "-"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *middle, last = zip(row, widths, strict=True)
    cells = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in middle)]
    return "  ".join([*cells, last[0]]).rstrip()
