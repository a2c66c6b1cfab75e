"""
C{acs-emulator report}: what applications did that the contract calls wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from .control_client import CONTROL, http_ask


def add_report(commands: Any) -> None:
    """
    @param commands: where C{argparse} adds subcommands.
    """
    parser = commands.add_parser(
        "report",
        help="what applications did that the contract calls wrong; the status is 0 "
        "only if that is nothing",
    )
    parser.add_argument("--json", action="store_true", help="all details, as JSON")
    parser.add_argument("--clear", action="store_true", help="then begin anew")
    parser.add_argument("--control", default=CONTROL, help=f"the emulator [{CONTROL}]")
    parser.set_defaults(perform=_report)


def _report(options: argparse.Namespace) -> int:
    ask = http_ask(options.control)
    report = ask("GET", "/emulator/report", None)
    if options.clear:
        ask("DELETE", "/emulator/report", None)
    if options.json:
        json.dump(report, sys.stdout, indent=2)
        print()
    else:
        for line in report_lines(report):
            print(line)
    return 1 if report["total"] else 0


def report_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """
    @return: the report for people.
    """
    if not report["total"]:
        yield "nothing wrong was seen"
    for finding in report["findings"]:
        yield finding_line(finding)
        calls = ", ".join(call[:8] for call in finding["calls"])
        fate = "refused" if finding["refused"] else "let pass"
        yield f"    {fate}; {finding['advice']}" + (f"; calls {calls}" if calls else "")
    if report["left_out"]:
        yield f"({report['left_out']} more were not kept apart)"


def finding_line(finding: Mapping[str, Any]) -> str:
    """
    @return: what was wrong, where and how often.
    """
    times = f" ({finding['count']} times)" if finding["count"] > 1 else ""
    return f"{finding['channel']} {finding['where']}: {finding['what']}{times}"


def new_findings(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """
    @return: what was found between two reports, with the counts of that time.
    """
    known = {_key(finding): finding["count"] for finding in before["findings"]}
    found = [
        {**finding, "count": finding["count"] - known.get(_key(finding), 0)}
        for finding in after["findings"]
    ]
    return [finding for finding in found if finding["count"] > 0]


def _key(finding: Mapping[str, Any]) -> tuple[str, str, str]:
    return finding["channel"], finding["where"], finding["what"]
