"""
The results of a run as a table, on the screen and for documents.
"""

from __future__ import annotations

from collections.abc import Sequence

from .figures import Result

#: The cells of a line.
Row = tuple[str, ...]

_HEAD = (
    *("program", "calls", "CPU ms", "core", "p50", "p99", "max"),
    *("late %", "lost %", "KB/call", "MB", "notes"),
)


def rows(results: Sequence[Result]) -> list[Row]:
    """
    @return: head and a row for each result.
    """
    return [_HEAD, *(_row(result) for result in results)]


def text(rows: Sequence[Row]) -> str:
    """
    @param rows: the first is the head; figures, but for the first and last of each.

    @return: lines for the screen.
    """
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(_line(row, widths) for row in rows)


def markdown(rows: Sequence[Row]) -> str:
    """
    @return: the same for a document.
    """
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    rule = ["---", *("---:" for _ in rows[0][1:-1]), "---"]
    return "\n".join([lines[0], "|" + "|".join(rule) + "|", *lines[1:]])


def _row(result: Result) -> Row:
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
    if result.silent:
        found.append(f"{result.silent} silent")
    if result.generator != "C++":
        found.append(f"generator in {result.generator}")
    if result.held_back:
        found.append("the generator was the limit")
    elif (late := result.generator_late_ms.get("p99", 0)) > 5:
        found.append(f"sent late (p99 {late:.0f} ms)")
    if result.generator_skipped:
        found.append(f"the generator left out {result.generator_skipped} a call")
    if result.full:
        found.append("core full, CPU ms too low")
    if result.disturbed:
        share = result.waited_seconds / result.seconds
        both = f"{share:.0%}, generator's {result.generator_waited:.0%}"
        found.append(f"core taken by others {both}")
    if len(result.worker_seconds) > 1:
        found.append(_workers(result))
    if result.crowded:
        found.append("a worker and the generator share a core")
    return found


def _workers(result: Result) -> str:
    """
    @return: CPU time of each process, for a second of each of its own calls.
    """
    own = result.calls * result.seconds / len(result.worker_seconds) / 1000
    return " + ".join(f"{cpu / own:.2f}" for cpu in result.worker_seconds) + " ms each"


def _percent(part: int, whole: int) -> str:
    return f"{part / whole * 100:.2f}" if whole else "-"


def _line(row: Row, widths: Sequence[int]) -> str:
    first, *middle, last = zip(row, widths, strict=True)
    cells = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in middle)]
    return "  ".join([*cells, last[0]]).rstrip()
