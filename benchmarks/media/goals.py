"""
What the gateway shall reach, beside what was measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from .figures import Result
from .limits import WORKING_SHARE, Limit
from .table import Row, notes

#: Calls on one core.
CALLS = {"gateway-pcm": 500, "gateway": 330, "gateway-recorded": 300}

#: By how many times it shall carry more calls than others that do the same work.
TIMES = {"quart": 5.0, "fastapi": 3.5, "pipecat": 10.0}

_WORKING_P99_MS = 5.0
_KB_A_CALL = 40.0
_CPP_CALLS, _CPP_TIMES = 200, 1.7

#: By so much a cost may rise from one number of calls to the next by chance.
_CHANCE = 1.05

_HEAD = (
    *("program", "calls", *(f"x {name}" for name in TIMES), "CPU ms"),
    *(f"at {WORKING_SHARE:.0%}", "CPU ms", "p50", "p99", "KB/call", "notes"),
)


def limit_rows(limits: Sequence[Limit]) -> list[Row]:
    """
    @return: head and a row for each program.
    """
    by_name = {limit.program: limit for limit in limits}
    return [_HEAD, *(_row(limit, by_name) for limit in limits)]


def _row(limit: Limit, by_name: Mapping[str, Limit]) -> Row:
    at_limit, working = limit.at(limit.calls), limit.working
    times = (_times(limit, by_name.get(name)) for name in TIMES)
    shown = ["-"] * 5
    if working is not None:
        delay = working.delay_ms
        shown = [
            str(working.calls),
            f"{working.cpu_ms:.2f}",
            *(f"{delay[name]:.1f}" if delay else "-" for name in ("p50", "p99")),
            f"{working.kb_a_call:.0f}",
        ]
    told = [] if working is None else notes(working)
    if limit.over is None:
        told.insert(0, "more were not tried")
    elif limit.held_back:
        told.insert(0, "the generator carried no more")
    if limit.disturbed:
        told.insert(0, "others had the cores when more were tried")
    return (
        limit.program,
        limit.shown,
        *(f"{found:.1f}" if found else "-" for found in times),
        f"{at_limit.cpu_ms:.2f}" if at_limit else "-",
        *shown,
        ", ".join(told),
    )


def _times(limit: Limit, other: Limit | None) -> float | None:
    if other is None or other.calls == 0 or other.program == limit.program:
        return None
    return limit.calls / other.calls


def goal_rows(limits: Sequence[Limit]) -> list[Row]:
    """
    @return: head and a row for each goal of which something was measured.
    """
    by_name = {limit.program: limit for limit in limits}
    head = ("goal", "wanted", "measured", "met")
    return [head, *_goals(by_name)]


def _goals(limits: Mapping[str, Limit]) -> Iterator[Row]:
    ours = [limits[name] for name in CALLS if name in limits]
    for limit in ours:
        wanted = CALLS[limit.program]
        yield _at_least(f"calls of {limit.program}", wanted, limit.calls, ".0f")
    for limit in ours:
        if limit.working is not None and limit.working.delay_ms:
            p99 = limit.working.delay_ms["p99"]
            what = f"p99 of {limit.program} at {limit.working.calls} calls, ms"
            yield _at_most(what, _WORKING_P99_MS, p99, ".1f")
    for limit in ours:
        if limit.working is not None and limit.program != "gateway-recorded":
            found = limit.working.kb_a_call
            yield _at_most(f"KB a call of {limit.program}", _KB_A_CALL, found, ".0f")
    if (plain := limits.get("gateway-pcm")) is not None:
        for name, wanted_times in TIMES.items():
            if (found_times := _times(plain, limits.get(name))) is not None:
                what = f"calls of gateway-pcm, times {name}'s"
                yield _at_least(what, wanted_times, found_times, ".1f")
        cpp = limits["cpp"].at(_CPP_CALLS) if "cpp" in limits else None
        own = plain.at(_CPP_CALLS)
        if cpp is not None and own is not None:
            what = f"CPU of gateway-pcm at {_CPP_CALLS} calls, times cpp's"
            yield _at_most(what, _CPP_TIMES, own.cpu_ms / cpp.cpu_ms, ".2f")
    for limit in ours:
        yield _falling(limit)


def _at_least(what: str, wanted: float, found: float, kind: str) -> Row:
    return what, f">= {wanted:g}", format(found, kind), _met(found >= wanted)


def _at_most(what: str, wanted: float, found: float, kind: str) -> Row:
    return what, f"<= {wanted:g}", format(found, kind), _met(found <= wanted)


def _met(is_met: bool) -> str:
    return "yes" if is_met else "no"


def _falling(limit: Limit) -> Row:
    """
    A call must not cost more if there are more of them.
    """
    found = curve(limit)
    met = all(late <= early * _CHANCE for early, late in pairwise(found))
    text = ", ".join(f"{cost:.2f}" for cost in found)
    return f"CPU ms of {limit.program}, few calls to many", "falling", text, _met(met)


def curve(limit: Limit) -> list[float]:
    """
    @return: CPU ms of the numbers that were carried, in order; where others had a core,
        so that caches were cold, only if they always had.
    """
    found = [each for each in limit.measured if each.carried]
    quiet = [each for each in found if not each.disturbed]
    carried: dict[int, Result] = {each.calls: each for each in quiet or found}
    return [carried[calls].cpu_ms for calls in sorted(carried)]
