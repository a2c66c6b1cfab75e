"""
C{acs-emulator journal}: what crossed the wire for one call.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from .control_client import CONTROL, Ask, CommandFailed, http_ask

_ARROWS = {"out": "-->", "in": "<--", "fault": "!!!"}
_WIDTH = 160


def add_journal(commands: Any) -> None:
    """
    @param commands: where C{argparse} adds subcommands.
    """
    parser = commands.add_parser(
        "journal", help="everything that crossed the wire for one call, in order"
    )
    parser.add_argument(
        "call",
        help="id of the call, the beginning of it, 'last' for the last one, or 'none' "
        "for what belongs to no call",
    )
    parser.add_argument("--json", action="store_true", help="all details, as JSON")
    parser.add_argument("--control", default=CONTROL, help=f"the emulator [{CONTROL}]")
    parser.set_defaults(perform=_journal)


def _journal(options: argparse.Namespace) -> int:
    ask = http_ask(options.control)
    path = "/emulator/journal"
    if options.call != "none":
        path = f"/emulator/calls/{find_call(ask, options.call)}/journal"
    journal = ask("GET", path, None)
    if options.json:
        json.dump(journal, sys.stdout, indent=2)
        print()
    else:
        for line in journal_lines(journal):
            print(line)
    return 0


def find_call(ask: Ask, wanted: str) -> str:
    """
    @return: the id of the one call that is meant.

    @raise CommandFailed: if there is none, or more than one.
    """
    calls = ask("GET", "/emulator/calls", None)["calls"]
    ids = [str(call["id"]) for call in calls]
    if wanted == "last" and ids:
        return ids[-1]
    found = [call_id for call_id in ids if call_id.startswith(wanted)]
    if wanted in ids:
        return wanted
    if len(found) != 1:
        how = "no call" if not found else f"{len(found)} calls"
        raise CommandFailed(f"there is {how} with an id like {wanted!r}")
    return found[0]


def journal_lines(journal: Mapping[str, Any]) -> Iterator[str]:
    """
    @return: the journal for people: one line for each thing, its body below.
    """
    if journal["lost"]:
        yield f"({journal['lost']} older entries were not kept)"
    for entry in journal["entries"]:
        arrow = _ARROWS[entry["direction"]]
        detail = entry["detail"]
        count = f" x {detail['messages']}" if "messages" in detail else ""
        where = f"  {detail['url']}" if "url" in detail else ""
        yield (
            f"{entry['seconds']:9.3f} s  {entry['channel']:9} {arrow} "
            f"{entry['what']}{count}{where}"
        )
        # Headers are of use with --json only.
        left_out = ("url", "messages", "headers")
        shown = {k: v for k, v in detail.items() if k not in left_out}
        body = shown.pop("body", None)
        if shown:
            yield " " * 29 + _short(shown)
        if body is not None:
            yield " " * 29 + _short(body)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 4] + " ..."
