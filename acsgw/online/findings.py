"""
What a check found out, in a line each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """
    Is it well?
    """

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"
    SKIPPED = "--"


@dataclass(frozen=True)
class Finding:
    """
    @ivar what: that was looked at.
    @ivar way_out: what to do; empty if nothing is.
    """

    verdict: Verdict
    what: str
    text: str
    way_out: str = ""

    def __str__(self) -> str:
        way = f" -> {self.way_out}" if self.way_out else ""
        line = " ".join(f"{self.text}{way}".split())
        return f"{self.verdict.value:5}{self.what}: {line}"


def ok(what: str, text: str) -> Finding:
    return Finding(Verdict.OK, what, text)


def warn(what: str, text: str, way_out: str = "") -> Finding:
    return Finding(Verdict.WARN, what, text, way_out)


def fail(what: str, text: str, way_out: str = "") -> Finding:
    return Finding(Verdict.FAIL, what, text, way_out)


def skipped(what: str, why: str, way_out: str = "") -> Finding:
    return Finding(Verdict.SKIPPED, what, f"not checked: {why}", way_out)


def exit_status(findings: Iterable[Finding]) -> int:
    """
    @return: 1 if something failed; warnings, and what was not checked, are no
        failures.
    """
    return int(any(f.verdict is Verdict.FAIL for f in findings))
