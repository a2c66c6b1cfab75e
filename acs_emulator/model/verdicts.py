"""
Verdicts on scenarios: for people, as JSON, and as JUnit XML for build servers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

#: What XML 1.0 cannot carry.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True)
class CallVerdict:
    """
    @ivar problems: empty if all happened as expected.
    @ivar remarks: what could not be looked at.
    @ivar story: line by line, marked with what was expected.
    """

    caller: str
    call_id: str
    outcome: str
    seconds: float
    problems: Sequence[str] = ()
    remarks: Sequence[str] = ()
    story: Sequence[str] = ()
    counters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ScenarioVerdict:
    """
    @ivar problem: why it could not be run, or L{None}.
    @ivar wrong: what applications did meanwhile that the contract calls wrong.
    @ivar nothing_wrong: was that to be nothing?
    """

    name: str
    path: str
    calls: Sequence[CallVerdict] = ()
    problem: str | None = None
    wrong: Sequence[str] = ()
    nothing_wrong: bool = False

    @property
    def good(self) -> bool:
        """
        Did everything happen as expected?
        """
        if self.nothing_wrong and self.wrong:
            return False
        return self.problem is None and not any(call.problems for call in self.calls)


def lines(verdict: ScenarioVerdict, *, verbose: bool = False) -> list[str]:
    """
    @return: for people; the story of calls that went wrong, or of all.
    """
    found = [f"{'ok    ' if verdict.good else 'FAILED'} {verdict.name}"]
    if verdict.problem is not None:
        found += ["    " + line for line in verdict.problem.splitlines()]
    for call in verdict.calls:
        found.append(f"    {call.caller}: {call.outcome}, {call.seconds:.1f} s")
        found += [f"      ! {problem}" for problem in call.problems]
        found += [f"      ({remark})" for remark in call.remarks]
        if call.problems or verbose:
            found += [f"      {line}" for line in call.story]
    mark = "!" if verdict.nothing_wrong else "?"
    found += [f"    {mark} {line}" for line in verdict.wrong]
    return found


def as_json(verdicts: Sequence[ScenarioVerdict]) -> dict[str, Any]:
    """
    @return: everything, ready for JSON.
    """
    return {
        "good": all(verdict.good for verdict in verdicts),
        "scenarios": [
            {
                "name": verdict.name,
                "path": verdict.path,
                "good": verdict.good,
                "problem": verdict.problem,
                "wrong": list(verdict.wrong),
                "calls": [
                    {
                        "caller": call.caller,
                        "call_id": call.call_id,
                        "outcome": call.outcome,
                        "seconds": call.seconds,
                        "problems": list(call.problems),
                        "remarks": list(call.remarks),
                        "story": list(call.story),
                        "counters": call.counters,
                    }
                    for call in verdict.calls
                ],
            }
            for verdict in verdicts
        ],
    }


def as_junit(verdicts: Sequence[ScenarioVerdict]) -> bytes:
    """
    @return: one test suite for each scenario, one test case for each caller.
    """
    suites = ElementTree.Element("testsuites")
    for verdict in verdicts:
        judged = int(verdict.nothing_wrong)
        failures = sum(bool(call.problems) for call in verdict.calls)
        failures += int(verdict.nothing_wrong and bool(verdict.wrong))
        errors = int(verdict.problem is not None)
        suite = ElementTree.SubElement(
            suites,
            "testsuite",
            name=_clean(verdict.name),
            tests=str(len(verdict.calls) + errors + judged),
            failures=str(failures),
            errors=str(errors),
            time=f"{max((call.seconds for call in verdict.calls), default=0):.3f}",
        )
        if verdict.problem is not None:
            case = ElementTree.SubElement(
                suite, "testcase", classname=_clean(verdict.name), name="scenario"
            )
            error = ElementTree.SubElement(case, "error")
            error.set("message", _clean(verdict.problem.partition("\n")[0]))
            error.text = _clean(verdict.problem)
        for call in verdict.calls:
            _case(suite, verdict.name, call)
        if verdict.nothing_wrong:
            _report_case(suite, verdict)
    text: bytes = ElementTree.tostring(suites, "utf-8", xml_declaration=True)
    return text


def _case(suite: ElementTree.Element, name: str, call: CallVerdict) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=_clean(name),
        name=_clean(call.caller),
        time=f"{call.seconds:.3f}",
    )
    if call.problems:
        failure = ElementTree.SubElement(case, "failure")
        failure.set("message", _clean("; ".join(call.problems)))
        failure.text = _clean("\n".join([*call.problems, "", *call.story]))
    out = ElementTree.SubElement(case, "system-out")
    out.text = _clean("\n".join([*call.remarks, *call.story]))


def _report_case(suite: ElementTree.Element, verdict: ScenarioVerdict) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", classname=_clean(verdict.name), name="report"
    )
    if verdict.wrong:
        failure = ElementTree.SubElement(case, "failure")
        failure.set("message", _clean(verdict.wrong[0]))
        failure.text = _clean("\n".join(verdict.wrong))


def _clean(text: str) -> str:
    return _NOT_XML.sub("?", text)
