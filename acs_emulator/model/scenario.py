"""
Scenario files: who calls, what goes wrong, and what is expected to happen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import BadFault, BadScenario, BadScript
from .caller_script import parse_script
from .expectations import Bounds, Expectations
from .faults import parse_fault

TIMEOUT = 150.0
CALLER = "+14255550123"
_LONGEST = 24 * 3600.0

_TOP = {"name", "timeout", "report", "callers", "faults", "subscriptions"}
_CALLER = {
    *("name", "from", "to", "after", "script", "steps", "give_up_after"),
    *("voip_headers", "fail_transfers_to", "expect"),
}
_LISTS = ("story", "never", "callbacks", "no_callbacks", "heard_words")
_EXPECT = {*_LISTS, "outcome", "seconds", "counters", "heard"}
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, kw_only=True)
class CallerPlan:
    """
    @ivar after: seconds from the start of the scenario.
    @ivar callee: L{None} is the first number of the resource.
    @ivar script: path of a script, or L{None}.
    @ivar request: what goes to the control API besides C{from} and C{to}.
    """

    name: str
    caller: str
    callee: str | None
    after: float
    script: str | None
    request: Mapping[str, Any]
    expect: Expectations


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """
    @ivar timeout: seconds for all of it.
    @ivar nothing_wrong: applications are to do nothing that the contract calls
        wrong.
    @ivar faults: bodies for the control API.
    @ivar subscriptions: bodies for the control API, by name.
    """

    name: str
    timeout: float = TIMEOUT
    nothing_wrong: bool = False
    callers: tuple[CallerPlan, ...]
    faults: tuple[Mapping[str, Any], ...] = ()
    subscriptions: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict, repr=False
    )


def parse_scenario(
    document: Mapping[str, Any], name: str, variables: Mapping[str, str]
) -> Scenario:
    """
    @param name: if the document has none.
    @param variables: stand for C{${name}} in its texts.

    @raise BadScenario: with every problem found.
    """
    problems: list[str] = []
    given = _filled(document, variables, problems)
    problems += _unknown(given, _TOP, "")
    faults = _tables(given, "faults", problems)
    for i, fault in enumerate(faults):
        try:
            parse_fault(fault)
        except BadFault as e:
            problems += [f"faults[{i}].{problem}" for problem in e.problems]
    subscriptions = {}
    for i, one in enumerate(_tables(given, "subscriptions", problems)):
        if not isinstance(one.get("name"), str):
            problems.append(f"subscriptions[{i}].name: must be a text")
            continue
        body = {key: value for key, value in one.items() if key != "name"}
        subscriptions[one["name"]] = body
    callers = _tables(given, "callers", problems)
    if not callers:
        problems.append("callers: nobody calls; write [[callers]]")
    if given.get("report") not in (None, "empty"):
        problems.append('report: must be "empty", or left out')
    scenario = Scenario(
        name=str(given.get("name", name)),
        timeout=_seconds(given, "timeout", TIMEOUT, "", problems),
        nothing_wrong="report" in given,
        callers=tuple(_caller(i, one, problems) for i, one in enumerate(callers)),
        faults=tuple(faults),
        subscriptions=subscriptions,
    )
    names = [caller.name for caller in scenario.callers]
    if len(set(names)) != len(names):
        problems.append("callers: each needs a name of its own")
    if problems:
        raise BadScenario(problems)
    return scenario


def _filled(given: Any, variables: Mapping[str, str], problems: list[str]) -> Any:
    match given:
        case str():

            def value(match: re.Match[str]) -> str:
                if match[1] not in variables:
                    problems.append(f"${{{match[1]}}}: give --set {match[1]}=VALUE")
                return variables.get(match[1], "")

            return _VARIABLE.sub(value, given)
        case dict():
            return {k: _filled(v, variables, problems) for k, v in given.items()}
        case list():
            return [_filled(item, variables, problems) for item in given]
    return given


def _unknown(given: Mapping[str, Any], known: set[str], where: str) -> list[str]:
    return [
        f"{where}{key}: not known; use {', '.join(sorted(known))}"
        for key in sorted(set(given) - known)
    ]


def _tables(
    given: Mapping[str, Any], key: str, problems: list[str]
) -> list[dict[str, Any]]:
    found = given.get(key, [])
    if isinstance(found, list) and all(isinstance(item, dict) for item in found):
        return found
    problems.append(f"{key}: must be tables, written as [[{key}]]")
    return []


def _caller(index: int, given: dict[str, Any], problems: list[str]) -> CallerPlan:
    where = f"callers[{index}]."
    problems += _unknown(given, _CALLER, where)
    if "script" in given and "steps" in given:
        problems.append(f"{where}script: give either script or steps")
    try:
        parse_script(given)
    except BadScript as e:
        problems += [where + problem for problem in e.problems]
    for key in ("name", "from", "to", "script"):
        if key in given and not isinstance(given[key], str):
            problems.append(f"{where}{key}: must be a text")
    passed = ("steps", "give_up_after", "voip_headers", "fail_transfers_to")
    return CallerPlan(
        name=str(given.get("name", "caller" if index == 0 else f"caller {index + 1}")),
        caller=str(given.get("from", CALLER)),
        callee=given.get("to"),
        after=_seconds(given, "after", 0.0, where, problems),
        script=given.get("script"),
        request={key: given[key] for key in passed if key in given},
        expect=_expect(given.get("expect", {}), where + "expect.", problems),
    )


def _expect(given: Any, where: str, problems: list[str]) -> Expectations:
    if not isinstance(given, Mapping):
        problems.append(f"{where[:-1]}: must be a table")
        return Expectations()
    problems += _unknown(given, _EXPECT, where)
    outcome = given.get("outcome", [])
    lists = {key: _texts(given.get(key, []), where + key, problems) for key in _LISTS}
    if given.get("heard") not in (None, "loud", "quiet"):
        problems.append(f'{where}heard: must be "loud" or "quiet"')
    counters = given.get("counters", {})
    if not isinstance(counters, Mapping):
        problems.append(f"{where}counters: must be a table")
        counters = {}
    return Expectations(
        outcome=_texts(
            [outcome] if isinstance(outcome, str) else outcome,
            where + "outcome",
            problems,
        ),
        seconds=_bounds(given.get("seconds", {}), where + "seconds", problems),
        counters={
            name: _bounds(value, f"{where}counters.{name}", problems)
            for name, value in counters.items()
        },
        heard=given.get("heard"),
        **lists,
    )


def _texts(given: Any, where: str, problems: list[str]) -> tuple[str, ...]:
    if isinstance(given, list) and all(isinstance(item, str) for item in given):
        return tuple(given)
    problems.append(f"{where}: must be a list of texts")
    return ()


def _bounds(given: Any, where: str, problems: list[str]) -> Bounds:
    if _is_number(given):
        return Bounds(given, given)
    if (
        isinstance(given, Mapping)
        and set(given) <= {"min", "max"}
        and all(map(_is_number, given.values()))
    ):
        return Bounds(given.get("min"), given.get("max"))
    problems.append(f"{where}: must be a number, or a table with min and max")
    return Bounds()


def _seconds(
    given: Mapping[str, Any],
    key: str,
    otherwise: float,
    where: str,
    problems: list[str],
) -> float:
    value = given.get(key, otherwise)
    if _is_number(value) and 0 <= value <= _LONGEST:
        return float(value)
    problems.append(f"{where}{key}: must be a number of seconds")
    return otherwise


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
